"""Django's Postgres backend, with prepared statements and a check of pooled connections that
costs no round trip."""

from typing import cast

from django.db import connection
from django.db.backends.utils import CursorWrapper


def prepared_cursor() -> CursorWrapper:
    """A cursor whose statements are parsed and planned once a connection (see `base`)."""
    from annotation.postgres.base import DatabaseWrapper

    return cast(DatabaseWrapper, connection).prepared_cursor()
