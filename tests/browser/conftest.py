"""Debian's Chromium against a live server. Nothing outside this machine is asked for."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from annotation.models import User
from scripts.testing.browser import find
from tests.browser.labelling import ready
from tests.factories import UserFactory, campaign_with_pairs

# For what will come on any machine; a slow one takes its time.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
CHROMIUM = find()
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", type=Path, help="a folder for a picture of every state")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium-headless-shell)")
    # Playwright runs an event loop in this thread, which Django takes for an async context.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(autouse=True)
def _plain_http(settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False


@pytest.fixture
def open_context(browser: Browser, live_server: Any) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts, each of a person or of nobody."""
    opened: list[BrowserContext] = []

    def make(person: User | None = None, **options: Any) -> BrowserContext:
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE_MS)
        if person is not None:
            client = Client()
            client.force_login(person)
            cookie = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()
    wait_until_idle()


def wait_until_idle(seconds: float = 20) -> None:
    """Until no request that the closed pages left behind is at work in the database, which is
    emptied next: a request caught in the middle of that would be a deadlock."""
    end, quiet = time.monotonic() + seconds, 0
    while quiet < 3:
        assert time.monotonic() < end, "the live server is still at work"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state <> 'idle'"
                " AND backend_type = 'client backend'"
            )
            quiet = 0 if cursor.fetchone()[0] else quiet + 1
        time.sleep(0.05)


@pytest.fixture
def open_page(open_context: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
    """Opens an address as a person; the test fails when the page's scripts or the CSP complain."""
    complaints: list[str] = []

    def listen(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if "Content Security Policy" in message.text or "Content-Security" in message.text
                else None
            ),
        )

    def make(url: str, person: User | None = None, **options: Any) -> Page:
        page = open_context(person, **options).new_page()
        listen(page)
        page.goto(url)
        return page

    yield make
    assert complaints == []


@pytest.fixture
def person(db: Any) -> User:
    campaign_with_pairs(6)
    return UserFactory()


@pytest.fixture
def page(open_page: Callable[..., Page], person: User) -> Page:
    """The labelling page of `person`, with all that it loads."""
    page = open_page("/label/", person)
    ready(page)
    return page
