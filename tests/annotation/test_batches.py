"""Several prepared statements in one round trip."""

import gc
import threading
import time
import weakref
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, ProgrammingError, connection, transaction

from annotation.models import User
from annotation.postgres import Step, batch, execute_batch, execute_prepared

ECHO = """
SELECT %(number)s::bigint, %(text)s::text, %(flag)s::boolean, %(nothing)s::text,
    %(ids)s::uuid[], %(at)s::timestamptz, %(number)s::bigint + 1
"""
ADD = "INSERT INTO annotation_policy (version, title, body, changes, created_at) VALUES "
POLICY = f"{ADD} (%(version)s, 'T', '', '', now()) RETURNING id"


def server_pid() -> int:
    return int(execute_prepared("SELECT pg_backend_pid()")[0][0])


@pytest.mark.django_db
def test_values_come_back_as_they_were_sent() -> None:
    moment, pk = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), UUID(int=7)
    sent = {"number": 5, "text": "ünsüre; '%(x)s", "flag": True, "nothing": None, "ids": [pk]}
    (row,) = execute_prepared(ECHO, {**sent, "at": moment})
    assert row == (5, "ünsüre; '%(x)s", True, None, [pk], moment, 6)


@pytest.mark.django_db
def test_each_statement_of_a_batch_sees_what_those_before_it_wrote() -> None:
    added, count, empty = execute_batch(
        Step(POLICY, {"version": 901}),
        Step("SELECT count(*) FROM annotation_policy WHERE version = 901"),
        Step("SELECT id FROM annotation_policy WHERE version = 902"),
    )
    assert (len(added), count, empty) == (1, [(1,)], [])


@pytest.mark.django_db
def test_a_statement_is_planned_once_a_connection() -> None:
    for number in range(5):
        execute_prepared("SELECT 'planned once', %(number)s::int", {"number": number})
    plans = "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
    with connection.cursor() as cursor:
        cursor.execute(f"{plans} WHERE statement LIKE 'SELECT ''planned once''%'")
        assert cursor.fetchall() == [(5, 0)]


@pytest.mark.django_db
def test_only_so_many_statements_stay_planned() -> None:
    for number in range(batch.MOST_PLANNED + 20):
        execute_prepared(f"SELECT {number}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'likewise%'")
        assert cursor.fetchone() == (batch.MOST_PLANNED,)
    assert execute_prepared("SELECT 0") == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_the_first_error_is_raised_and_nothing_of_the_transaction_stays() -> None:
    with pytest.raises(IntegrityError, match="version"), transaction.atomic():
        execute_batch(
            Step(POLICY, {"version": 920}), Step(POLICY, {"version": 920}), Step("SELECT 1")
        )
    assert execute_prepared("SELECT count(*) FROM annotation_policy WHERE version = 920") == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_cannot_be_planned_does_no_harm_to_later_ones() -> None:
    for _ in range(2):
        with pytest.raises(ProgrammingError, match="nowhere"), transaction.atomic():
            execute_batch(Step("SELECT 1"), Step("SELECT * FROM nowhere"))
    assert execute_prepared("SELECT 1") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_batch_ends_the_outermost_transaction_and_no_other() -> None:
    with transaction.atomic():
        execute_prepared(POLICY, {"version": 930}, commit=True)
        assert connection.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    with transaction.atomic():
        with transaction.atomic():
            execute_prepared(POLICY, {"version": 931}, commit=True)
        transaction.set_rollback(True)
    versions = "SELECT version FROM annotation_policy WHERE version IN (930, 931)"
    assert execute_prepared(versions) == [(930,)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ends_is_given_up_and_replaced() -> None:
    pid = server_pid()
    with pytest.raises(OperationalError), transaction.atomic():
        execute_batch(
            Step("SELECT 1"), Step(f"SELECT pg_terminate_backend({pid})"), Step("SELECT 2")
        )
    connection.close()
    assert server_pid() != pid


@pytest.mark.django_db(transaction=True)
def test_connections_that_were_replaced_are_let_go() -> None:
    """A traceback of an earlier test may hold one of them; whoever keeps them holds all."""
    old = []
    for _ in range(4):
        server_pid()
        old.append(weakref.ref(connection.connection))
        connection.close()
        connection.close_pool()
    until = time.monotonic() + 5  # a thread of the pool may be about to let the last one go
    while sum(one() is not None for one in old) > 1 and time.monotonic() < until:
        gc.collect()
        time.sleep(0.01)
    assert sum(one() is not None for one in old) <= 1


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_waits_for_a_lock_lets_the_others_go_on() -> None:
    lock, release = "SELECT pg_advisory_lock(4711)", "SELECT pg_advisory_unlock(4711)"
    got = threading.Event()

    def wait_for_it() -> None:
        try:
            execute_batch(Step(lock), Step(release))
            got.set()
        finally:
            connection.close()

    execute_prepared(lock)
    waiting = threading.Thread(target=wait_for_it)
    waiting.start()
    assert not got.wait(0.3)
    execute_prepared(release)
    waiting.join(10)
    assert got.is_set()


@pytest.mark.django_db(transaction=True)
def test_a_table_that_gets_another_column_is_read_from_the_next_time_but_one() -> None:
    everything = "SELECT * FROM batch_probe"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE batch_probe (a int)")
    try:
        assert execute_prepared(everything) == []
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE batch_probe ADD b int")
        with pytest.raises(Exception, match="cached plan"):
            execute_prepared(everything)
        assert execute_prepared(everything) == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE batch_probe")


@pytest.mark.django_db
def test_a_person_is_read_with_the_session_but_let_in_by_the_session_alone(client) -> None:
    anna, otto = (User.objects.create_user(name, password="x") for name in ("anna", "otto"))
    client.force_login(anna)
    assert client.get("/policy/").context["user"] == anna
    from annotation.sessions import guesses

    guesses.set(client.session.session_key, otto.pk)
    assert client.get("/policy/").context["user"] == anna
