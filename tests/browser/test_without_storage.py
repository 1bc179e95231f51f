"""A browser that keeps nothing, since its storage is full or denied: the work goes on."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from annotation.models import Assignment, User
from tests.browser.labelling import answer, ready, saved_labels, wait_until_changed
from tests.factories import UserFactory
from tests.learning import teaching_campaign

pytestmark = pytest.mark.django_db(transaction=True)

FULL = """
() => {
  let part = "x".repeat(1024 * 1024);
  for (let n = 0; part; n += 1) {
    try {
      localStorage.setItem(`fill${n}`, part);
    } catch {
      part = part.slice(0, part.length / 2);
    }
  }
}
"""
DENIED = """
for (const name of ["localStorage", "sessionStorage"]) {
  const get = () => { throw new DOMException("Denied", "SecurityError"); };
  Object.defineProperty(window, name, { get });
}
"""
OpenPage = Callable[..., Page]


def answer_change_and_skip(page: Page) -> None:
    first = answer(page, "2")
    wait_until_changed(page, first)
    second = answer(page, "3")
    wait_until_changed(page, second)
    page.keyboard.press("b")
    assert answer(page, "2") == second
    page.keyboard.press("s")
    page.keyboard.press("s")
    labels = saved_labels(page, 3)
    assert [label.verdict for label in labels] == ["not_similar", "unsure", "not_similar"]
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    assert Assignment.objects.filter(state="skipped").count() == 1


def test_pairs_are_answered_changed_and_skipped_with_full_storage(page: Page) -> None:
    page.evaluate(FULL)
    answer_change_and_skip(page)


def test_an_answer_waits_in_the_page_where_storage_is_full(page: Page) -> None:
    page.evaluate(FULL)
    page.context.set_offline(True)
    first = answer(page, "2")
    expect(page.locator("[data-saved]")).to_contain_text("1 answer waiting")
    page.context.set_offline(False)
    (label,) = saved_labels(page, 1)
    assert str(label.submission) == first


def denying(open_context: Callable[..., BrowserContext], person: User) -> Page:
    context = open_context(person)
    context.add_init_script(DENIED)
    return context.new_page()


def test_pairs_are_answered_changed_and_skipped_where_storage_is_denied(
    open_context: Callable[..., BrowserContext], person: User
) -> None:
    page = denying(open_context, person)
    page.goto("/label/")
    ready(page)
    answer_change_and_skip(page)
    page.keyboard.press("/")
    page.keyboard.press("?")
    page.get_by_title("Skip", exact=True).press("Enter")
    page.keyboard.press("n")
    expect(page.locator("[data-key-told]")).to_have_text("“Skip” is now n.")


def test_the_keys_of_the_practice_work_where_storage_is_denied(
    open_context: Callable[..., BrowserContext], db: None
) -> None:
    campaign = teaching_campaign(practice=2)
    page = denying(open_context, UserFactory())
    page.goto(f"/learn/{campaign.slug}/practice/")
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("#keys")).to_have_attribute("data-listening", "")
    page.keyboard.press("2")
    expect(page.locator("[name=verdict][value=not_similar]")).to_be_checked()
