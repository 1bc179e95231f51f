"""The network is cut at every step of a pair: nothing is lost, and nothing comes twice."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from annotation.models import Assignment, Label
from tests.browser.labelling import answer, choose, ready, saved_labels, shown, wait_until_changed

pytestmark = pytest.mark.django_db(transaction=True)

ALL_SAVED = "All saved"


def cut_before(page: Page) -> str:
    """Gone before the answer leaves."""
    page.context.set_offline(True)
    return answer(page, "2")


def cut_during(page: Page) -> str:
    """Cut while it is sent: the server hears nothing of it."""
    page.route("**/submit/", lambda route: route.abort("connectionreset"))
    return answer(page, "2")


def cut_after_commit(page: Page) -> str:
    """The server has recorded it, and its word never arrives."""

    def handle(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route("**/submit/", handle)
    before = answer(page, "2")
    saved_labels(page, 1)
    return before


def cut_during_next(page: Page) -> str:
    """The answer arrives alone, and the question for the next pairs is cut."""

    def without_next(route: Route) -> None:
        said = route.fetch().json()
        route.fulfill(status=201, json=said | {"next": None})

    page.route("**/submit/", without_next)
    page.route("**/assignments/next/", lambda route: route.abort("connectionreset"))
    before = answer(page, "2")
    saved_labels(page, 1)
    return before


def restore(page: Page) -> None:
    page.unroute_all(behavior="wait")
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")


@pytest.mark.parametrize("reload", [False, True], ids=["stays", "reloads"])
@pytest.mark.parametrize("cut", [cut_before, cut_during, cut_after_commit, cut_during_next])
def test_a_cut_loses_nothing_and_doubles_nothing(
    page: Page, cut: Callable[[Page], str], reload: bool
) -> None:
    first = cut(page)
    wait_until_changed(page, first)
    if reload:
        page.context.set_offline(False)  # the page itself must come from somewhere
        page.reload()
        expect(page.locator("#task [data-assignment]")).to_be_visible()
        # The server does not know of the answer yet: the page's script takes its pair away.
        wait_until_changed(page, first)
    second = shown(page)
    assert second != first
    restore(page)
    expect(page.locator("[data-saved]")).to_have_text(ALL_SAVED)
    assert answer(page, "3") == second
    labels = saved_labels(page, 2)
    assert [str(label.submission) for label in labels] == [first, second]
    assert [label.verdict for label in labels] == ["not_similar", "unsure"]
    expect(page.locator("[data-saved]")).to_have_text(ALL_SAVED)


def test_a_page_from_before_an_answer_arrived_does_not_ask_for_it_again(page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/submit/", hold)
    first = answer(page, "2")
    wait_for(page, held, 1)
    page.route("**/label/", hold)
    # A page that is being left answers no question, and can still speak.
    page.locator("[data-saved]").evaluate(
        "place => new MutationObserver(() => console.log(place.textContent))"
        ".observe(place, {childList: true})"
    )
    page.evaluate("location.reload()")
    wait_for(page, held, 2)
    submission, loading = held
    rendered = loading.fetch()
    assert first in rendered.text()
    with page.expect_console_message(lambda message: message.text == ALL_SAVED):
        submission.continue_()  # the page that is left hears that its answer is there
    loading.fulfill(response=rendered)
    page.unroute_all(behavior="wait")
    page.wait_for_load_state()
    wait_until_changed(page, first)
    second = answer(page, "3")
    assert [str(label.submission) for label in saved_labels(page, 2)] == [first, second]


def wait_for(page: Page, held: list[Route], count: int) -> None:
    for _ in range(300):
        if len(held) == count:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{len(held)} requests came, not {count}")


def test_ten_minutes_without_network_are_survived_and_made_up_for(page: Page) -> None:
    page.clock.install()
    page.reload()
    ready(page)
    page.context.set_offline(True)
    given = [answer(page, key) for key in ("2", "3", "2")]
    choose(page, "similar")  # begun, and not sent
    begun = shown(page)
    page.clock.run_for("10:00")
    expect(page.locator("[data-saved]")).to_have_text(
        "Not saved yet: 3 answers waiting, trying again"
    )
    assert Label.objects.count() == 0
    page.context.set_offline(False)
    for _ in range(31):  # the longest that it waits between two tries
        page.clock.run_for(1000)
        page.wait_for_timeout(30)  # an answer takes its time whatever the page's clock says
    assert {str(label.submission) for label in saved_labels(page, 3)} == set(given)
    assert shown(page) == begun
    expect(page.locator("[name=verdict][value=similar]")).to_be_checked()


def test_a_closed_lid_loses_nothing(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    page.context.set_offline(True)
    first = answer(page, "2")
    choose(page, "similar")
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    # The lease runs out meanwhile: the answer is taken all the same, and said to be late.
    Assignment.objects.update(lease_expires_at="2026-01-01T00:00Z")
    page.context.set_offline(False)
    devtools.send("Page.setWebLifecycleState", {"state": "active"})
    page.evaluate("window.dispatchEvent(new Event('online'))")
    (label,) = saved_labels(page, 1)
    assert (str(label.submission), label.late) == (first, True)
    expect(page.locator("[name=verdict][value=similar]")).to_be_checked()


def test_a_browser_that_died_sends_what_it_kept_when_it_is_opened_again(page: Page) -> None:
    page.context.set_offline(True)
    first = answer(page, "2")
    choose(page, "similar")
    begun, context = shown(page), page.context
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto("/label/")
    expect(again.locator("[data-saved]")).to_have_text(ALL_SAVED)
    (label,) = saved_labels(again, 1)
    assert str(label.submission) == first
    assert shown(again) == begun
    expect(again.locator("[name=verdict][value=similar]")).to_be_checked()
