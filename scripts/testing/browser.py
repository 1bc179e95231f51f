"""The Chromium of the browser tests."""

import shutil

# The first is Chromium without a window and all that belongs to one: it takes a third of the time.
NAMES = ("chromium-headless-shell", "chromium")


def find() -> str | None:
    """Its path, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)
