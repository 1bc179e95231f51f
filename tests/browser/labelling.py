"""What a person does and sees on the labelling page."""

from playwright.sync_api import Page, expect

from annotation.models import Label

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def shown(page: Page) -> str:
    return page.locator("#task [data-assignment]").get_attribute("data-assignment") or ""


def ready(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_have_text("All saved")
    page.wait_for_load_state("networkidle")


def wait_until_changed(page: Page, before: str) -> None:
    expect(page.locator("#task [data-assignment]")).not_to_have_attribute("data-assignment", before)


def saved_labels(page: Page, count: int) -> list[Label]:
    for _ in range(300):
        if Label.objects.count() >= count:
            break
        page.wait_for_timeout(100)  # not time.sleep: the page's requests pass through this thread
    labels = list(Label.objects.order_by("id"))
    assert len(labels) == count
    return labels


def choose(page: Page, value: str) -> None:
    page.locator(f"#task label:has([value={value}])").click()


def answer(page: Page, key: str) -> str:
    before = shown(page)
    page.keyboard.press(key)
    page.keyboard.press("Enter")
    return before
