"""How much of the time that a browser says an answer took is believed, and counts."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from annotation.models import Assignment, BudgetUse, Label, User
from annotation.services.claim import claim
from tests.annotation.campaign_work import budget, run_out
from tests.factories import UserFactory, campaign_with_pairs
from tests.studies import signed_in, time_goes_by

pytestmark = pytest.mark.django_db
DAY, QUARTER = 86_400, 900


@pytest.fixture
def person() -> User:
    return UserFactory()


@pytest.fixture
def client(person: User) -> Client:
    return signed_in(person)


def handed_out(person: User, *, ago: timedelta = timedelta()) -> Assignment:
    (given,) = claim(assistant=person)
    time_goes_by(ago.total_seconds())
    return given


def answer(client: Client, given: Assignment, seconds: float, action: str = "submit") -> float:
    """Returns the seconds that are kept of it."""
    sent = {"verdict": "unsure", "seconds": seconds}
    if action == "revise":
        sent |= {"submission": str(uuid4())}
    url = f"/api/v1/assignments/{given.pk}/{action}/"
    response = client.post(url, sent, content_type="application/json")
    assert response.status_code == 201
    return response.json()["label"]["seconds"]


def hours(client: Client) -> float:
    return client.get("/api/v1/progress/").json()["hours"]


@pytest.mark.parametrize("seconds", [QUARTER, 1e300])
def test_no_answer_took_longer_than_its_person_has_had_the_pair(client, person, seconds) -> None:
    campaign_with_pairs(1)
    given = handed_out(person, ago=timedelta(minutes=2))
    assert 120 <= answer(client, given, seconds) < 180
    assert hours(client) < 0.05


def test_corrections_add_no_time_that_has_not_gone_by(client, person) -> None:
    campaign_with_pairs(1)
    given = handed_out(person, ago=timedelta(minutes=2))
    assert answer(client, given, 100) == 100
    assert answer(client, given, 15, "revise") == 15
    for _ in range(3):
        answer(client, given, DAY, "revise")
    assert hours(client) < 0.05


def test_all_answers_to_a_pair_together_count_a_quarter_of_an_hour_at_most(client, person) -> None:
    campaign = campaign_with_pairs(1)
    budget(campaign, 10, "person", "hours", "total")
    given = handed_out(person, ago=timedelta(hours=5))
    assert answer(client, given, 600) == 600
    for _ in range(3):
        answer(client, given, DAY, "revise")
    assert hours(client) == 0.25
    assert BudgetUse.objects.get().seconds == QUARTER
    assert Label.objects.count() == 4


def test_time_counts_from_the_first_of_several_leases_of_a_pair(client, person) -> None:
    campaign_with_pairs(1)
    given = handed_out(person)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE annotation_assignment SET id = uuidv7('-20 minutes')")
    first = Assignment.objects.get()
    run_out(first)
    (again,) = claim(assistant=person)
    assert again.pk == first.pk
    assert again.served_at > given.served_at
    assert answer(client, again, 700) == 700
