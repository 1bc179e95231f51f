"""The keys of the labelling page can be changed, in the list that shows them."""

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Assignment
from tests.browser.labelling import ready, shown, wait_until_changed

pytestmark = pytest.mark.django_db(transaction=True)


def change(page: Page, name: str, key: str) -> None:
    page.keyboard.press("?")
    page.get_by_title(name, exact=True).press("Enter")
    page.keyboard.press(key)


def close(page: Page) -> None:
    page.locator("#keys").get_by_role("button", name="Close").click()


def chosen(page: Page, verdict: str) -> None:
    expect(page.locator(f"[name=verdict][value={verdict}]")).to_be_checked()


def test_a_changed_key_does_its_work_here_and_after_a_reload(page: Page) -> None:
    change(page, "Skip", "n")
    expect(page.locator("[data-key-told]")).to_have_text("“Skip” is now n.")
    close(page)
    for _ in range(2):
        before = shown(page)
        expect(page.locator(".skip summary kbd")).to_have_text("n")
        page.keyboard.press("s")
        assert shown(page) == before
        page.keyboard.press("n")
        page.keyboard.press("n")
        wait_until_changed(page, before)
        ready(page)
        page.reload()
        ready(page)
    assert Assignment.objects.filter(state="skipped").count() == 2


def test_two_commands_never_share_a_key(page: Page) -> None:
    change(page, "Similar", "2")
    expect(page.locator("[data-key-told]")).to_have_text(
        "“Similar” is now 2. “Not similar” is now 1."
    )
    close(page)
    page.keyboard.press("2")
    chosen(page, "similar")
    page.keyboard.press("1")
    chosen(page, "not_similar")


def test_a_change_can_be_left_and_all_of_them_taken_back(page: Page) -> None:
    change(page, "Unsure", "Escape")
    expect(page.locator("[data-key-told]")).to_have_text("Nothing was changed.")
    expect(page.locator("#keys")).to_be_visible()
    close(page)
    change(page, "Unsure", "9")
    page.get_by_role("button", name="As at first").click()
    close(page)
    page.keyboard.press("9")
    expect(page.locator("[name=verdict]:checked")).to_have_count(0)
    page.keyboard.press("3")
    chosen(page, "unsure")


def test_keys_of_another_keyboard_are_those_of_the_same_place(page: Page) -> None:
    change(page, "Skip", "x")
    close(page)
    before = shown(page)
    page.keyboard.press("x")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'ч', code: 'KeyX', bubbles: true}))"
    )
    wait_until_changed(page, before)
    ready(page)
    assert Assignment.objects.get(pk=before).state == "skipped"


def test_a_sign_that_is_typed_with_altgr_is_no_key_of_ours(page: Page) -> None:
    page.keyboard.press("1")
    for key, code in (("@", "KeyQ"), ("€", "KeyE")):  # a German keyboard
        page.evaluate(
            "([key, code]) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
            " {key, code, modifierAltGraph: true, bubbles: true}))",
            [key, code],
        )
    expect(page.locator("[name=reasons]:checked")).to_have_count(0)
