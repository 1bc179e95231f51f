from typing import Any

import pytest
from django.core.cache import cache


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
    cache.clear()
