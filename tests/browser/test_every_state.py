"""Every state of an assistant's pages: nothing for axe to find, nothing wider than the screen.

With --pictures FOLDER it leaves a picture of each there; docs/states.md shows them.
"""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Campaign, Policy, Role, User, Video
from annotation.services.sample import offer_practice
from tests.browser.gallery import WIDE, Gallery
from tests.browser.labelling import answer, choose, ready, wait_until_changed
from tests.factories import UserFactory
from tests.pictured import CHANNEL, CURE, SONG, SQUARE, pair, pictured_campaign, rows
from tests.studies import label_all

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]
PLAYER = "<!doctype html><title>Player</title><style>body{background:#000;color:#fff}</style>Plays."


@pytest.fixture
def gallery(request: pytest.FixtureRequest) -> Gallery:
    return Gallery(request.config.getoption("--pictures", None))


@pytest.fixture
def person(db: Any) -> User:
    return UserFactory(username="noor", first_name="Noor", languages=["en"], any_language=True)


def next_pair(page: Page) -> None:
    wait_until_changed(page, answer(page, "2"))
    ready(page)


def test_while_a_pair_is_judged(open_page: OpenPage, gallery: Gallery, person: User) -> None:
    pictured_campaign([SQUARE, CHANNEL, CURE, "sample-0032"])
    page = open_page("/label/", person, viewport=WIDE)
    ready(page)
    page.get_by_role("button", name="Close").click()
    gallery.look(page, "pair")
    choose(page, "similar")
    gallery.look(page, "similar")
    page.keyboard.press("Enter")
    expect(page.locator("[data-error=reasons]")).to_be_visible()
    gallery.look(page, "no-way-chosen")
    choose(page, "other")
    page.keyboard.press("Enter")
    gallery.look(page, "other-asks-for-a-comment")
    page.get_by_label("Comment").fill("The same building is in both")
    page.reload()
    expect(page.get_by_text("Draft restored", exact=True)).to_be_visible()
    gallery.look(page, "draft-restored")
    page.locator("#task h1").focus()
    page.keyboard.press("s")
    gallery.look(page, "skip")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    gallery.look(page, "keys")
    page.keyboard.press("Escape")
    next_pair(page)
    page.keyboard.press("b")
    expect(page.locator("[data-again]").first).to_be_visible()
    gallery.look(page, "back-at-an-answer")
    page.get_by_role("button", name="Leave it as it was").click()
    page.context.set_offline(True)
    wait_until_changed(page, answer(page, "3"))
    expect(page.locator("[data-saved]")).to_contain_text("waiting")
    gallery.look(page, "without-network")
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    ready(page)
    next_pair(page)
    answer(page, "2")
    expect(page.locator("[data-empty]")).to_be_visible()
    gallery.look(page, "nothing-left")
    assert gallery.problems == []


def test_the_policy_beside_the_work(open_page: OpenPage, gallery: Gallery, person: User) -> None:
    campaign = pictured_campaign([SQUARE])
    page = open_page("/label/", person, viewport=WIDE)
    ready(page)
    page.get_by_label("Find in the policy").fill("unsure")
    gallery.look(page, "policy-beside-a-pair")
    page.goto("/policy/")
    gallery.look(page, "policy")
    newer = Policy.objects.create(
        version=campaign.policy.version + 1, title=campaign.policy.title,
        body=campaign.policy.body, changes="Two songs of one style are **not** similar any more.",
    )  # fmt: skip
    Campaign.objects.update(policy=newer)
    page.goto("/label/")
    gallery.look(page, "policy-news")
    assert gallery.problems == []


def test_what_is_missing_or_far_from_english(
    open_page: OpenPage, gallery: Gallery, person: User
) -> None:
    pictured_campaign([SONG, SQUARE], mark_shared_words=True)
    missing = {"description": "", "transcript": None, "channel": "", "published_at": None}
    Video.objects.filter(pk=pair(SONG).rejected_id).update(
        **missing, thumbnail_url="https://i.ytimg.com/vi/gone/1.jpg"
    )
    page = open_page("/label/", person, viewport=WIDE)
    ready(page)
    page.get_by_role("button", name="Close").click()
    gallery.look(page, "scripts-and-fallbacks")
    next_pair(page)
    expect(page.locator("#task mark").first).to_be_visible()
    gallery.look(page, "shared-words")
    assert gallery.problems == []


def test_players_and_videos_that_are_gone(
    open_page: OpenPage, gallery: Gallery, person: User
) -> None:
    pictured_campaign([SQUARE])
    at_youtube, gone = pair(SQUARE).rejected, pair(SQUARE).recommended
    Video.objects.filter(pk=at_youtube.pk).update(video_id="dQw4w9WgXcQ")
    Video.objects.filter(pk=gone.pk).update(thumbnail_url="https://i.ytimg.com/vi/x/hqdefault.jpg")
    page = open_page("/policy/", person, viewport=WIDE)
    grey = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="90"/>'
    page.context.route(
        "https://i.ytimg.com/**",
        lambda route: route.fulfill(status=404, content_type="image/svg+xml", body=grey),
    )
    page.context.route(
        "https://www.youtube-nocookie.com/**",
        lambda route: route.fulfill(content_type="text/html", body=PLAYER),
    )
    page.goto("/label/")
    ready(page)
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("a")
    expect(page.frame_locator(".rejected iframe").get_by_text("Plays.")).to_be_visible()
    expect(page.locator(".video-gone")).to_be_visible()
    gallery.look(page, "player-and-gone")
    assert gallery.problems == []


