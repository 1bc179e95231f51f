"""Answers on their way when several tabs are open or the server stumbles over one of them."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from annotation.models import User
from tests.browser.labelling import answer, ready, saved_labels, shown, wait_until_changed

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]

EACH = 40
# Both tabs write at the same moment, and neither has seen yet what the other wrote.
FILL = """
async ([tab, moment, count]) => {
  const { Outbox } = await import("/static/js/outbox.js");
  const outbox = new Outbox("nobody");
  const wait = moment - Date.now();
  if (wait <= 0) throw new Error("The moment has passed.");
  await new Promise((resolve) => setTimeout(resolve, wait));
  for (let n = 0; n < count; n += 1) {
    outbox.keep({ id: `${tab}-${n}`, kind: "submit", url: "/never/", body: {} });
    outbox.flush();
    const until = performance.now() + 5;
    while (performance.now() < until);
  }
}
"""
KEPT = """
async () => {
  const { Outbox } = await import("/static/js/outbox.js");
  return new Outbox("nobody").ids;
}
"""


def two_tabs(open_page: OpenPage, person: User) -> tuple[BrowserContext, Page, Page]:
    one = open_page("/label/", person)
    ready(one)
    two = one.context.new_page()
    two.goto("/label/")
    ready(two)
    return one.context, one, two


def test_no_tab_writes_over_what_another_has_kept(open_page: OpenPage, person: User) -> None:
    context, one, two = two_tabs(open_page, person)
    context.route("**/never/", lambda route: route.abort())
    moment = one.evaluate("Date.now() + 1500")
    for tab, page in (("one", one), ("two", two)):
        page.evaluate(f"args => {{ window.filled = ({FILL})(args) }}", [tab, moment, EACH])
    for page in (one, two):
        page.evaluate("() => window.filled")
    three = context.new_page()
    three.goto("/policy/")
    kept: list[str] = three.evaluate(KEPT)
    assert set(kept) == {f"{tab}-{n}" for tab in ("one", "two") for n in range(EACH)}
    assert [id for id in kept if id.startswith("one")] == [f"one-{n}" for n in range(EACH)]


def test_what_a_closed_tab_had_not_sent_is_sent_by_the_other(
    open_page: OpenPage, person: User
) -> None:
    context, one, two = two_tabs(open_page, person)
    context.set_offline(True)
    first, second = answer(one, "2"), answer(one, "3")
    assert answer(two, "2") == first  # both tabs show the same pairs
    expect(one.locator("[data-saved]")).to_contain_text("trying again")
    one.close()
    context.set_offline(False)
    expect(two.locator("[data-saved]")).to_have_text("All saved")
    assert {str(label.submission) for label in saved_labels(two, 2)} == {first, second}


def fail_first(page: Page, **response: Any) -> list[str]:
    """Let the server answer so to whatever assignment is sent first, again and again."""
    met: list[str] = []

    def handle(route: Route) -> None:
        met.append(route.request.url)
        if route.request.url == met[0]:
            route.fulfill(**response)
        else:
            route.continue_()

    page.route("**/submit/", handle)
    return met


def test_an_answer_that_the_server_stumbles_over_holds_no_other_back(
    open_page: OpenPage, person: User
) -> None:
    page = open_page("/label/", person)
    ready(page)
    met = fail_first(page, status=500, body="")
    first, second, third = answer(page, "2"), answer(page, "3"), answer(page, "2")
    expect(page.locator("[data-saved]")).to_have_text(
        "Not saved yet: 1 answer waiting, trying again"
    )
    assert [str(label.submission) for label in saved_labels(page, 2)] == [second, third]
    page.wait_for_timeout(1500)
    tries = sum(first in url for url in met)
    assert 2 <= tries <= 4  # it comes back, and does not drum on the server
    page.unroute("**/submit/")
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    assert str(saved_labels(page, 3)[-1].submission) == first


def test_an_answer_that_is_refused_for_good_holds_no_other_back(
    open_page: OpenPage, person: User
) -> None:
    page = open_page("/label/", person)
    ready(page)
    page.context.set_offline(True)
    first, second = answer(page, "2"), answer(page, "3")
    met = fail_first(page, status=409, json={"detail": "Somebody was quicker."})
    page.context.set_offline(False)
    slow = 20_000  # the page may be waiting for its next try
    expect(page.locator("[data-notice]")).to_contain_text("Somebody was quicker.", timeout=slow)
    expect(page.locator("[data-saved]")).to_have_text("All saved", timeout=slow)
    (kept,) = {first, second} - {one for one in (first, second) if one in met[0]}
    assert [str(label.submission) for label in saved_labels(page, 1)] == [kept]


def test_the_refusal_of_an_answer_does_not_take_the_one_that_replaced_it(
    open_page: OpenPage, person: User
) -> None:
    _, one, two = two_tabs(open_page, person)
    held: list[Route] = []
    one.route("**/submit/", lambda route: route.continue_() if held else held.append(route))
    two.route("**/submit/", lambda route: route.abort())
    assert answer(one, "2") == answer(two, "3")
    expect(two.locator("[data-saved]")).to_contain_text("1 answer waiting")
    held[0].fulfill(status=400, json={"comment": ["Too long for us."]})
    expect(one.locator("[data-saved]")).to_have_text("All saved")
    assert [label.verdict for label in saved_labels(one, 1)] == ["unsure"]


def test_of_two_changes_the_later_one_counts_whatever_happens_on_the_way(page: Page) -> None:
    first = answer(page, "2")
    wait_until_changed(page, first)
    saved_labels(page, 1)
    sent: list[str] = []

    def handle(route: Route) -> None:
        sent.append(route.request.post_data_json["verdict"])
        if len(sent) == 1:
            route.fulfill(status=500, body="")
        else:
            route.continue_()

    page.route("**/revise/", handle)
    page.keyboard.press("b")
    answer(page, "3")
    expect(page.locator("[data-saved]")).to_contain_text("1 answer waiting")
    page.keyboard.press("b")
    assert shown(page) == first
    for key in ("1", "q", "Enter"):
        page.keyboard.press(key)
    labels = saved_labels(page, 3)
    assert sent == ["unsure", "unsure", "similar"]
    assert [label.verdict for label in labels] == ["not_similar", "unsure", "similar"]
    expect(page.locator("[data-saved]")).to_have_text("All saved")


@pytest.mark.parametrize(
    "response",
    [
        {"status": 404, "content_type": "text/plain", "body": "404 page not found"},
        {"status": 408, "json": {"detail": "Too slow."}},
        {"status": 413, "content_type": "text/html", "body": "<h1>Too large</h1>"},
        {"status": 400, "json": {"detail": "No host of ours.", "unread": True}},
        {"status": 411, "json": {"detail": "How long is it?", "unread": True}},
    ],
    ids=lambda response: response["status"],
)
def test_what_is_said_of_an_answer_that_nobody_read_is_no_verdict(
    page: Page, response: dict[str, Any]
) -> None:
    page.route("**/submit/", lambda route: route.fulfill(**response))
    first = answer(page, "2")
    expect(page.locator("[data-saved]")).to_contain_text("1 answer waiting")
    expect(page.locator("[data-notice]")).to_be_hidden()
    page.unroute("**/submit/")
    (label,) = saved_labels(page, 1)
    assert str(label.submission) == first
    expect(page.locator("[data-saved]")).to_have_text("All saved")


def test_an_answer_that_is_refused_in_another_tab_brings_its_pair_back_here(
    open_page: OpenPage, person: User
) -> None:
    _, one, two = two_tabs(open_page, person)
    one.route("**/submit/", lambda route: route.abort())
    first = answer(one, "2")
    expect(one.locator("[data-saved]")).to_contain_text("1 answer waiting")
    two.route("**/submit/", lambda route: route.fulfill(status=409, json={"detail": "No."}))
    two.evaluate("window.dispatchEvent(new Event('online'))")
    expect(two.locator("[data-notice]")).to_contain_text("No.")
    for tab in (one, two):
        tab.unroute("**/submit/")
    seen = []
    while one.locator("#task [data-assignment]").count() and first not in seen:
        seen.append(answer(one, "3"))
        wait_until_changed_or_over(one, seen[-1])
    assert seen[-1] == first


def wait_until_changed_or_over(page: Page, before: str) -> None:
    page.wait_for_function(
        "before => document.querySelector('#task [data-assignment]')?.dataset.assignment !== before"
        " && !document.querySelector('#task .empty:not([data-empty])')",
        arg=before,
    )


def test_the_word_of_a_refused_answer_goes_when_a_later_one_is_confirmed(page: Page) -> None:
    fail_first(page, status=409, json={"detail": "Somebody was quicker."})
    wait_until_changed(page, answer(page, "2"))
    notice = page.locator("[data-notice]")
    expect(notice).to_contain_text("Somebody was quicker.")
    answer(page, "3")
    saved_labels(page, 1)
    expect(notice).to_be_hidden()
