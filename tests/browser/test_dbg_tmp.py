from tests.browser.conftest import *
from tests.browser.test_labelling import *
from tests.browser.test_labelling import person, answer, saved_labels, ready, shown
import pytest
def test_dbg(open_page, person):
    page = open_page("/label/", person)
    page.on("request", lambda r: "/api/" in r.url and print(">", r.method, r.url[-60:], r.post_data))
    page.on("response", lambda r: "/api/" in r.url and print("<", r.status, r.url[-60:]))
    page.on("requestfailed", lambda r: print("FAILED", r.url))
    ready(page)
    for i in range(6):
        before = answer(page, "2")
        print("answered", before)
        expect(page.locator(f"[data-assignment='{before}']")).to_have_count(0)
        page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)
    print(page.evaluate("JSON.stringify(localStorage)"), page.locator("[data-saved]").inner_text(), page.locator("[data-notice]").inner_text())
    print(Label.objects.count(), Assignment.objects.values_list("id", "state"))
    assert 0
