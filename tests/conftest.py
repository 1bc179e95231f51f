import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.system import Browser, System

# How long an example takes says something of the machine, not of what is tested.
hypothesis_settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def _plain_settings(settings: Any, tmp_path: Any) -> None:
    """No compiled static files, quick password hashes, and every file in the test's own folder."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DATA_DIR = tmp_path
    settings.ARTEFACT_DIR = tmp_path / "models"
    settings.WORK_DIR = tmp_path / "work"
    # A request leaves its language behind in the thread that answered it.
    translation.activate(settings.LANGUAGE_CODE)
    cache.clear()


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """Postgres, Valkey, web, both workers and beat, over the sample study."""
    with tempfile.TemporaryDirectory(prefix="likewise-test-", ignore_cleanup_errors=True) as folder:
        system = System(Path(folder))
        system.start_services()
        try:
            system.manage("migrate")
            system.manage("load_sample")
            for name in ("web", "worker", "training", "beat"):
                system.start(name)
            yield system
        finally:
            system.stop()


@pytest.fixture(scope="session")
def accounts(system: System) -> dict[str, dict[str, str]]:
    return dict(system.manage("demo_accounts", "--json"))


@pytest.fixture
def assistant(system: System, accounts: dict[str, dict[str, str]]) -> Browser:
    return Browser(system, **accounts["assistant"])


@pytest.fixture
def admin(system: System, accounts: dict[str, dict[str, str]]) -> Browser:
    return Browser(system, **accounts["admin"])
