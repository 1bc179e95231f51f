"""Slow servers, cut connections, ended sessions, gone thumbnails: no answer is lost."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from annotation.models import Label, User, Video
from tests.browser.labelling import answer, ready, saved_labels, shown, wait_until_changed

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]


def test_the_next_pair_is_shown_before_the_server_has_answered(
    open_page: OpenPage, person: User
) -> None:
    page = open_page("/label/", person)
    ready(page)
    held = []
    page.route("**/submit/", lambda route: held.append(route))
    before = answer(page, "2")
    assert shown(page) != before
    expect(page.locator("[data-saved]")).to_have_text("Saving…")
    held[0].continue_()
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    saved_labels(page, 1)


def without_next(route: Route) -> None:
    """The server records the answer, and has no pair to send along at this moment."""
    body = {key: value for key, value in route.request.post_data_json.items() if key != "next"}
    said = route.fetch(post_data=json.dumps(body)).json()
    route.fulfill(status=201, json=said | {"next": None})


def cut_off(route: Route) -> None:
    """The server records the answer, and the end of what it says is lost."""
    route.fetch()
    route.fulfill(status=201, content_type="application/json", body='{"created": true, "la')


@pytest.mark.parametrize("reply", [without_next, cut_off])
def test_the_pairs_go_on_when_an_answer_brings_none(
    open_page: OpenPage, person: User, reply: Callable[[Route], None]
) -> None:
    page = open_page("/label/", person)
    ready(page)
    page.route("**/submit/", reply)
    for number in range(1, 6):
        wait_until_changed(page, answer(page, "2"))
        saved_labels(page, number)
    expect(page.locator("[data-saved]")).to_have_text("All saved")


def test_the_pairs_go_on_while_the_server_stumbles_over_every_answer(
    open_page: OpenPage, person: User
) -> None:
    page = open_page("/label/", person)
    ready(page)
    page.route("**/submit/", lambda route: route.fulfill(status=500, body=""))
    for _ in range(5):
        wait_until_changed(page, answer(page, "2"))
    page.unroute("**/submit/")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    saved_labels(page, 5)


def test_an_answer_survives_a_cut_connection(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    page.context.set_offline(True)
    answer(page, "2")
    answer(page, "3")
    expect(page.locator("[data-saved]")).to_have_text(
        "Not saved yet: 2 answers waiting, trying again"
    )
    page.context.set_offline(False)
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    assert [label.verdict for label in saved_labels(page, 2)] == ["not_similar", "unsure"]


def test_an_answer_survives_a_reload_and_its_pair_does_not_come_back(
    open_page: OpenPage, person: User
) -> None:
    page = open_page("/label/", person)
    ready(page)
    page.route("**/submit/", lambda route: route.abort())
    answered = answer(page, "2")
    page.reload()
    expect(page.locator("[data-saved]")).to_contain_text("1 answer waiting")
    wait_until_changed(page, answered)
    page.unroute("**/submit/")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    (label,) = saved_labels(page, 1)
    assert str(label.submission) == answered


def test_an_answer_waits_for_the_next_sign_in(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    answer(page, "2")
    expect(page.locator("[data-saved]")).to_contain_text("Sign in again")
    assert not Label.objects.exists()
    page.context.add_cookies(cookies)
    page.goto("/label/")
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    saved_labels(page, 1)


def test_a_refused_answer_brings_its_pair_back_with_the_reason(
    open_page: OpenPage, person: User
) -> None:
    page = open_page("/label/", person)
    ready(page)
    page.route(
        "**/submit/",
        lambda route: route.fulfill(status=400, json={"comment": ["Too long for us."]}),
    )
    before = answer(page, "2")
    expect(page.get_by_text("Too long for us.")).to_be_visible()
    assert shown(page) == before
    assert page.locator("[name=verdict][value=not_similar]").is_checked()


def test_a_gone_thumbnail_is_replaced_by_the_drawn_one(open_page: OpenPage, person: User) -> None:
    Video.objects.update(thumbnail_url="https://i.ytimg.com/vi/gone/hqdefault.jpg")
    page = open_page("/label/", person)
    ready(page)
    before = answer(page, "2")  # the same for a pair that came in the background
    wait_until_changed(page, before)
    for image in page.locator("#task img").all():
        expect(image).to_have_attribute("src", re.compile("^/thumbnails/"))
        page.wait_for_function("image => image.naturalWidth > 0", arg=image.element_handle())


def test_while_the_server_is_away_the_page_asks_less_and_less_often(page: Page) -> None:
    page.clock.install()
    page.reload()
    ready(page)
    asked: list[str] = []

    def away(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=502, body="")

    page.route("**/api/**", away)
    waiting = page.get_by_role("heading", name="Getting the next pair…")
    while not waiting.is_visible():
        before = answer(page, "2")
        page.wait_for_function(
            "before => document.querySelector('#task [data-assignment]')?.dataset.assignment"
            " !== before",
            arg=before,
        )
    by_minute = []
    for _ in range(3):
        asked.clear()
        for _ in range(40):
            page.clock.run_for(1500)
            page.wait_for_timeout(20)
        by_minute.append(sum("/next/" in url for url in asked))
    assert max(by_minute[1:]) <= 5, by_minute
    page.unroute("**/api/**")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    expect(page.locator("#task [data-assignment]")).to_be_visible()


IMPATIENT = """
const timeout = AbortSignal.timeout;
AbortSignal.timeout = (milliseconds) => timeout.call(AbortSignal, milliseconds / 20);
"""


def test_a_request_that_nobody_answers_holds_nothing_up_for_ever(
    open_page: OpenPage, person: User
) -> None:
    page = open_page("/policy/", person)
    page.add_init_script(IMPATIENT)
    page.goto("/label/")
    ready(page)
    held: list[Route] = []
    page.route("**/submit/", lambda route: route.continue_() if held else held.append(route))
    first = answer(page, "2")
    wait_until_changed(page, first)
    second = answer(page, "3")
    assert [str(label.submission) for label in saved_labels(page, 2)] == [first, second]
    expect(page.locator("[data-saved]")).to_have_text("All saved")
