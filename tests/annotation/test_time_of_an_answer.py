"""How much of the time that a browser says an answer took is kept, and counts."""

from uuid import uuid4

import pytest
from django.test import Client

from annotation.models import Assignment, BudgetUse, Label, User
from annotation.services.claim import claim
from tests.annotation.campaign_work import budget
from tests.factories import UserFactory, campaign_with_pairs
from tests.studies import signed_in

pytestmark = pytest.mark.django_db
DAY, QUARTER = 86_400, 900


@pytest.fixture
def person() -> User:
    return UserFactory()


@pytest.fixture
def client(person: User) -> Client:
    return signed_in(person)


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


def test_all_answers_to_a_pair_together_count_a_quarter_of_an_hour_at_most(client, person) -> None:
    campaign = campaign_with_pairs(1)
    budget(campaign, 10, "person", "hours", "total")
    (given,) = claim(assistant=person)
    assert answer(client, given, 600) == 600
    assert answer(client, given, 100, "revise") == 100
    assert answer(client, given, DAY, "revise") == 200
    assert answer(client, given, 30, "revise") == 0
    assert hours(client) == 0.25
    assert BudgetUse.objects.get().seconds == QUARTER
    assert Label.objects.count() == 4


def test_of_an_answer_that_took_longer_a_day_at_most_is_kept(client, person) -> None:
    campaign_with_pairs(1)
    (given,) = claim(assistant=person)
    assert answer(client, given, 1e300) == DAY
    assert hours(client) == 0.25
