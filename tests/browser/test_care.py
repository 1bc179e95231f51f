"""What makes the work bearable: covers, breaks, warnings, and settings by keyboard."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from annotation.models import Assignment, User, Video
from tests.browser.labelling import PHONE, answer, ready, saved_labels, shown, wait_until_changed
from tests.factories import UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]


def look(thumbnail: Locator) -> str:
    return thumbnail.locator("img").evaluate("e => getComputedStyle(e).filter")


def at(person: User, **fields: object) -> None:
    User.objects.filter(pk=person.pk).update(**fields)


@pytest.mark.parametrize(("choice", "covered"), [("blurred", "blur"), ("greyscale", "grayscale")])
def test_thumbnails_are_covered_until_they_are_asked_for(
    open_page: OpenPage, person: User, choice: str, covered: str
) -> None:
    at(person, thumbnails=choice)
    page = open_page("/label/", person, reduced_motion="reduce")
    ready(page)
    rejected, recommended = page.locator(".rejected .thumb"), page.locator(".recommended .thumb")
    assert covered in look(rejected)
    rejected.hover()
    assert look(rejected) == "none"
    recommended.focus()
    assert look(recommended) == "none"
    page.mouse.move(0, 0)
    assert covered in look(rejected)
    page.locator("#task h1").focus()
    page.keyboard.press("v")
    assert (look(rejected), look(recommended)) == ("none", "none")
    before = answer(page, "3")
    wait_until_changed(page, before)
    assert covered in look(page.locator(".rejected .thumb"))


def test_the_first_tap_of_a_finger_shows_a_thumbnail(open_page: OpenPage, person: User) -> None:
    at(person, thumbnails="blurred")
    page = open_page("/label/", person, **PHONE)
    ready(page)
    page.locator(".rejected .thumb").tap()
    expect(page.locator(".rejected .thumb")).to_have_class(re.compile("is-asked"))
    assert len(page.context.pages) == 1


def test_players_start_muted_unless_somebody_wants_them_loud(
    open_page: OpenPage, person: User
) -> None:
    for video in Video.objects.all():
        Video.objects.filter(pk=video.pk).update(video_id=f"vid{video.pk:08d}")
    for muted in (True, False):
        at(person, players_muted=muted)
        page = open_page("/label/", person)
        ready(page)
        page.keyboard.press("a")
        source = page.locator(".rejected iframe").get_attribute("src") or ""
        assert ("mute=1" in source) == muted


def test_a_reminder_comes_after_half_an_hour_of_answers_and_the_break_is_ones_own(
    open_context: Callable[..., object], person: User
) -> None:
    campaign_with_pairs(4)
    page = open_context(person).new_page()  # type: ignore[attr-defined]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.clock.install()
    page.goto("/label/")
    ready(page)
    reminder = page.get_by_role("heading", name="You have worked for 30 minutes")
    for minutes in (14, 12, 5):
        expect(reminder).to_be_hidden()
        page.clock.fast_forward(f"{minutes:02}:00")
        before = answer(page, "3")
        wait_until_changed(page, before)
    expect(reminder).to_be_visible()
    expect(page.locator("[data-break-said]")).to_contain_text("You have worked for 30 minutes")
    assert page.evaluate("document.activeElement.tagName") == "H1"  # nothing is taken from the pair
    page.get_by_role("button", name="In ten minutes").click()
    expect(reminder).to_be_hidden()
    expect(page.locator("#task h1")).to_be_focused()
    page.clock.fast_forward("11:00")
    before = answer(page, "3")
    wait_until_changed(page, before)
    expect(reminder).to_be_visible()
    page.get_by_role("button", name="Take a break").click()
    rest = page.get_by_role("dialog", name="Time for a break")
    expect(rest.locator("[data-left]")).to_have_text("5:00")
    before = shown(page)
    page.keyboard.press("1")
    page.clock.fast_forward("05:01")
    expect(rest.locator("[data-left]")).to_have_text(re.compile("The break is over"))
    page.keyboard.press("Enter")
    expect(rest).to_be_hidden()
    expect(reminder).to_be_hidden()
    expect(page.locator("#task h1")).to_be_focused()
    assert shown(page) == before
    assert page.locator("[name=verdict]:checked").count() == 0
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    labels = saved_labels(page, 5)
    assert labels[-1].seconds < 60  # the break is not the pair's
    assert not [body for body in asked if "break" in body or "worked" in body]


def test_ones_own_limit_of_a_day_is_said_and_stops_nobody(
    open_page: OpenPage, person: User
) -> None:
    at(person, daily_minutes=10)
    page = open_page("/label/", person)
    ready(page)
    page.evaluate("document.querySelector('[data-breaks]').dataset.workedToday = '599'")
    page.wait_for_timeout(1200)
    before = answer(page, "3")
    wait_until_changed(page, before)
    expect(page.get_by_role("heading", name="Those were the 10 minutes")).to_be_visible()
    page.get_by_role("button", name="Go on for today").click()
    expect(page.locator("#task h1")).to_be_focused()
    before = answer(page, "3")
    wait_until_changed(page, before)
    expect(page.get_by_role("heading", name="Those were the 10 minutes")).to_be_hidden()


def test_past_midnight_a_new_day_is_counted(open_page: OpenPage, person: User) -> None:
    at(person, daily_minutes=10)
    page = open_page("/policy/", person)
    page.clock.install(time="2026-11-27T23:40:00")
    page.goto("/label/")
    ready(page)
    done = page.get_by_role("heading", name="Those were the 10 minutes")
    page.clock.run_for("11:00")
    wait_until_changed(page, answer(page, "3"))
    expect(done).to_be_visible()
    expect(page.locator("[data-today]")).to_have_text("1")
    page.clock.run_for("10:00")
    page.evaluate("document.querySelector('#task').focus()")
    page.clock.run_for("00:30")
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    page.keyboard.press("s")
    page.keyboard.press("s")
    expect(done).to_be_hidden()
    saved_labels(page, 1)
    wait_until_changed(page, answer(page, "3"))
    saved_labels(page, 2)
    expect(page.locator("[data-today]")).to_have_text("1")
    expect(page.locator("[data-total]")).to_have_text("2")


def test_a_pair_behind_a_warning_is_shown_or_passed_on_and_never_answered_unseen(
    open_page: OpenPage, person: User
) -> None:
    Video.objects.update(content_warning="flagged")
    page = open_page("/label/", person)
    ready(page)
    expect(page.locator("#task .pair")).to_be_hidden()
    expect(page.locator("#task h1")).to_have_text("A pair with a content warning")
    first = shown(page)
    for key in ("3", "Enter"):
        page.keyboard.press(key)
    assert shown(page) == first
    page.locator(".content-warning").get_by_role("button", name="I’d rather not").click()
    wait_until_changed(page, first)
    expect(page.locator("#task .pair")).to_be_hidden()
    page.locator("#task h1").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#task .pair")).to_be_visible()
    page.locator("#task h1").focus()
    second = answer(page, "3")
    wait_until_changed(page, second)
    (label,) = saved_labels(page, 1)
    assert str(label.submission) == second
    assert Assignment.objects.get(pk=first).state == "skipped"


def test_settings_are_changed_by_keyboard_alone_and_without_scripts(
    open_page: OpenPage, db: None
) -> None:
    person = UserFactory(languages=["en"], any_language=False)
    page = open_page("/me/", person)
    page.get_by_label("German").focus()
    page.keyboard.press("Space")
    page.get_by_text("More languages").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Find a language").focus()
    page.keyboard.type("ysoc")
    expect(page.get_by_text("No language of this name")).to_be_visible()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("zul")
    expect(page.get_by_label("Yoruba")).to_be_hidden()
    page.get_by_label("Zulu").focus()
    page.keyboard.press("Space")
    page.get_by_label("Blur them until I ask").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your settings are kept")).to_be_visible()
    person.refresh_from_db()
    assert (person.languages, person.thumbnails) == (["en", "de", "zu"], "blurred")
    page = open_page("/me/", person, java_script_enabled=False)
    page.get_by_label("German").uncheck()
    page.get_by_role("button", name="Keep these settings").click()
    expect(page.get_by_text("Your settings are kept")).to_be_visible()
    person.refresh_from_db()
    assert person.languages == ["en", "zu"]
