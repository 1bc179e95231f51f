"""Each page with every kind of thing on it: accessibility, narrow screens, hostile text."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Role, User
from tests.browser.gallery import WIDE, Gallery, overflow, violations
from tests.browser.labelling import PHONE
from tests.factories import UserFactory
from tests.studies import Study, living_study

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]


@pytest.fixture
def study(db: Any) -> Study:
    return living_study()


def admin() -> User:
    return UserFactory(role=Role.ADMIN)


def addresses(study: Study) -> list[str]:
    return [
        "/label/", "/labels/", f"/labels/{study.label.pk}/", "/policy/", "/me/record/",
        "/me/record/pairs/", "/me/record/pairs/?figure=gold", "/accounts/logout/", "/study/",
        f"/study/pairs/{study.disputed.pk}/", "/study/duplicates/", "/runs/",
        "/study/agreement/?by=week", "/study/agreement/?by=source", "/study/agreement/pairs/",
        "/study/agreement/repeats/",
        "/study/policy/", "/study/slips/",
        "/study/adjudication/", "/study/adjudication/?state=decided",
        f"/study/adjudication/{study.campaign.slug}/{study.disputed.pk}/",
        "/study/planning/?wage=12", "/study/planning/?campaign=-&alpha=9", "/study/report/",
        "/study/assistants/", f"/study/assistants/{study.person.pk}/",
        f"/study/assistants/{study.person.pk}/pairs/", f"/runs/{study.active_run.pk}/",
        f"/runs/{study.finished_run.pk}/", queue_page(study),
        f"/videos/{study.video.video_id}/", "/nothing/here/",
    ]  # fmt: skip


def queue_page(study: Study) -> str:
    """With an answer to the question why a pair is served or not."""
    asked = {
        "campaign": study.campaign.slug,
        "pair": study.disputed.pair_id,
        "person": study.person.username,
    }
    return f"/study/queue/?{urlencode(asked)}"


def test_the_pages_of_an_assistant_pass_axe_and_fit_every_screen(
    open_page: OpenPage, study: Study
) -> None:
    gallery = Gallery()
    gallery.look(open_page("/accounts/login/", viewport=WIDE), "sign-in")
    page = open_page("/label/", study.person, viewport=WIDE)
    for address in addresses(study):
        page.goto(address)
        gallery.look(page, address)
    assert gallery.problems == []


def test_the_pages_of_a_coordinator_pass_axe_and_fit_every_screen(
    open_page: OpenPage, study: Study
) -> None:
    gallery, page = Gallery(), open_page("/study/", admin(), viewport=WIDE)
    for address in addresses(study)[4:]:
        page.goto(address)
        assert page.locator("h1").count() == 1
        for summary in page.locator("summary:visible").all():
            summary.click()
        gallery.look(page, address)
    assert gallery.problems == []


@pytest.mark.parametrize("screen", [{}, PHONE])
def test_a_dry_run_is_done_by_keyboard_and_passes_axe(
    open_page: OpenPage, study: Study, screen: dict[str, Any]
) -> None:
    page = open_page("/study/queue/", admin(), **screen)
    page.get_by_label("Pairs for each").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Dry run: what people would be handed next")
    assert violations(page) == []
    assert overflow(page) <= 0


def test_a_campaign_is_paused_and_resumed_by_keyboard(open_page: OpenPage, study: Study) -> None:
    page = open_page("/study/queue/", admin())
    for button, state in (("Pause the campaign", "paused"), ("Resume the campaign", "open")):
        page.get_by_role("button", name=button).focus()
        page.keyboard.press("Enter")
        expect(page.locator("main .status").first).to_have_text(state.capitalize())
        assert violations(page) == []


def test_everything_on_a_phone_can_be_hit(open_page: OpenPage, study: Study) -> None:
    page = open_page("/label/", study.person, **PHONE)
    page.locator("label:has([value=similar])").tap()
    small = page.evaluate("""
        [...document.querySelectorAll("main :is(label, button, summary), header :is(a, button)")]
          .map(e => [e.innerText, e.getBoundingClientRect()])
          .filter(([, box]) => box.width && (box.height < 40 || box.width < 24))
          .map(([text, box]) => `${text}: ${box.width} x ${box.height}`)
    """)
    assert small == []


def test_the_answer_hides_nothing_on_a_phone(open_page: OpenPage, study: Study) -> None:
    page = open_page("/label/", study.person, **PHONE)
    page.locator("label:has([value=similar])").tap()
    overlapped = page.evaluate("""
        document.querySelector(".answer").getBoundingClientRect().top
          < document.querySelector(".pair").getBoundingClientRect().bottom
    """)
    assert not overlapped


def test_a_script_in_a_title_is_only_text(open_page: OpenPage, study: Study) -> None:
    page = open_page(f"/videos/{study.video.video_id}/", study.person)
    expect(page.locator("h1")).to_have_text("<script>alert(1)</script> & <b>bold</b>")


def test_a_right_to_left_title_is_laid_out_so(open_page: OpenPage, study: Study) -> None:
    page = open_page(f"/videos/{study.rtl_video.video_id}/", study.person)
    style = page.locator("h1").evaluate("e => getComputedStyle(e).direction")
    assert (style, page.locator("h1").get_attribute("lang")) == ("rtl", "ar")


def test_a_run_is_followed_while_it_goes_on(open_page: OpenPage, study: Study) -> None:
    run = study.active_run
    page = open_page(f"/runs/{run.pk}/", admin())
    expect(page.locator("[data-percent]")).to_have_text("40%")
    run.progress, run.message = 0.75, "Epoch 3 of 4"
    run.save()
    expect(page.locator("[data-percent]")).to_have_text("75%")
    expect(page.locator("[data-message]")).to_have_text("Epoch 3 of 4")
    run.status, run.artefact, run.progress = run.Status.SUCCEEDED, "somewhere", 1
    run.save()
    expect(page.get_by_role("link", name="Retrain now")).to_be_visible()
