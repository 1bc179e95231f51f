"""The report as Chromium prints it: on A4, nothing cut, nothing of the website around it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from annotation.models import AgreementReport, Role
from tests.factories import UserFactory
from tests.studies import FIGURES, PART, living_study

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]

# What a sheet of A4 has between the margins of the style sheet, in pixels of CSS.
UPRIGHT, SIDEWAYS = {"width": 672, "height": 979}, {"width": 1002, "height": 650}
LANGUAGES = (
    "de",
    "en",
    "ar",
    "zh-hant",
    "fr",
    "es",
    "pt",
    "tr",
    "hi",
    "ja",
    "ko",
    "ru",
    "uk",
    "it",
)
TOO_WIDE = """
    [...document.querySelectorAll("SCOPE table, SCOPE .chart")]
      .filter(e => e.getBoundingClientRect().right > innerWidth + 1
                || e.scrollWidth > e.clientWidth + 1)
      .map(e => e.textContent.trim().slice(0, 60))
"""
KAPPA = {"value": 0.61, "low": 0.4, "high": 0.81, "n": 40}
LONG = FIGURES | {
    "by": {
        "policy": [{"value": str(version), **PART} for version in (1, 2, 3)],
        "language": [{"value": code, **PART} for code in LANGUAGES],
        "selection": [{"value": value, **PART} for value in ("random", "chosen")],
        "week": [{"value": f"2026-W{week:02d}", **PART} for week in range(1, 45)],
    },
    "cohen_kappa": [
        {"a": f"person{i}", "b": f"person{j}", **KAPPA} for i in range(24) for j in range(i)
    ],
}


@pytest.fixture
def printed(open_page: OpenPage, db: Any) -> Page:
    """The page of a report with 44 weeks and 24 people, as it is laid out for paper."""
    study = living_study()
    AgreementReport.objects.create(campaign=study.campaign, last_label=study.label.pk, figures=LONG)
    page = open_page("/study/report/", UserFactory(role=Role.COORDINATOR), viewport=UPRIGHT)
    page.emulate_media(media="print")
    return page


def sheets_of(page: Page) -> list[tuple[int, ...]]:
    """Width and height of each sheet, in points."""
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert pdf.startswith(b"%PDF-")
    boxes = re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)
    return [tuple(round(float(side)) for side in box.split()[2:]) for box in boxes]


def test_a_report_prints_on_a_few_sheets_of_a4(printed: Page) -> None:
    sheets = sheets_of(printed)
    assert 4 <= len(sheets) <= 8
    assert set(sheets) == {(595, 842)}


def test_many_names_lie_on_a_sheet_on_its_side(printed: Page) -> None:
    printed.goto("/study/report/?names=1")
    sheets = sheets_of(printed)
    assert 5 <= len(sheets) <= 9
    assert sheets.count((842, 595)) == 1
    printed.set_viewport_size(SIDEWAYS)
    assert printed.evaluate(TOO_WIDE.replace("SCOPE", ".wide")) == []
    height = "document.querySelector('.wide').getBoundingClientRect().height"
    assert printed.evaluate(height) < SIDEWAYS["height"]


def test_no_table_is_wider_than_its_sheet(printed: Page) -> None:
    assert printed.evaluate(TOO_WIDE.replace("SCOPE", "section")) == []


def test_rows_stay_whole_heads_are_repeated_and_the_website_is_not_printed(printed: Page) -> None:
    style = "e => getComputedStyle(e)"
    for row in printed.locator("tr").all()[:20]:
        assert row.evaluate(f"e => ({style})(e).breakInside") == "avoid"
    head = printed.locator(".dense thead").first
    assert head.evaluate(f"e => ({style})(e).display") == "table-header-group"
    for gone in ("header.bar", "form", ".skip-link", "[data-print]"):
        assert printed.locator(gone).first.is_hidden()
    colours = f"e => [({style})(e).color, ({style})(e).backgroundColor]"
    printed.emulate_media(media="print", color_scheme="dark")
    assert printed.locator("body").evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
