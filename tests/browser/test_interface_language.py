"""A pair judged with the interface in German: what scripts say is in German as well."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotation.models import User
from tests.browser.labelling import answer, choose, saved_labels, wait_until_changed

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_pair_is_judged_in_german(open_page: Callable[..., Page], person: User) -> None:
    person.interface_language = "de"
    person.save()
    page = open_page("/label/", person)
    saved = page.locator("[data-saved]")
    expect(saved).to_have_text("Alles gespeichert")
    choose(page, "similar")
    page.get_by_role("button", name="Absenden und weiter").click()
    expect(page.get_by_text("Wählen Sie mindestens eine Hinsicht")).to_be_visible()
    before = answer(page, "3")
    wait_until_changed(page, before)
    expect(saved).to_have_text("Alles gespeichert")
    expect(page.get_by_role("group", name="Sind diese zwei Videos ähnlich?")).to_be_visible()
    assert [label.verdict for label in saved_labels(page, 1)] == ["unsure"]
    assert "NaN" not in page.locator("main").inner_text()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
