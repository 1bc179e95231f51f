"""Deciding on disputed pairs without a mouse."""

from playwright.sync_api import expect

from annotation.models import Adjudication, Role
from tests.browser.test_every_page import OpenPage
from tests.factories import UserFactory
from tests.studies import living_study


def test_a_disputed_pair_is_decided_on_by_keyboard_alone(open_page: OpenPage, db: None) -> None:
    living_study()
    page = open_page("/study/adjudication/", UserFactory(role=Role.COORDINATOR))
    page.get_by_role("link", name="Decide the first").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Decide and next")).to_be_visible()
    expect(page.locator("#keys")).to_have_attribute("data-listening", "")
    page.keyboard.press("1")
    page.keyboard.press("r")
    page.keyboard.press("c")
    page.keyboard.type("The same two people speak.")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Decided. It is the pair")).to_be_visible()
    made = Adjudication.objects.get()
    assert (made.verdict, made.reasons) == ("similar", ["same_persons"])
    assert made.rationale == "The same two people speak."


def test_the_list_of_keys_names_those_that_do_something_there(
    open_page: OpenPage, db: None
) -> None:
    living_study()
    page = open_page("/study/adjudication/", UserFactory(role=Role.COORDINATOR))
    page.get_by_role("link", name="Decide the first").click()
    listed = page.locator("#keys")
    expect(listed).to_have_attribute("data-listening", "")
    page.keyboard.press("?")
    for command in ("similar", "way1", "comment", "play_rejected", "policy", "keys"):
        expect(listed.locator(f"[data-change-key={command}]")).to_be_visible()
    for command in ("skip", "pause", "flag", "undo", "back", "show"):
        expect(listed.locator(f"[data-change-key={command}]")).to_be_hidden()


def test_why_somebody_decided_is_not_lost_to_a_session_that_ended(
    open_page: OpenPage, db: None
) -> None:
    living_study()
    person = UserFactory(role=Role.COORDINATOR, password="a long enough word")
    page = open_page("/study/adjudication/", person)
    page.get_by_role("link", name="Decide the first").click()
    expect(page.locator("#keys")).to_have_attribute("data-listening", "")
    here = page.url
    page.keyboard.press("2")
    page.locator("#rationale").fill("Another talk.")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Decide and next").click()
    page.get_by_label("Name").fill(person.username)
    page.get_by_label("Password").fill("a long enough word")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#rationale")).to_have_value("Another talk.")
    assert page.url == here
    page.keyboard.press("2")
    page.get_by_role("button", name="Decide and next").click()
    expect(page.get_by_text("Decided. It is the pair")).to_be_visible()
    assert Adjudication.objects.get().rationale == "Another talk."
    page.go_back()
    page.goto(here)
    expect(page.locator("#rationale")).to_have_value("")
