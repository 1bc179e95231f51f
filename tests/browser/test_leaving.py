"""Leaving the labelling page, and a page that comes back from the browser's memory."""

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.labelling import answer, ready

pytestmark = pytest.mark.django_db(transaction=True)


def test_whoever_signs_out_with_an_answer_waiting_is_asked_first(page: Page) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", stay)
    page.route("**/submit/", lambda route: route.fulfill(status=500, body=""))
    answer(page, "2")
    expect(page.locator("[data-saved]")).to_contain_text("1 answer waiting")
    page.get_by_role("button", name="Sign out").click()
    (question,) = asked
    assert "1 answer is not saved yet" in question
    page.unroute("**/submit/")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#task")).to_have_count(0)
    assert len(asked) == 1


def test_a_page_from_the_browsers_memory_is_loaded_anew(page: Page) -> None:
    page.evaluate("window.isOld = true")
    with page.expect_navigation():
        page.evaluate(
            "window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
        )
    ready(page)
    assert page.evaluate("window.isOld") is None
