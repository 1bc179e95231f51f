"""What one file has brought so far, kept in a temporary table so that memory stays flat."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b

from django.db import connection

Key = bytes


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """Where a key first stood in the file, and a digest of what stood there."""

    line: int
    digest: bytes


def digest(*parts: object) -> bytes:
    """16 bytes that stand for some values; two that differ collide with odds of 2^-128."""
    return blake2b(repr(parts).encode(errors="surrogatepass"), digest_size=16).digest()


class Seen:
    """Keys of accepted rows. Lives as long as `seen_keys` is open, across transactions."""

    def lookup(self, keys: Iterable[Key]) -> dict[Key, FirstSeen]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT key, line, digest FROM import_seen WHERE key = ANY(%s)", [list(keys)]
            )
            return {bytes(key): FirstSeen(line, bytes(seen)) for key, line, seen in cursor}

    def add(self, entries: Mapping[Key, FirstSeen]) -> None:
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY import_seen (key, line, digest) FROM STDIN") as copy,
        ):
            for key, first in entries.items():
                copy.write_row((key, first.line, first.digest))


@contextmanager
def seen_keys() -> Iterator[Seen]:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS import_seen")
        cursor.execute(
            "CREATE TEMPORARY TABLE import_seen"
            " (key bytea PRIMARY KEY, line bigint NOT NULL, digest bytea NOT NULL)"
        )
    yield Seen()
    # After an error the connection may be gone, and the table with it.
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS import_seen")
