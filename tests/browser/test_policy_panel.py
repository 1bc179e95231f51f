"""The policy beside the work: its words are found, and a new version is read."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Campaign, Policy, User
from tests.browser.labelling import answer, ready, saved_labels, shown
from tests.factories import PolicyFactory

pytestmark = pytest.mark.django_db(transaction=True)
NEXT_PAIR_OR_NEWS = """
before => {
  const pair = document.querySelector("#task [data-assignment]");
  return pair ? pair.dataset.assignment !== before : !document.querySelector("#task");
}
"""
OpenPage = Callable[..., Page]
TEXT = (
    "# When in doubt\n\nSatire is hard.\n\n## Satire\n\n"
    + "Much else. " * 400
    + "\n\nNo SATIRE here."
)
MARKED = "name => [...(CSS.highlights.get(name) ?? [])].map(String)"


@pytest.fixture
def page(open_page: OpenPage, person: User) -> Page:
    Policy.objects.update(body=TEXT)
    page = open_page("/label/", person)
    ready(page)
    if page.locator("#policy-panel").is_hidden():
        page.keyboard.press("/")
    return page


def test_words_of_the_policy_are_found_marked_and_walked_through(page: Page) -> None:
    find = page.get_by_role("searchbox", name="Find in the policy")
    find.fill("satire")
    told = page.locator("#policy-panel output")
    expect(told).to_have_text("1 of 3")
    assert page.evaluate(MARKED, "found") == ["Satire", "Satire", "SATIRE"]
    find.press("Enter")
    find.press("Enter")
    expect(told).to_have_text("3 of 3")
    expect(page.get_by_text("No SATIRE here.")).to_be_in_viewport()
    find.press("Enter")
    expect(told).to_have_text("1 of 3")
    find.fill("parody")
    expect(told).to_have_text("Not found")
    assert page.evaluate(MARKED, "found") == page.evaluate(MARKED, "found-now") == []


def test_keys_typed_into_the_search_do_nothing_to_the_pair(page: Page) -> None:
    before = shown(page)
    page.get_by_role("searchbox", name="Find in the policy").press_sequentially("1 s 2")
    page.keyboard.press("Enter")
    assert shown(page) == before
    expect(page.locator("[name=verdict]:checked")).to_have_count(0)


def test_a_version_that_starts_while_one_works_is_read_before_its_first_pair(
    page: Page, person: User
) -> None:
    campaign = Campaign.objects.get()
    before = campaign.policy
    campaign.policy = PolicyFactory(changes="Satire counts.")
    campaign.save()
    seen = []
    for _ in range(6):
        if page.get_by_role("heading", name="The policy has changed").is_visible():
            break
        seen.append(answer(page, "2"))
        page.wait_for_function(NEXT_PAIR_OR_NEWS, arg=seen[-1])
    expect(page.get_by_text("Satire counts.")).to_be_visible()
    page.get_by_role("button", name="I have read it").click()
    ready(page)
    expect(page.locator("[data-assignment]")).to_have_attribute(
        "data-policy", str(campaign.policy.version)
    )
    answer(page, "2")
    labels = saved_labels(page, len(seen) + 1)
    assert {label.policy_id for label in labels[:-1]} == {before.pk}
    assert labels[-1].policy == campaign.policy
