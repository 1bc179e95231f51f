"""What was begun is there again after a reload, in this browser alone, until it is confirmed."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from annotation.models import Label
from tests.browser.labelling import answer, ready, saved_labels, shown, wait_until_changed

pytestmark = pytest.mark.django_db(transaction=True)

STORED = "Object.keys(localStorage).filter(key => key.startsWith('likewise.draft.'))"


def begin(page: Page) -> None:
    page.keyboard.press("1")
    page.keyboard.press("w")
    page.get_by_label("Comment").fill("Half a thought")
    page.locator("#task h1, main h1").first.focus()


def test_an_answer_that_was_begun_survives_a_reload_and_says_so(page: Page) -> None:
    before = shown(page)
    begin(page)
    page.reload()
    ready(page)
    assert shown(page) == before
    expect(page.get_by_text("Draft restored", exact=True)).to_be_visible()
    expect(page.locator("[data-announcer]")).to_contain_text("Draft restored")
    expect(page.locator("[name=verdict][value=similar]")).to_be_checked()
    expect(page.locator("[name=reasons]:checked")).to_have_count(1)
    assert page.get_by_label("Comment").input_value() == "Half a thought"
    assert not Label.objects.exists()


def test_the_draft_goes_once_the_answer_is_confirmed_and_not_before(page: Page) -> None:
    begin(page)
    page.route("**/submit/", lambda route: route.abort())
    page.keyboard.press("Enter")
    expect(page.locator("[data-saved]")).to_contain_text("1 answer waiting")
    assert len(page.evaluate(STORED)) == 1
    page.unroute("**/submit/")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    saved_labels(page, 1)
    ready(page)
    assert page.evaluate(STORED) == []


def test_what_was_undone_is_no_draft(page: Page) -> None:
    begin(page)
    page.keyboard.press("u")
    assert page.evaluate(STORED) == []
    page.reload()
    ready(page)
    expect(page.get_by_text("Draft restored", exact=True)).to_be_hidden()


def test_old_drafts_are_removed_whoever_left_them(page: Page) -> None:
    page.evaluate("""
        localStorage.setItem("likewise.draft.99.old", JSON.stringify({answer: {}, at: 1}));
        localStorage.setItem("likewise.draft.99.odd", "{");
        localStorage.setItem("likewise.draft.99.new", JSON.stringify({answer: {}, at: Date.now()}));
    """)
    page.reload()
    ready(page)
    assert page.evaluate(STORED) == ["likewise.draft.99.new"]


def test_a_change_that_was_begun_survives_a_reload_until_it_is_saved(page: Page) -> None:
    answer(page, "2")
    (label,) = saved_labels(page, 1)
    page.goto(f"/labels/{label.pk}/")
    choose_here = page.locator("label:has([value=unsure])")
    choose_here.click()
    page.get_by_label("Comment").fill("On a second look")
    page.reload()
    expect(page.get_by_text("Draft restored", exact=True)).to_be_visible()
    expect(page.locator("[name=verdict][value=unsure]")).to_be_checked()
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("Your answer is changed.")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate(STORED) == []
    assert Label.objects.latest("id").comment == "On a second look"


def test_a_draft_of_a_change_can_be_left(page: Page) -> None:
    answer(page, "2")
    (label,) = saved_labels(page, 1)
    page.goto(f"/labels/{label.pk}/")
    page.locator("label:has([value=unsure])").click()
    assert len(page.evaluate(STORED)) == 1
    page.get_by_role("link", name="Leave it as it is").click()
    page.goto(f"/labels/{label.pk}/")
    expect(page.locator("[name=verdict][value=not_similar]")).to_be_checked()


def test_a_change_that_is_begun_before_the_answer_is_confirmed_stays(page: Page) -> None:
    held: list[Route] = []
    page.route("**/submit/", lambda route: held.append(route))
    first = answer(page, "2")
    wait_until_changed(page, first)
    page.keyboard.press("b")
    page.get_by_label("Comment").fill("On a second look")
    held[0].continue_()
    (label,) = saved_labels(page, 1)
    ready(page)
    assert len(page.evaluate(STORED)) == 1
    page.goto(f"/labels/{label.pk}/")
    expect(page.get_by_text("Draft restored", exact=True)).to_be_visible()


def test_a_change_that_was_begun_on_the_labelling_page_goes_on_on_its_own_page(page: Page) -> None:
    wait_until_changed(page, answer(page, "2"))
    (label,) = saved_labels(page, 1)
    ready(page)
    page.keyboard.press("b")
    page.get_by_label("Comment").fill("On a second look")
    page.reload()
    ready(page)
    page.keyboard.press("b")
    expect(page).to_have_url(re.compile(f"/labels/{label.pk}/$"))
    expect(page.get_by_text("Draft restored", exact=True)).to_be_visible()
    assert page.get_by_label("Comment").input_value() == "On a second look"
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("Your answer is changed.")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate(STORED) == []