def test_care(open_page: OpenPage, gallery: Gallery, person: User) -> None:
    pictured_campaign([SQUARE, CURE, CHANNEL])
    Video.objects.filter(pk=pair(CURE).recommended_id).update(content_warning="flagged")
    User.objects.filter(pk=person.pk).update(thumbnails="blurred", daily_minutes=120)
    page = open_page("/label/", person, viewport=WIDE)
    ready(page)
    page.get_by_role("button", name="Close").click()
    gallery.look(page, "blurred-thumbnails")
    page.locator("[data-reminder]").evaluate("e => { e.hidden = false; }")
    gallery.look(page, "break-reminder")
    page.get_by_role("button", name="Take a break").click()
    gallery.look(page, "break")
    page.keyboard.press("Enter")
    page.locator("#task h1").focus()
    page.evaluate("document.querySelector('[data-breaks]').dataset.workedToday = '7200'")
    next_pair(page)
    expect(page.locator("#task h1")).to_have_text("A pair with a content warning")
    gallery.look(page, "content-warning")
    page.locator("summary", has_text="Show the pair").click()
    gallery.look(page, "content-warning-opened")
    expect(page.locator("[data-day-done]")).to_be_visible()
    for address, state in (("/me/", "settings"), ("/me/pace/", "pace"), ("/support/", "support")):
        page.goto(address)
        gallery.look(page, state)
    page = open_page("/support/edit/", UserFactory(role=Role.COORDINATOR), viewport=WIDE)
    gallery.look(page, "support-edited")
    assert gallery.problems == []


def test_learning(open_page: OpenPage, gallery: Gallery, person: User) -> None:
    campaign = pictured_campaign([SQUARE])
    for row in rows("practice"):
        pair(row["pair_id"])
    offer_practice(campaign=campaign)
    Campaign.objects.update(practice="required", qualification="required")
    page = open_page("/label/", person, viewport=WIDE)
    page.get_by_role("button", name="Close").click()
    gallery.look(page, "practice-comes-first")
    page.goto("/learn/")
    gallery.look(page, "learning")
    page.goto(f"/learn/{campaign.slug}/practice/")
    gallery.look(page, "practice-begins")
    page.get_by_role("button", name="Begin to practise").click()
    expect(page.locator("form.answer")).to_be_visible()
    gallery.look(page, "practice-pair")
    for values, state in (
        (["not_similar"], "practice-differs"),
        (["similar", "similar_opinion"], "practice-agrees"),
    ):
        for value in values:
            choose(page, value)
        page.locator("form.answer .primary").click()
        expect(page.locator("[data-feedback]")).to_be_visible()
        gallery.look(page, state)
        page.keyboard.press("Enter")
        expect(page.locator("form.answer")).to_be_visible()
    Campaign.objects.update(practice="off")
    page.goto(f"/learn/{campaign.slug}/qualification/")
    page.get_by_role("button", name="Begin").click()
    for _ in range(6):
        expect(page.locator("form.answer")).to_be_visible()
        choose(page, "not_similar")
        page.locator("form.answer .primary").click()
    expect(page.locator("form.answer")).to_have_count(0)
    gallery.look(page, "qualification-result")
    page = open_page("/study/practice/", UserFactory(role=Role.COORDINATOR), viewport=WIDE)
    gallery.look(page, "practice-for-coordinators")
    assert gallery.problems == []


def test_own_work(open_page: OpenPage, gallery: Gallery, person: User) -> None:
    pictured_campaign([SQUARE, CHANNEL, CURE])
    first = label_all(person, "similar", 3)[0]
    page = open_page("/labels/?q=square", person, viewport=WIDE)
    gallery.look(page, "history-search")
    page.goto("/labels/")
    gallery.look(page, "history")
    page.goto(f"/labels/{first.pk}/")
    gallery.look(page, "label-changed")
    page = open_page(f"/study/pairs/{first.pair_id}/", UserFactory(role=Role.COORDINATOR))
    gallery.look(page, "study-pair")
    assert gallery.problems == []


def test_in_german(open_page: OpenPage, gallery: Gallery, person: User) -> None:
    pictured_campaign([SQUARE])
    User.objects.filter(pk=person.pk).update(interface_language="de")
    page = open_page("/label/", person, viewport=WIDE)
    expect(page.locator("[data-saved]")).to_have_text("Alles gespeichert")
    choose(page, "similar")
    gallery.look(page, "german")
    page.goto("/me/")
    gallery.look(page, "german-settings")
    assert gallery.problems == []


def test_without_scripts(open_page: OpenPage, gallery: Gallery, person: User) -> None:
    pictured_campaign([SQUARE])
    page = open_page("/label/", person, viewport=WIDE, java_script_enabled=False)
    choose(page, "similar")
    page.get_by_role("button", name="Submit and next").click()
    expect(page.get_by_text("Choose at least one way in which")).to_be_visible()
    gallery.picture(page, "without-scripts")
