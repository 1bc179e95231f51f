"""Skipping a pair: at once, or with a reason, and what becomes of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from annotation.models import Assignment, User, Video
from tests.browser.labelling import choose, ready, shown, wait_until_changed

pytestmark = pytest.mark.django_db(transaction=True)

RATHER_NOT = "I’d rather not do this one"


def skipped(page: Page, assignment: str) -> Assignment:
    wait_until_changed(page, assignment)
    ready(page)
    found = Assignment.objects.get(pk=assignment)
    assert found.state == Assignment.State.SKIPPED
    return found


def test_the_key_pressed_twice_skips_and_keeps_no_reason(page: Page) -> None:
    before = shown(page)
    page.keyboard.press("s")
    expect(page.get_by_role("button", name=RATHER_NOT)).to_be_focused()
    assert shown(page) == before
    page.keyboard.press("s")
    assert skipped(page, before).skip_reason is None


def test_the_key_and_enter_skip_too(page: Page) -> None:
    before = shown(page)
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    assert skipped(page, before).skip_reason is None


def test_a_reason_is_chosen_by_arrows(page: Page) -> None:
    before = shown(page)
    for key in ("s", "ArrowDown", "ArrowDown", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    assert skipped(page, before).skip_reason == "unreadable"


def test_a_reason_is_chosen_by_mouse(page: Page) -> None:
    before = shown(page)
    page.locator(".skip summary").click()
    page.get_by_role("button", name="I know these people").click()
    assert skipped(page, before).skip_reason == "conflict"


def test_the_choice_closes_by_escape_by_an_answer_and_by_a_click_beside_it(page: Page) -> None:
    before, reasons = shown(page), page.get_by_role("group", name="Skip this pair")
    page.keyboard.press("s")
    page.keyboard.press("Escape")
    expect(reasons).to_be_hidden()
    expect(page.locator(".skip summary")).to_be_focused()
    page.keyboard.press("s")
    page.keyboard.press("2")
    expect(reasons).to_be_hidden()
    page.keyboard.press("s")
    page.locator("#task h2").first.click()
    expect(reasons).to_be_hidden()
    assert shown(page) == before
    assert not Assignment.objects.filter(state="skipped").exists()


def test_a_skip_and_its_reason_survive_a_cut_connection_and_a_reload(page: Page) -> None:
    before = shown(page)
    page.route("**/skip/", lambda route: route.abort())
    page.keyboard.press("s")
    page.get_by_role("button", name="Something else").click()
    wait_until_changed(page, before)
    page.reload()
    expect(page.locator("[data-saved]")).to_contain_text("1 answer waiting")
    page.unroute("**/skip/")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    assert skipped(page, before).skip_reason == "other"


GREY = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="90">'
    '<rect width="120" height="90" fill="gray"/></svg>'
)


def stand_in(route: Route) -> None:
    """As YouTube answers for a video that it has no more."""
    route.fulfill(status=404, content_type="image/svg+xml", body=GREY)


def test_a_video_that_its_site_has_no_more_leads_to_a_skip_that_says_so(
    open_page: Callable[..., Page], person: User
) -> None:
    Video.objects.update(thumbnail_url="https://i.ytimg.com/vi/gone/hqdefault.jpg")
    page = open_page("/policy/", person)
    page.context.route("https://i.ytimg.com/**", stand_in)
    page.goto("/label/")
    ready(page)
    before = shown(page)
    hints = page.locator(".video-gone")
    expect(hints).to_have_text(["This video may be gone.Skip the pair"] * 2)
    hints.first.get_by_role("button").click()
    expect(page.get_by_role("button", name="It doesn’t load, or is gone")).to_be_focused()
    page.keyboard.press("Enter")
    assert skipped(page, before).skip_reason == "gone"


def test_an_answer_that_was_begun_does_not_come_with_a_skip(page: Page) -> None:
    before = shown(page)
    choose(page, "similar")
    page.keyboard.press("s")
    page.keyboard.press("s")
    assert not skipped(page, before).labels.exists()


def test_a_double_click_skips_one_pair_and_not_the_next_unseen(
    open_page: Callable[..., Page], person: User
) -> None:
    Video.objects.update(content_warning="flagged")
    page = open_page("/label/", person)
    ready(page)
    before = shown(page)
    rather_not = page.locator(".content-warning").get_by_role("button", name="I’d rather not")
    rather_not.dblclick()
    skipped(page, before)
    second = shown(page)
    page.wait_for_timeout(600)  # longer than between the clicks of a double click
    assert shown(page) == second
    assert Assignment.objects.filter(state="skipped").count() == 1
    rather_not.click()
    skipped(page, second)
