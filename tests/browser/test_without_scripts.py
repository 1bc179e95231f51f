"""The whole flow without JavaScript: slower, and complete."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Assignment, Campaign, Label, User
from tests.browser.labelling import choose, saved_labels, shown, wait_until_changed

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]


@pytest.fixture
def page(open_page: OpenPage, person: User) -> Page:
    return open_page("/label/", person, java_script_enabled=False)


def submit(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Submit and next")).click()


def test_a_pair_is_answered_and_what_is_missing_is_said(page: Page) -> None:
    before = shown(page)
    choose(page, "similar")
    page.get_by_label("Comment").fill("kept")
    submit(page)
    expect(page.get_by_text("Choose at least one way in which")).to_be_visible()
    assert page.get_by_label("Comment").input_value() == "kept"
    choose(page, "similar_opinion")
    submit(page)
    wait_until_changed(page, before)
    (label,) = saved_labels(page, 1)
    assert (label.reasons, label.comment) == (["similar_opinion"], "kept")
    assert label.seconds > 0


def test_a_pair_is_skipped_with_a_reason_and_without(page: Page) -> None:
    for button, reason in (("I can’t read it", "unreadable"), ("I’d rather not", None)):
        before = shown(page)
        page.locator(".skip summary").click()
        page.get_by_role("button", name=button).click()
        wait_until_changed(page, before)
        assignment = Assignment.objects.get(pk=before)
        assert (assignment.state, assignment.skip_reason) == ("skipped", reason)


def test_an_answer_is_found_again_and_changed(page: Page) -> None:
    choose(page, "unsure")
    submit(page)
    page.get_by_role("link", name="My labels").click()
    page.get_by_role("searchbox").fill("nowhere to be found")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("No label fits")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    page.get_by_role("link", name=re.compile("Change")).click()
    page.locator("form.answer label:has([value=not_similar])").click()
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("Your answer is changed.")).to_be_visible()
    old, new = Label.objects.order_by("id")
    assert (old.verdict, new.verdict, new.supersedes) == ("unsure", "not_similar", old)


def test_a_single_way_is_chosen_where_the_campaign_wants_one_and_nothing_is_marked(
    page: Page,
) -> None:
    Campaign.objects.update(reasons_mode="one", mark_shared_words=True)
    page.reload()
    choose(page, "similar")
    choose(page, "similar_opinion")
    choose(page, "same_persons")
    submit(page)
    (label,) = saved_labels(page, 1)
    assert (label.reasons, label.marked_shared) == (["same_persons"], False)
