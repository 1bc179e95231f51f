"""Nothing lies over what stands in the head of a page on which pairs are judged."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Role, User
from tests.browser.labelling import ready
from tests.factories import UserFactory
from tests.learning import teaching_campaign
from tests.studies import living_study

pytestmark = pytest.mark.django_db(transaction=True)
OpenPage = Callable[..., Page]

SIZES = [
    (1280, 720), (1366, 650), (1366, 768), (1440, 780), (1440, 900), (1920, 760), (1920, 1080),
]  # fmt: skip
COVERED = """
() => [...document.querySelectorAll(".bar :is(a, button, .name)")].filter(
  (element) => element.checkVisibility()
).filter((element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  return !element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}).map((element) => element.textContent.trim())
"""


def covered(page: Page, size: tuple[int, int]) -> list[str]:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    expect(page.locator("#keys")).to_have_attribute("data-listening", "")
    return list(page.evaluate(COVERED))


def test_nothing_lies_over_the_head_of_the_labelling_page(
    open_page: OpenPage, person: User
) -> None:
    page = open_page("/label/", person)
    ready(page)
    assert {size: covered(page, size) for size in SIZES} == {size: [] for size in SIZES}


def test_nothing_lies_over_the_head_where_a_pair_is_decided_on(
    open_page: OpenPage, db: None
) -> None:
    living_study()
    page = open_page("/study/adjudication/", UserFactory(role=Role.COORDINATOR))
    page.get_by_role("link", name="Decide the first").click()
    assert {size: covered(page, size) for size in SIZES} == {size: [] for size in SIZES}


def test_nothing_lies_over_the_head_in_the_practice(open_page: OpenPage, db: None) -> None:
    campaign = teaching_campaign(practice=2)
    page = open_page(f"/learn/{campaign.slug}/practice/", UserFactory())
    page.get_by_role("button", name="Begin").click()
    assert {size: covered(page, size) for size in SIZES} == {size: [] for size in SIZES}
