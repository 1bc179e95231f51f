"""The Chromium of the browser tests."""

import shutil

# The first is Chromium without the window, whose own parts would be drawn for nobody.
NAMES = ("chromium-headless-shell", "chromium")


def find() -> str | None:
    """Its path, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)
