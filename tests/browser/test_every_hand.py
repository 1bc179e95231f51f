"""The whole flow by keyboard alone, by touch, and as a screen reader hears it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Assignment, Campaign, Label, User
from tests.browser.gallery import violations
from tests.browser.labelling import PHONE, ready, saved_labels, shown, wait_until_changed

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]


def press(page: Page, *keys: str) -> str:
    before = shown(page)
    for key in keys:
        page.keyboard.press(key)
    return before


def tab_to(page: Page, name: str) -> None:
    """By the Tab key alone, as far as it takes."""
    wanted = page.get_by_role("radio", name=name, exact=True)
    for _ in range(40):
        page.keyboard.press("Tab")
        if wanted.evaluate("e => e === document.activeElement"):
            return
    pytest.fail(f"Tab does not come to {name}")


def test_a_session_by_keyboard_alone(page: Page) -> None:
    first = press(page, "1", "q", "y")
    press(page, "c")
    page.keyboard.type("Both in the same hall? 2 of 3.")
    press(page, "Escape", "Enter")
    wait_until_changed(page, first)
    saved_labels(page, 1)
    second = press(page, "s", "ArrowDown", "ArrowDown", "Enter")
    wait_until_changed(page, second)
    third = press(page, "2", "u", "3", "Enter")
    wait_until_changed(page, third)
    press(page, "b", "2", "Enter")
    saved_labels(page, 3)
    ready(page)
    press(page, "/", "Escape", "?", "Escape")
    fourth = shown(page)
    tab_to(page, "1 Similar")
    press(page, "ArrowDown", "Enter")
    wait_until_changed(page, fourth)
    labels = saved_labels(page, 4)
    assert labels[0].comment == "Both in the same hall? 2 of 3."
    assert labels[0].reasons == ["other", "similar_subject"]
    assert [label.verdict for label in labels[1:]] == ["unsure", "not_similar", "not_similar"]
    assert Assignment.objects.get(pk=second).skip_reason == "gone"


def test_one_way_is_chosen_by_letters_where_the_campaign_wants_one(
    open_page: OpenPage, person: User
) -> None:
    Campaign.objects.update(reasons_mode="one")
    page = open_page("/label/", person)
    ready(page)
    expect(page.get_by_text("In what way?")).to_be_attached()
    first = press(page, "1", "q", "w", "Enter")
    wait_until_changed(page, first)
    (label,) = saved_labels(page, 1)
    assert label.reasons == ["similar_opinion"]
    ready(page)
    assert violations(page) == []


def test_a_session_by_touch(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person, **PHONE)
    ready(page)
    first = shown(page)
    page.locator("#task label:has([value=similar])").tap()
    page.locator("#task label:has([value=same_persons])").tap()
    page.get_by_role("button", name="Submit and next").tap()
    wait_until_changed(page, first)
    saved_labels(page, 1)
    second = shown(page)
    page.locator(".skip summary").tap()
    small = page.locator(".skip-reasons button").evaluate_all(
        "all => all.filter(e => e.getBoundingClientRect().height < 44).length"
    )
    assert small == 0
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_role("button", name="I can’t read it").tap()
    wait_until_changed(page, second)
    ready(page)
    page.get_by_role("link", name="Change my last answer").tap()
    page.get_by_role("button", name="Leave it as it was").tap()
    assert Assignment.objects.get(pk=second).skip_reason == "unreadable"
    assert Label.objects.count() == 1


def test_what_a_screen_reader_hears(page: Page) -> None:
    page.keyboard.press("1")
    heard = page.locator("#task form.answer").aria_snapshot()
    for part in (
        '- form "Your answer"', '- group "Are these two videos similar?"',
        '- radio "1 Similar" [checked]', '- radio "2 Not similar"', '- radio "3 Unsure"',
        '- group "In what ways? One or more."', '- checkbox "q Similar subject"',
        '- textbox "Comment"', '- button "Submit and next Enter"',
    ):  # fmt: skip
        assert part in heard, heard
    reason = page.get_by_role("checkbox", name=re.compile("Similar subject"))
    described = page.locator(f"#{reason.get_attribute('aria-describedby')}")
    assert "When Similar subject" in (described.text_content() or "")
    titles = [title.inner_text() for title in page.locator("#task h2").all()]
    assert page.locator("#task h1").aria_snapshot() == (
        f"- 'heading \"Pair: {titles[0]} and {titles[1]}\" [level=1]'"
    )


def test_what_is_announced_as_the_work_goes_on(page: Page) -> None:
    announcer, saved = page.locator("[data-announcer]"), page.locator("[data-saved]")
    assert announcer.get_attribute("aria-live") == "polite"
    assert saved.get_attribute("role") == "status"
    press(page, "1", "Enter")
    problem = page.locator("[data-error=reasons]")
    expect(problem).to_have_attribute("role", "alert")
    expect(problem).to_contain_text("Choose at least one way")
    before = press(page, "2", "Enter")
    wait_until_changed(page, before)
    expect(announcer).to_have_text(page.locator("#task h1").inner_text())
    assert page.evaluate("document.activeElement.tagName") == "H1"
    press(page, "b")
    expect(announcer).to_contain_text("Your answer to this pair is recorded.")
    press(page, "s")
    page.keyboard.press("s")
    assert violations(page) == []
    expect(page.get_by_role("group", name="Skip this pair")).to_be_visible()
