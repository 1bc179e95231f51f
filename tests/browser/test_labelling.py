"""The labelling page by keys, by mouse and without scripts."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, expect

from annotation.models import Assignment, Campaign, GoldAnswer, User
from tests.browser.labelling import answer, choose, ready, saved_labels, shown, wait_until_changed

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]


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


def test_the_next_pair_is_there_already_and_comes_along_with_an_answer(
    open_page: OpenPage, person: User
) -> None:
    page = open_page("/label/", person)
    ready(page)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    for number in range(1, 5):
        before = answer(page, "3")
        wait_until_changed(page, before)
        saved_labels(page, number)
        ready(page)
    posts = [request for request in asked if request.method == "POST"]
    assert len(posts) == 4
    assert sum("next" in request.post_data_json for request in posts) == 2
    assert Assignment.objects.filter(assistant=person, state="leased").count() <= 4


def test_other_asks_in_what_way_once_and_does_not_insist(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    before = shown(page)
    choose(page, "similar")
    choose(page, "other")
    submit = page.get_by_role("button", name=re.compile("Submit and next"))
    submit.click()
    expect(page.get_by_text("In what other way?")).to_be_visible()
    expect(page.get_by_label("Comment")).to_be_focused()
    assert shown(page) == before
    submit.click()
    wait_until_changed(page, before)
    (label,) = saved_labels(page, 1)
    assert (label.reasons, label.comment) == (["other"], "")


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


def test_after_the_last_pair_the_page_says_so(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    for _ in range(6):
        before = answer(page, "2")
        expect(page.locator(f"[data-assignment='{before}']")).to_have_count(0)
        page.wait_for_load_state("networkidle")
    expect(page.get_by_role("heading", name="That was the last pair for now")).to_be_visible()
    saved_labels(page, 6)


def test_only_the_time_in_view_counts(open_page: OpenPage, person: User) -> None:
    started = time.monotonic()
    page = open_page("/label/", person)
    ready(page)
    hide = """hidden => {
        Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    page.wait_for_timeout(2500)
    page.evaluate(hide, False)
    answer(page, "2")
    (label,) = saved_labels(page, 1)
    assert 0 < label.seconds < time.monotonic() - started - 2.4


def test_the_policy_opens_beside_the_work(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    page.keyboard.press("/")
    expect(page.locator("#policy-panel")).to_be_visible()
    expect(page.locator("#policy-panel")).to_contain_text("Be fair.")
    page.keyboard.press("Escape")
    expect(page.locator("#policy-panel")).to_be_hidden()


def test_on_a_wide_screen_the_policy_lies_open_until_it_is_closed(
    open_page: OpenPage, person: User
) -> None:
    page = open_page("/label/", person, viewport={"width": 1440, "height": 900})
    ready(page)
    panel = page.locator("#policy-panel")
    expect(panel).to_be_visible()
    panel.get_by_role("button", name="Close").click()
    page.reload()
    ready(page)
    expect(panel).to_be_hidden()


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


def test_a_known_answer_is_told_beside_the_next_pair_which_does_not_move(
    open_page: OpenPage, person: User
) -> None:
    campaign = Campaign.objects.get()
    pair = campaign.pool.first().pair
    campaign.generation.items.filter(pair=pair).delete()
    GoldAnswer.objects.create(
        campaign=campaign, pair=pair, verdict="similar", rationale="The same law."
    )
    Campaign.objects.update(gold_share=1, gold_feedback=True)
    page = open_page("/label/", person)
    ready(page)
    before = answer(page, "2")
    wait_until_changed(page, before)
    told = page.get_by_role("status").get_by_text("The same law.")
    expect(told).to_be_visible()
    heading = page.locator("#task .assignment").bounding_box()
    page.get_by_role("button", name="Got it").click()
    expect(told).to_be_hidden()
    assert page.locator("#task .assignment").bounding_box() == heading
    assert page.evaluate("document.activeElement.tagName") == "H1"


def test_known_answers_that_are_told_at_once_are_all_there_to_read(
    open_page: OpenPage, person: User
) -> None:
    campaign = Campaign.objects.get()
    for each in campaign.pool.all()[:2]:
        campaign.generation.items.filter(pair=each.pair).delete()
        GoldAnswer.objects.create(
            campaign=campaign, pair=each.pair, verdict="similar", rationale=f"Law {each.pair_id}."
        )
    Campaign.objects.update(gold_share=1, gold_feedback=True)
    page = open_page("/label/", person)
    ready(page)
    page.context.set_offline(True)
    for _ in range(2):
        before = answer(page, "2")
        wait_until_changed(page, before)
    page.context.set_offline(False)
    told = page.get_by_role("status")
    for each in campaign.pool.all()[:2]:
        expect(told.get_by_text(f"Law {each.pair_id}.")).to_be_visible()
    page.get_by_role("button", name="Got it").click()
    for each in campaign.pool.all()[:2]:
        expect(told.get_by_text(f"Law {each.pair_id}.")).to_be_hidden()
