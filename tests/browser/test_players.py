"""Videos play in the place of their thumbnails, and their sites hear nothing before that."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from annotation.models import User, Video
from tests.browser.labelling import answer, ready, saved_labels, wait_until_changed

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]
PLAYER = "<!doctype html><title>Player</title><p>It plays."


@pytest.fixture
def videos_of_youtube(person: User) -> None:
    for video in Video.objects.all():
        Video.objects.filter(pk=video.pk).update(video_id=f"vid{video.pk:08d}")


@pytest.fixture
def page(videos_of_youtube: None, open_page: OpenPage, person: User) -> Page:
    page = open_page("/label/", person)
    ready(page)
    return page


def play_everything(page: Page) -> list[str]:
    """Stands in for the site of the players; the list grows by what it is asked for."""
    asked: list[str] = []

    def handle(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(content_type="text/html", body=PLAYER)

    page.context.route("https://www.youtube-nocookie.com/**", handle)
    return asked


def plays(page: Page, which: str) -> None:
    expect(page.frame_locator(f".{which} iframe").get_by_text("It plays.")).to_be_visible()


def test_a_thumbnail_becomes_a_player_of_its_size_at_its_spot(page: Page) -> None:
    asked = play_everything(page)
    thumbnail = page.locator(".rejected .thumb")
    before = thumbnail.bounding_box()
    assert asked == []
    thumbnail.click()
    plays(page, "rejected")
    after = page.locator(".rejected iframe").bounding_box()
    assert before
    assert after
    assert after == pytest.approx(before, abs=1)
    assert len(page.context.pages) == 1
    (url,) = asked
    assert Video.objects.filter(video_id=url.partition("/embed/")[2].partition("?")[0]).exists()

    page.get_by_role("button", name="Close the player").click()
    expect(page.locator("iframe")).to_have_count(0)
    expect(thumbnail).to_be_focused()


def test_players_open_and_close_by_key_and_leave_the_keys_to_the_pair(page: Page) -> None:
    play_everything(page)
    page.keyboard.press("a")
    plays(page, "rejected")
    page.keyboard.press("d")
    plays(page, "recommended")
    page.keyboard.press("d")
    expect(page.locator("iframe")).to_have_count(1)
    before = answer(page, "3")
    wait_until_changed(page, before)
    expect(page.locator("iframe")).to_have_count(0)
    (label,) = saved_labels(page, 1)
    assert label.verdict == "unsure"


def test_a_player_ends_when_its_pair_is_left_and_does_not_begin_again_by_itself(page: Page) -> None:
    asked = play_everything(page)
    page.keyboard.press("a")
    plays(page, "rejected")
    before = answer(page, "2")
    wait_until_changed(page, before)
    page.keyboard.press("b")
    expect(page.locator(".again")).to_be_visible()
    expect(page.locator("iframe")).to_have_count(0)
    expect(page.locator(".rejected .thumb")).to_be_visible()
    assert len(asked) == 1


def test_the_video_can_still_be_opened_in_a_tab_of_its_own(page: Page) -> None:
    asked = play_everything(page)
    page.context.route("https://www.youtube.com/**", lambda route: route.fulfill(body="Watch."))
    with page.context.expect_page() as opened:
        page.locator(".recommended").get_by_role("link", name="New tab").click()
    assert opened.value.url.startswith("https://www.youtube.com/watch?v=vid")
    assert asked == []


def test_a_video_that_has_no_player_opens_in_a_tab(open_page: OpenPage, person: User) -> None:
    page = open_page("/label/", person)
    ready(page)
    expect(page.locator(".new-tab")).to_have_count(0)
    with page.context.expect_page() as opened:
        page.locator(".rejected .thumb").click()
    expect(opened.value).to_have_url(re.compile("/videos/"))
    page.keyboard.press("a")
    expect(page.locator("iframe")).to_have_count(0)
