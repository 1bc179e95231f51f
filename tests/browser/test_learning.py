"""Practice and qualification in a browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Label, LearningAnswer
from tests.factories import UserFactory
from tests.learning import teaching_campaign

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]


def answer_similar(page: Page) -> None:
    page.wait_for_load_state("networkidle")  # keys do nothing before the scripts are there
    for key in ("1", "q", "Enter"):
        page.keyboard.press(key)


def begin(page: Page) -> None:
    """The button that begins has the focus."""
    expect(page.get_by_role("button", name="Begin")).to_be_focused()
    page.keyboard.press("Enter")


def test_by_keyboard_alone_through_both_rounds_to_the_first_real_pair(open_page: OpenPage) -> None:
    teaching_campaign(practice=2, qualification=2)
    page = open_page("/label/", UserFactory())
    page.get_by_role("link", name="Practise").focus()
    page.keyboard.press("Enter")
    begin(page)
    for pair in (1, 2):
        expect(page).to_have_title(f"Practice: pair {pair} of 2 · Likewise")
        expect(page.locator("form.answer")).to_be_visible()
        answer_similar(page)
        expect(page.get_by_role("heading", name="The policy sees it as you do")).to_be_focused()
        page.keyboard.press("Enter")
    page.get_by_role("link", name="To the qualification").focus()
    page.keyboard.press("Enter")
    begin(page)
    for pair in (1, 2):
        expect(page).to_have_title(f"Qualification: pair {pair} of 2 · Likewise")
        answer_similar(page)
    expect(page.locator("h1")).to_have_text("You have qualified. Welcome")
    page.get_by_role("link", name="To the real pairs").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#task [data-assignment] h1")).to_be_attached()
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    assert LearningAnswer.objects.filter(right=True, seconds__gt=0).count() == 4
    assert not Label.objects.exists()


def test_what_is_missing_is_said_and_a_second_press_sends_nothing_twice(
    open_page: OpenPage,
) -> None:
    campaign = teaching_campaign(practice=2)
    page = open_page(f"/learn/{campaign.slug}/practice/", UserFactory())
    begin(page)
    expect(page.locator("form.answer")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-error=reasons]")).to_contain_text("at least one way")
    page.keyboard.press("u")
    expect(page.locator("[name=verdict]:checked")).to_have_count(0)
    page.keyboard.press("2")
    page.locator("form.answer").evaluate("f => { f.requestSubmit(); f.requestSubmit(); }")
    expect(page.locator("[data-feedback] h1")).to_have_text("The policy sees this pair differently")
    assert LearningAnswer.objects.count() == 1
