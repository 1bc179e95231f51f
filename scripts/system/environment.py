"""The environment that Django, gunicorn and Celery get from the scripts."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from annotation import embedded
from annotation.secret_key import local_secret_key

# Marks every process that belongs to the system of one data folder; see processes.leftovers.
OWNER_VARIABLE = "LIKEWISE_DEMO_ROOT"


def settings_environment(root: Path, given: Mapping[str, str]) -> dict[str, str]:
    """`given`, completed with the data folder and the addresses of its embedded servers."""
    addresses = {
        "DATABASE_URL": embedded.database_url(root),
        "CELERY_BROKER_URL": embedded.broker_url(root),
    }
    return addresses | dict(given) | {"LIKEWISE_DATA_DIR": str(root.resolve())}


def demo_environment(root: Path, port: int, given: Mapping[str, str]) -> dict[str, str]:
    """What every process of the demo is started with."""
    defaults = {
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DEBUG": "false",
        "COOKIE_SECURE": "false",  # plain http, on this machine only
        "DJANGO_SETTINGS_MODULE": "annotation.settings",
        "LOG_JSON": "false",
        # On one machine of one person it warns of nothing that person doesn't know.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        "SECRET_KEY": local_secret_key(root),
    }
    fixed = {
        OWNER_VARIABLE: str(root.resolve()),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), given.get("PATH", os.defpath)]),
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }
    return defaults | settings_environment(root, given) | fixed


def uses_embedded(environment: Mapping[str, str], root: Path) -> bool:
    """Whether a server of `root` itself is wanted, rather than two that were named."""
    return environment["DATABASE_URL"] == embedded.database_url(root) or environment[
        "CELERY_BROKER_URL"
    ] == embedded.broker_url(root)
