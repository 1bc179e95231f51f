"""A database of its own for a benchmark, gone when the benchmark is."""

import contextlib
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from annotation import embedded


@contextlib.contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """A folder under the system's own for temporary files, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def scratch_database(root: Path, given: Mapping[str, str]) -> Iterator[str]:
    """The address of an empty database: on the server that DATABASE_URL in `given` names, where
    there is one, else on an embedded Postgres under `root`."""
    if address := given.get("DATABASE_URL"):
        with _database_beside(address) as made:
            yield made
        return
    with embedded.services(root):
        yield embedded.database_url(root)


@contextlib.contextmanager
def _database_beside(address: str) -> Iterator[str]:
    name = f"likewise_bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
        finally:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))
