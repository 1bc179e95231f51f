"""How long a pair was in front of somebody, also when they left it and came again."""

import pytest
from playwright.sync_api import Page

from tests.browser.labelling import answer, ready, saved_labels, shown, wait_until_changed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(page: Page) -> Page:
    page.clock.install()
    page.reload()
    ready(page)
    return page


def test_the_time_of_a_pair_goes_on_when_somebody_comes_to_it_again(page: Page) -> None:
    first = answer(page, "2")
    wait_until_changed(page, first)
    second = shown(page)
    page.clock.run_for("02:00")
    page.keyboard.press("b")
    page.clock.run_for("01:00")
    page.keyboard.press("Enter")  # looked, and left as it was
    assert shown(page) == second
    page.clock.run_for("00:05")
    answer(page, "3")
    assert 125 <= saved_labels(page, 2)[-1].seconds < 150


def test_the_time_of_a_pair_goes_on_after_a_reload(page: Page) -> None:
    page.clock.run_for("03:00")
    page.reload()
    ready(page)
    page.clock.run_for("00:04")
    first = answer(page, "3")
    wait_until_changed(page, first)
    page.clock.run_for("00:07")
    answer(page, "2")
    one, other = saved_labels(page, 2)
    assert 184 <= one.seconds < 210
    assert 7 <= other.seconds < 30


def test_a_change_takes_the_time_since_somebody_came_back(page: Page) -> None:
    page.clock.run_for("03:00")
    wait_until_changed(page, answer(page, "2"))
    saved_labels(page, 1)
    page.keyboard.press("b")
    page.clock.run_for("00:08")
    answer(page, "3")
    assert 8 <= saved_labels(page, 2)[-1].seconds < 30
