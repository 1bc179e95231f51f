"""The policy beside the work: its words are found, and a new version is read."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from annotation.models import Campaign, Policy, User
from annotation.services.policies import note_reading
from tests.browser.labelling import answer, ready, saved_labels, shown, wait_until_changed
from tests.factories import PolicyFactory

pytestmark = pytest.mark.django_db(transaction=True)
NEXT_PAIR_OR_NEWS = """
before => {
  const pair = document.querySelector("#task [data-assignment]");
  return pair ? pair.dataset.assignment !== before : !document.querySelector("#task");
}
"""
NEXT_PAIR_OR_NOTE = """
before => document.querySelector("#task [data-assignment]")?.dataset.assignment !== before
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


def test_a_version_that_was_read_in_another_window_lies_beside_its_first_pair(
    page: Page, person: User
) -> None:
    campaign = Campaign.objects.get()
    campaign.policy = PolicyFactory(body="# Newer")
    campaign.save()
    note_reading(person=person, policies=[campaign.policy_id])
    version = str(campaign.policy.version)
    for _ in range(6):
        if page.locator("[data-assignment]").get_attribute("data-policy") == version:
            break
        wait_until_changed(page, answer(page, "2"))
        ready(page)
    expect(page.locator("[data-assignment]")).to_have_attribute("data-policy", version)
    expect(page.locator("#policy-panel [data-policy-text]")).to_contain_text("Newer")


ASK_FOR_BOTH = """
async ([one, other]) => {
  const { PolicyPanel } = await import("/static/js/policy.js");
  const panel = new PolicyPanel();
  window.late = panel.follow(String(one), `/policy/${one}/`);
  await panel.follow(String(other), `/policy/${other}/`);
}
"""


def test_of_two_versions_the_one_that_was_asked_for_last_is_shown(page: Page) -> None:
    shown_now = page.locator("#policy-panel").get_attribute("data-version")
    slow, last = PolicyFactory(body="# Slow"), PolicyFactory(body="# Last")
    held: list[Route] = []
    page.route(f"**/policy/{slow.version}/", lambda route: held.append(route))
    text = page.locator("#policy-panel [data-policy-text]")
    page.evaluate(ASK_FOR_BOTH, [slow.version, last.version])
    expect(text).to_contain_text("Last")
    held[0].continue_()
    page.evaluate("() => window.late")
    expect(text).to_contain_text("Last")
    page.evaluate(ASK_FOR_BOTH, [slow.version, shown_now])  # the one that is there already
    held[1].continue_()
    page.evaluate("() => window.late")
    expect(text).not_to_contain_text("Slow")


def test_a_new_version_without_a_connection_is_read_once_it_is_back(page: Page) -> None:
    campaign = Campaign.objects.get()
    campaign.policy = PolicyFactory(changes="Satire counts.")
    campaign.save()
    for _ in range(3):  # until pairs of the new version are here
        wait_until_changed(page, answer(page, "2"))
        ready(page)
    page.context.set_offline(True)
    waiting = page.get_by_role("heading", name="Getting the next pair…")
    for _ in range(6):
        if waiting.is_visible():
            break
        page.wait_for_function(NEXT_PAIR_OR_NOTE, arg=answer(page, "2"))
    expect(waiting).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Satire counts.")).to_be_visible()
    page.get_by_role("button", name="I have read it").click()
    expect(page.locator("[data-saved]")).to_have_text("All saved")
