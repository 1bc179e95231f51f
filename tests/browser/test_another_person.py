"""Two people at one computer: what one has answered waits for them, and is never the other's."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, Request, expect

from annotation.models import Label, User
from tests.browser.labelling import answer, ready, saved_labels, wait_until_changed
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]


def sign_in(page: Page, person: User) -> None:
    """In another tab of the same browser, without a word to this page."""
    client = Client()
    client.force_login(person)
    origin = page.evaluate("location.origin")
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": origin}])


def test_an_open_page_labels_for_nobody_but_the_person_it_was_made_for(
    page: Page, person: User
) -> None:
    page.context.set_offline(True)
    first = answer(page, "2")
    wait_until_changed(page, first)
    sign_in(page, UserFactory())
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    saved = page.locator("[data-saved]")
    expect(saved).to_have_text("Not saved yet: 1 answer waiting. Sign in again")
    second = answer(page, "3")
    expect(saved).to_have_text("Not saved yet: 2 answers waiting. Sign in again")
    expect(page.locator("[data-notice]")).to_be_hidden()
    assert not Label.objects.exists()
    sign_in(page, person)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(saved).to_have_text("All saved")
    labels = saved_labels(page, 2)
    assert [(str(label.submission), label.assistant) for label in labels] == [
        (first, person),
        (second, person),
    ]


def test_every_request_of_the_labelling_page_says_whose_page_it_is(
    open_page: OpenPage, person: User
) -> None:
    asked: list[Request] = []
    page = open_page("/policy/", person)
    page.on("request", lambda request: asked.append(request) if "/api/" in request.url else None)
    page.goto("/label/")
    ready(page)
    for key in ("2", "3"):
        wait_until_changed(page, answer(page, key))
    page.keyboard.press("b")
    answer(page, "2")
    saved_labels(page, 3)
    actions = {request.url.rsplit("/", 2)[-2] for request in asked}
    assert actions == {"next", "submit", "revise"}
    assert {request.headers["x-person"] for request in asked} == {str(person.pk)}
