"""Undo and back: pairs that were left in this page come back with their answers, to be changed."""

import re

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Label
from tests.browser.labelling import answer, choose, ready, saved_labels, shown, wait_until_changed

pytestmark = pytest.mark.django_db(transaction=True)


def chosen(page: Page) -> list[str]:
    boxes = page.locator("#task :is([name=verdict], [name=reasons]):checked").all()
    return [box.get_attribute("value") or "" for box in boxes]


def test_back_brings_the_last_answer_which_a_change_supersedes(page: Page) -> None:
    first = shown(page)
    choose(page, "similar")
    choose(page, "same_persons")
    page.keyboard.press("Enter")
    wait_until_changed(page, first)
    second = shown(page)
    saved_labels(page, 1)
    page.keyboard.press("b")
    assert shown(page) == first
    assert chosen(page) == ["similar", "same_persons"]
    expect(page.locator(".again")).to_contain_text("Your answer to this pair is recorded.")
    answer(page, "2")
    assert shown(page) == second
    old, new = saved_labels(page, 2)
    assert (new.supersedes, str(new.assignment_id)) == (old, first)
    assert (new.verdict, new.reasons) == ("not_similar", [])
    expect(page.locator("[data-today]")).to_have_text("1")


def test_back_goes_through_all_that_was_done_here_and_changes_nothing_by_itself(page: Page) -> None:
    first = answer(page, "2")
    second = answer(page, "3")
    third = shown(page)
    saved_labels(page, 2)
    page.keyboard.press("b")
    assert (shown(page), chosen(page)) == (second, ["unsure"])
    page.keyboard.press("b")
    assert (shown(page), chosen(page)) == (first, ["not_similar"])
    page.get_by_role("button", name="Leave it as it was").click()
    assert shown(page) == second
    page.keyboard.press("Enter")
    expect(page.locator("#task [data-assignment]")).to_have_attribute("data-assignment", third)
    ready(page)
    assert Label.objects.count() == 2


def test_undo_clears_the_answer_and_then_goes_back(page: Page) -> None:
    first = answer(page, "2")
    second = shown(page)
    page.keyboard.press("1")
    page.keyboard.press("q")
    page.keyboard.press("u")
    assert (shown(page), chosen(page)) == (second, [])
    page.keyboard.press("u")
    assert (shown(page), chosen(page)) == (first, ["not_similar"])
    page.keyboard.press("3")
    page.keyboard.press("u")
    assert (shown(page), chosen(page)) == (first, ["not_similar"])


def test_a_pair_that_was_passed_on_can_be_judged_after_all(page: Page) -> None:
    first = shown(page)
    page.keyboard.press("s")
    page.keyboard.press("s")
    wait_until_changed(page, first)
    ready(page)
    page.keyboard.press("b")
    expect(page.locator(".again")).to_contain_text("You passed this pair on.")
    assert answer(page, "2") == first
    (label,) = saved_labels(page, 1)
    assert str(label.assignment_id) == first


def test_an_answer_and_its_change_arrive_in_order_after_the_connection_was_gone(page: Page) -> None:
    page.context.set_offline(True)
    first = answer(page, "2")
    page.keyboard.press("b")
    assert answer(page, "3") == first
    expect(page.locator("[data-saved]")).to_contain_text("2 answers waiting")
    page.context.set_offline(False)
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    old, new = saved_labels(page, 2)
    assert (old.verdict, new.verdict, new.supersedes) == ("not_similar", "unsure", old)


def test_what_was_answered_before_the_page_was_opened_is_changed_on_a_page_of_its_own(
    page: Page,
) -> None:
    answer(page, "2")
    (label,) = saved_labels(page, 1)
    page.reload()
    ready(page)
    page.keyboard.press("b")
    expect(page).to_have_url(re.compile(f"/labels/{label.pk}/$"))
