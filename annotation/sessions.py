"""Signed-in people, found with one plain statement each: every request asks for both."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.db import connection

from annotation.models import User
from annotation.postgres import execute_prepared

SESSION = """
SELECT session_data FROM django_session
WHERE session_key = %s AND expire_date > clock_timestamp()
"""
# When they came and were here last is not needed to let them in.
LEFT_OUT = {"last_login", "date_joined"}
FIELDS = [f.attname for f in User._meta.concrete_fields if f.attname not in LEFT_OUT]
PERSON = f"SELECT {', '.join(FIELDS)} FROM annotation_user WHERE id = %s"  # noqa: S608


class SessionStore(db.SessionStore):
    """Django's sessions in the database, read without the ORM."""

    def load(self) -> dict[str, Any]:
        row = _first(SESSION, self.session_key)
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row[0])


class PeopleBackend(ModelBackend):
    """Django's sign-in by name and password; whoever a session names is read without the ORM."""

    def get_user(self, user_id: int) -> User | None:
        row = _first(PERSON, user_id)
        if row is None:
            return None
        person = User.from_db(connection.alias, FIELDS, row)
        return person if self.user_can_authenticate(person) else None


def _first(statement: str, parameter: Any) -> tuple[Any, ...] | None:
    row: tuple[Any, ...] | None = execute_prepared(statement, [parameter]).fetchone()
    return row
