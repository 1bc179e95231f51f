"""Words and names that both videos share are marked, where the campaign has it so."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Campaign, Label, User, Video
from tests.browser.labelling import answer, ready, saved_labels

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]

# Title and language of both videos, and what is marked in either.
TEXTS = [
    (
        ("Angela Merkel and the new climate deal", "en"),
        ("What Angela Merkel said about the Climate, in full", "en"),
        ["Angela Merkel", "climate"],
        ["Angela Merkel", "Climate"],
    ),
    (
        ("The Bank of England explained", "en"),
        ("Why the bank of my village hates the Bank of England", "en"),
        ["Bank of England"],
        ["bank", "Bank of England"],
    ),
    (
        ("Die Straße nach Genua", "de"),
        ("GENUA: über die STRASSE und die Brücke", "de"),
        ["Straße", "Genua"],
        ["GENUA", "STRASSE"],
    ),
    (
        ("東京の桜はいつ咲くのか", "ja"),
        ("京都ではなく東京で桜を見る", "ja"),
        ["東京"],
        ["東京"],
    ),
    (
        ("مكياج خفيف لصباح العيد", "ar"),
        ("وصفات عيد و مِكياج سهل", "ar"),
        ["مكياج", "العيد"],
        ["عيد", "مِكياج"],
    ),
    (("the and with about", "en"), ("about the one with and", "en"), [], []),
]


def tell(number: int) -> None:
    one, other, *_ = TEXTS[number]
    for side, (title, language) in (("rejected", one), ("recommended", other)):
        Video.objects.filter(**{f"pairs_{side}__isnull": False}).update(
            title=title, language=language, description="", channel=side
        )


def marks(page: Page, side: str) -> list[str]:
    return page.locator(f"#task .video.{side} h2 mark").all_inner_texts()


@pytest.fixture
def marking(person: User) -> User:
    Campaign.objects.update(mark_shared_words=True)
    return person


def test_words_and_whole_names_of_both_are_marked(open_page: OpenPage, marking: User) -> None:
    page = open_page("/policy/", marking)
    for number, (_, _, rejected, recommended) in enumerate(TEXTS):
        tell(number)
        page.goto("/label/")
        ready(page)
        if rejected:
            expect(page.locator("#task mark").first).to_be_visible()
        assert (marks(page, "rejected"), marks(page, "recommended")) == (rejected, recommended)


def test_descriptions_are_marked_too_and_a_screen_reader_hears_plain_text(
    open_page: OpenPage, marking: User
) -> None:
    tell(0)
    Video.objects.update(description="Filmed in Brussels. " + "Later more. " * 30)
    page = open_page("/label/", marking)
    ready(page)
    expect(page.locator("#task .preview mark").first).to_have_text("Filmed in Brussels")
    heard = page.locator("#task .video.rejected h2").aria_snapshot()
    assert heard == '- heading "Angela Merkel and the new climate deal" [level=2]'
    assert "<mark" in page.locator("#task .video.rejected h2").inner_html()


def test_a_label_says_whether_words_were_marked(open_page: OpenPage, marking: User) -> None:
    tell(0)
    page = open_page("/label/", marking)
    ready(page)
    expect(page.locator("#task mark").first).to_be_visible()
    answer(page, "2")
    saved_labels(page, 1)
    ready(page)
    Campaign.objects.update(mark_shared_words=False)
    page.reload()
    ready(page)
    expect(page.locator("#task mark")).to_have_count(0)
    answer(page, "2")
    assert [label.marked_shared for label in saved_labels(page, 2)] == [True, False]
    assert not Label.objects.exclude(verdict="not_similar").exists()
