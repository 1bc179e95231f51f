"""Looks at a page in one state: on a wide screen in light colours, on a phone's in dark ones."""

from io import BytesIO
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from PIL import Image
from playwright.sync_api import Page

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# A wide screen at 200%, and a large one.
OTHERS = {"zoomed": {"width": 720, "height": 450}, "large": {"width": 2560, "height": 1440}}


def violations(page: Page) -> list[str]:
    """What axe finds, each with the element that it is about."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(all => all.violations)")
    return [f"{page.url}: {v['id']}: {node['html']}" for v in found for node in v["nodes"]]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


class Gallery:
    """Collects what is wrong in all states; pictures go into `folder`, if there is one."""

    def __init__(self, folder: Path | None = None) -> None:
        self.problems: list[str] = []
        self._folder = folder

    def look(self, page: Page, state: str) -> None:
        for screen, size, scheme in (("wide", WIDE, "light"), ("phone", PHONE, "dark")):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.set_viewport_size(size)
            self.problems += [f"{state}, {screen}: {problem}" for problem in violations(page)]
            self._measure(page, f"{state}, {screen}")
            self._picture(page, f"{state}-{screen}")
        for screen, size in OTHERS.items():
            page.set_viewport_size(size)
            self._measure(page, f"{state}, {screen}")
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")

    def _measure(self, page: Page, where: str) -> None:
        if (pixels := overflow(page)) > 0:
            self.problems.append(f"{where}: {pixels} px too wide")

    def picture(self, page: Page, state: str) -> None:
        """Of a page that runs no scripts, where axe cannot run either."""
        for screen, size in (("wide", WIDE), ("phone", PHONE)):
            page.set_viewport_size(size)
            self._picture(page, f"{state}-{screen}")

    def _picture(self, page: Page, name: str) -> None:
        if self._folder:
            shot = Image.open(BytesIO(page.screenshot()))
            shot.save(self._folder / f"{name}.webp", quality=70, method=6)
