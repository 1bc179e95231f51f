"""The labelling page as people use it: keys, mouse, bad connections, gone thumbnails."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Assignment, Label, User, Video
from tests.factories import UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]


@pytest.fixture
def person(db: Any) -> User:
    campaign_with_pairs(6)
    return UserFactory()


def shown(page: Page) -> str:
    return page.locator("#task [data-assignment]").get_attribute("data-assignment") or ""


def ready(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    page.wait_for_load_state("networkidle")


def wait_until_changed(page: Page, before: str) -> None:
    expect(page.locator("#task [data-assignment]")).not_to_have_attribute(
        "data-assignment", before
    )


def saved_labels(page: Page, count: int) -> list[Label]:
    for _ in range(80):
        if Label.objects.count() >= count:
            break
        page.wait_for_timeout(100)  # not time.sleep: the page's requests pass through this thread
    labels = list(Label.objects.order_by("id"))
    assert len(labels) == count
    return labels


def choose(page: Page, value: str) -> None:
    page.locator(f"#task label:has([value={value}])").click()


def answer(page: Page, key: str) -> str:
    before = shown(page)
    page.keyboard.press(key)
    page.keyboard.press("Enter")
    return before


def test_pairs_are_labelled_by_keyboard_alone(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    first = shown(page)
    for key in ("1", "q", "r", "f", "Enter"):
        page.keyboard.press(key)
    wait_until_changed(page, first)
    assert page.evaluate("document.activeElement.tagName") == "H1"
    second = answer(page, "3")
    wait_until_changed(page, second)
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    similar, unsure = saved_labels(page, 2)
    assert (similar.verdict, similar.reasons) == ("similar", ["same_persons", "similar_subject"])
    assert (similar.flagged, unsure.verdict) == (True, "unsure")
    assert [str(label.submission) for label in (similar, unsure)] == [first, second]
    expect(page.locator("[data-today]")).to_have_text("2")


def test_a_pair_is_labelled_by_mouse(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    before = shown(page)
    choose(page, "similar")
    choose(page, "same_controversy")
    page.get_by_label("Comment").fill("Both on the same dispute")
    page.get_by_role("button", name=re.compile("Submit and next")).click()
    wait_until_changed(page, before)
    (label,) = saved_labels(page, 1)
    assert (label.reasons, label.comment) == (["same_controversy"], "Both on the same dispute")


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


def test_similar_without_a_way_is_explained_in_place(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    before = answer(page, "1")
    expect(page.get_by_text("Choose at least one way in which")).to_be_visible()
    assert shown(page) == before
    assert page.evaluate("document.activeElement.name") == "reasons"


def test_keys_do_nothing_in_the_comment(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    before = shown(page)
    page.keyboard.press("c")
    page.keyboard.type("s2q/? fine")
    page.keyboard.press("Enter")
    assert page.get_by_label("Comment").input_value() == "s2q/? fine\n"
    assert shown(page) == before
    assert page.locator("[name=verdict]:checked").count() == 0


def test_a_pair_is_skipped_by_its_key(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    before = shown(page)
    page.keyboard.press("s")
    wait_until_changed(page, before)
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    assert Assignment.objects.get(pk=before).state == Assignment.State.SKIPPED


def test_after_the_last_pair_the_page_says_so(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    for _ in range(6):
        before = answer(page, "2")
        expect(page.locator(f"[data-assignment='{before}']")).to_have_count(0)
        page.wait_for_load_state("networkidle")
    expect(page.get_by_role("heading", name="That was the last pair for now")).to_be_visible()
    saved_labels(page, 6)


def test_a_gone_thumbnail_is_replaced_by_the_drawn_one(open_page: OpenPage, person: User) -> None:
    Video.objects.update(thumbnail_url="https://i.ytimg.com/vi/gone/hqdefault.jpg")
    page = open_page("/label/", person)
    ready(page)
    before = answer(page, "2")  # the same for a pair that came in the background
    wait_until_changed(page, before)
    for image in page.locator("#task img").all():
        expect(image).to_have_attribute("src", re.compile("^/thumbnails/"))
        page.wait_for_function("image => image.naturalWidth > 0", arg=image.element_handle())


def test_only_the_time_in_view_counts(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    hide = """hidden => {
        Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    started = time.monotonic()
    page.evaluate(hide, True)
    page.wait_for_timeout(2500)
    page.evaluate(hide, False)
    answer(page, "2")
    (label,) = saved_labels(page, 1)
    assert label.seconds < time.monotonic() - started


def test_the_policy_opens_beside_the_work(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    page.keyboard.press("/")
    expect(page.locator("#policy-panel")).to_be_visible()
    expect(page.locator("#policy-panel")).to_contain_text("Be fair.")
    page.keyboard.press("Escape")
    expect(page.locator("#policy-panel")).to_be_hidden()


def test_single_keys_can_be_switched_off(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    page.keyboard.press("?")
    page.get_by_label("Use single keys as above").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    assert page.locator("[name=verdict]:checked").count() == 0
    page.reload()
    page.keyboard.press("2")
    assert page.locator("[name=verdict]:checked").count() == 0


def test_the_page_works_without_scripts(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person, java_script_enabled=False)
    before = shown(page)
    choose(page, "similar")
    page.get_by_label("Comment").fill("kept")
    page.get_by_role("button", name=re.compile("Submit and next")).click()
    expect(page.get_by_text("Choose at least one way in which")).to_be_visible()
    assert page.get_by_label("Comment").input_value() == "kept"
    choose(page, "similar_opinion")
    page.get_by_role("button", name=re.compile("Submit and next")).click()
    wait_until_changed(page, before)
    second = shown(page)
    page.get_by_role("button", name=re.compile("Skip")).click()
    wait_until_changed(page, second)
    (label,) = saved_labels(page, 1)
    assert (label.reasons, label.comment) == (["similar_opinion"], "kept")
    assert label.seconds > 0
