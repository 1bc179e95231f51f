from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import Browser, System


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Postgres, Valkey, web, both workers and beat, over the sample study."""
    system = System(Path(tmp_path_factory.mktemp("system")))
    system.start_services()
    try:
        system.manage("migrate")
        system.manage("load_sample")
        for name in ("web", "worker", "training", "beat"):
            system.start(name)
        yield system
    finally:
        system.stop()


@pytest.fixture(scope="module")
def accounts(system: System) -> dict[str, dict[str, str]]:
    return dict(system.manage("demo_accounts", "--json"))


@pytest.fixture
def assistant(system: System, accounts: dict[str, dict[str, str]]) -> Browser:
    return Browser(system, **accounts["assistant"])


@pytest.fixture
def admin(system: System, accounts: dict[str, dict[str, str]]) -> Browser:
    return Browser(system, **accounts["admin"])
