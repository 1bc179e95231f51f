"""Signed-in people: session and person are read anew at every request, in one round trip."""

import threading
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.db import connection

from annotation.latest import Latest
from annotation.models import User
from annotation.postgres import Rows, Step, execute_batch, execute_prepared

SESSION = """
SELECT session_data FROM django_session
WHERE session_key = %(session)s AND expire_date > clock_timestamp()
"""
# When they came and were here last is not needed to let them in.
LEFT_OUT = {"last_login", "date_joined"}
FIELDS = [f.attname for f in User._meta.concrete_fields if f.attname not in LEFT_OUT]
PERSON = f"SELECT {', '.join(FIELDS)} FROM annotation_user WHERE id = %(person)s"  # noqa: S608


class ReadAlong(threading.local):
    """The person who was read with the session of the request that this thread is at work on."""

    person: User | None = None

    def take(self, person: int) -> User | None:
        found, self.person = self.person, None
        return found if found and found.pk == person else None


# By session, whose it was when this process last saw it. Who it is stands inside the session's
# signed data, so that the person could only be asked for in a second round trip. The guess saves
# that one; what was signed decides whom it lets in.
guesses: Latest[str, int] = Latest()
read_along = ReadAlong()


class SessionStore(db.SessionStore):
    """Django's sessions in the database, read without the ORM."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        read_along.person = None

    def load(self) -> dict[str, Any]:
        key = self.session_key or ""
        steps = [Step(SESSION, {"session": key})]
        if guess := guesses.get(key):
            steps.append(Step(PERSON, {"person": guess}))
        sessions, *people = execute_batch(*steps)
        if not sessions:
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(sessions[0][0])
        read_along.person = _person(people[0]) if people else None
        if person := data.get(SESSION_KEY):
            guesses.set(key, int(person))
        return data


class PeopleBackend(ModelBackend):
    """Django's sign-in by name and password; whoever a session names is read without the ORM."""

    def get_user(self, user_id: int) -> User | None:
        person = read_along.take(user_id) or _person(execute_prepared(PERSON, {"person": user_id}))
        return person if person and self.user_can_authenticate(person) else None


def _person(rows: Rows) -> User | None:
    return User.from_db(connection.alias, FIELDS, rows[0]) if rows else None
