"""The two requests of every pair: what they ask of the database, and who they let in."""

from collections.abc import Callable

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import Label, User
from annotation.postgres import batch
from annotation.postgres.base import is_dead
from tests.factories import UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db

NEXT = "/api/v1/assignments/next/"
# Statements that Django sees: the session, the person, a savepoint's two (in a test the request's
# transaction is one), two for the locks, the open leases and the campaigns of the claim, the claim,
# the pair with its videos.
OF_NEXT = 10
# The session, the person, the savepoint's two, two for the locks, the assignment, the answer.
OF_SUBMIT = 8
OF_PERSON = 2  # the session, the person
OF_FRESH_POLICY = 1  # the ways of a policy, once a minute and process
# Session and person; what an answer begins with, the answer; what a claim begins with, the claim,
# its pairs. Where the rule is adaptive, the answer is followed by the decision.
ROUND_TRIPS, ROUND_TRIPS_IF_ADAPTIVE = 6, 7


@pytest.fixture
def person() -> User:
    return UserFactory(any_language=True)


@pytest.fixture
def client(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def ask(client: Client, *, accept: str = "application/json", holding: list[str] | None = None):
    body = {"count": 1, "holding": holding or []}
    return client.post(NEXT, body, content_type="application/json", HTTP_ACCEPT=accept)


def answer(client: Client, assignment: str, **more):
    url = f"/api/v1/assignments/{assignment}/submit/"
    return client.post(url, {"verdict": "unsure", **more}, content_type="application/json")


def held(client: Client) -> list[str]:
    return [one["assignment"] for one in ask(client).json()["assignments"]]


def round_trips(call: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> int:
    """Batches that were sent; nothing else is, not even to end a transaction."""
    sent: list[object] = []

    def counted(*args: object, **options: object) -> object:
        sent.append(args)
        return run(*args, **options)

    run = batch.run
    monkeypatch.setattr(batch, "run", counted)
    monkeypatch.setattr(psycopg.Cursor, "execute", not_expected)
    monkeypatch.setattr(psycopg.Connection, "_exec_command", not_expected)
    call()
    monkeypatch.undo()
    return len(sent)


def not_expected(*args: object, **options: object) -> None:
    raise AssertionError(f"Sent by itself: {args[1:]}")


def count_of(call) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert call().status_code in (200, 201)
    return len(queries)


def test_the_next_pair_takes_a_fixed_number_of_statements(client) -> None:
    campaign_with_pairs(5)
    first = held(client)
    assert count_of(lambda: ask(client, holding=first)) == OF_NEXT


def test_the_next_pair_as_a_page_shows_it_takes_no_more(client) -> None:
    campaign_with_pairs(5)
    first = held(client)
    assert count_of(lambda: ask(client, holding=first, accept="text/html")) <= (
        OF_NEXT + OF_FRESH_POLICY
    )
    assert count_of(lambda: ask(client, accept="text/html")) <= OF_NEXT


def test_an_answer_takes_a_fixed_number_of_statements(client) -> None:
    campaign_with_pairs(5, relabelling="fixed")
    (first,) = held(client)
    assert count_of(lambda: answer(client, first)) == OF_SUBMIT
    assert Label.objects.count() == 1


def test_an_answer_that_brings_the_next_pair_finds_out_once_who_asks(client) -> None:
    campaign_with_pairs(5, relabelling="fixed")
    (first,) = held(client)
    asked = {"holding": [first], "html": True}
    whole = count_of(lambda: answer(client, first, next=asked))
    assert whole <= OF_SUBMIT + OF_NEXT - OF_PERSON + OF_FRESH_POLICY


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("rule", "expected"), [("fixed", ROUND_TRIPS), ("posterior", ROUND_TRIPS_IF_ADAPTIVE)]
)
def test_an_answer_that_brings_the_next_pair_takes_few_round_trips(
    client, monkeypatch, rule, expected
) -> None:
    campaign_with_pairs(5, relabelling=rule)
    (first,) = held(client)
    asked = {"holding": [first]}
    sent = round_trips(lambda: answer(client, first, next=asked), monkeypatch)
    assert sent == expected
    assert Label.objects.count() == 1


def test_a_session_that_has_run_out_or_is_gone_lets_nobody_in(client) -> None:
    campaign_with_pairs(1)
    assert ask(client).status_code == 200
    Session.objects.update(expire_date=timezone.now())
    assert ask(client).status_code == 403
    Session.objects.all().delete()
    assert ask(client).status_code == 403


def test_a_person_who_is_deactivated_or_has_a_new_password_is_out_at_once(client, person) -> None:
    campaign_with_pairs(1)
    assert ask(client).status_code == 200
    User.objects.update(is_active=False)
    assert ask(client).status_code == 403
    User.objects.update(is_active=True)
    person.set_password("another fine day")
    person.save()
    assert ask(client).status_code == 403


def test_a_new_right_counts_from_the_next_request(client) -> None:
    assert client.get("/api/v1/runs/").status_code == 403
    User.objects.update(role="coordinator")
    assert client.get("/api/v1/runs/").status_code == 200


def test_a_connection_that_the_server_closed_is_seen_to_be_dead() -> None:
    address = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
    with psycopg.connect(**address) as other, connection.cursor() as cursor:
        other.commit()
        assert not is_dead(other)
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [other.info.backend_pid])
        assert is_dead(other)
