"""Undo and back: pairs that were left in this page come back with their answers, to be changed."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from annotation.models import Campaign, Label
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


def answered_twice(page: Page) -> tuple[str, str]:
    """Two pairs with their answers, and the first of them shown again."""
    first = answer(page, "2")
    wait_until_changed(page, first)
    second = answer(page, "2")
    wait_until_changed(page, second)
    saved_labels(page, 2)
    page.keyboard.press("b")
    page.keyboard.press("b")
    assert shown(page) == first
    return first, second


def test_each_of_two_pairs_that_somebody_came_back_to_takes_its_change(page: Page) -> None:
    first, second = answered_twice(page)
    answer(page, "3")
    assert (shown(page), chosen(page)) == (second, ["not_similar"])
    expect(page.locator(".again")).to_contain_text("Your answer to this pair is recorded.")
    answer(page, "3")
    changes = saved_labels(page, 4)[2:]
    assert [(str(label.assignment_id), label.verdict) for label in changes] == [
        (first, "unsure"),
        (second, "unsure"),
    ]
    assert all(label.supersedes for label in changes)
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    expect(page.locator("[data-notice]")).to_be_hidden()
    expect(page.locator("[data-today]")).to_have_text("2")


def test_each_of_two_pairs_that_somebody_came_back_to_can_be_left_as_it_was(page: Page) -> None:
    first, second = answered_twice(page)
    leave = page.get_by_role("button", name="Leave it as it was")
    leave.click()
    assert shown(page) == second
    page.wait_for_timeout(600)  # the next click is not the second one of a double click
    leave.click()
    assert shown(page) not in (first, second)
    page.keyboard.press("b")
    assert (shown(page), chosen(page)) == (second, ["not_similar"])
    assert Label.objects.count() == 2


def test_a_change_that_is_refused_can_be_mended_and_is_still_a_change(page: Page) -> None:
    first = answer(page, "2")
    wait_until_changed(page, first)
    saved_labels(page, 1)
    Campaign.objects.update(reasons_mode="one")  # since this page was opened
    page.keyboard.press("b")
    for key in ("1", "q", "w", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("[data-error=reasons]")).to_contain_text("Choose one way only")
    assert shown(page) == first
    expect(page.locator(".again")).to_contain_text("Your answer to this pair is recorded.")
    page.keyboard.press("w")
    page.keyboard.press("Enter")
    old, new = saved_labels(page, 2)
    assert (new.supersedes, new.verdict, len(new.reasons)) == (old, "similar", 1)
    expect(page.locator("[data-notice]")).to_be_hidden()


def test_the_choice_of_skip_is_closed_when_somebody_goes_back(page: Page) -> None:
    first = answer(page, "2")
    wait_until_changed(page, first)
    second = shown(page)
    page.keyboard.press("s")
    page.locator("#task h1").focus()
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    assert shown(page) == second
    expect(page.get_by_role("group", name="Skip this pair")).to_be_hidden()
    page.keyboard.press("s")
    assert shown(page) == second


def test_a_refused_answer_whose_pair_was_put_back_meanwhile_comes_up_once(page: Page) -> None:
    first = answer(page, "2")
    wait_until_changed(page, first)
    saved_labels(page, 1)
    held: list[Route] = []
    page.route("**/submit/", lambda route: held.append(route))
    second = answer(page, "3")
    wait_until_changed(page, second)
    page.keyboard.press("b")
    page.keyboard.press("b")
    assert shown(page) == first  # the second is put back, and its answer is still on its way
    held[0].fulfill(status=400, json={"comment": ["Too long for us."]})
    expect(page.get_by_text("Too long for us.")).to_be_visible()
    assert (shown(page), chosen(page)) == (second, ["unsure"])
    expect(page.locator(".again")).to_have_count(0)
    page.unroute("**/submit/")
    page.keyboard.press("Escape")  # out of the comment
    page.keyboard.press("Enter")
    assert shown(page) == first
    page.keyboard.press("Enter")
    assert shown(page) not in (first, second)
    assert [str(label.submission) for label in saved_labels(page, 2)] == [first, second]
    expect(page.locator("[data-saved]")).to_have_text("All saved")
