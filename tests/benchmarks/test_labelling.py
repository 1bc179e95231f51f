"""The benchmark of labelling finds what it looks for."""

from uuid import uuid4

import pytest
from django.db import connection

from annotation.models import Assignment, Campaign, User
from annotation.services.claim import claim
from annotation.services.labels import Answer, submit
from benchmarks.labelling import percentiles
from benchmarks.labelling_check import Findings, check
from tests.factories import UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db
UNSURE = Answer(verdict="unsure")


@pytest.fixture
def campaign() -> Campaign:
    return campaign_with_pairs(4, relabelling="fixed", labels_per_pair=1)


def findings(campaign: Campaign, *, handed=(), confirmed=()) -> Findings:
    connection.ensure_connection()
    return check(
        connection.connection, campaign=campaign.pk, labels_per_pair=1, handed=handed,
        confirmed=confirmed,
    )  # fmt: skip


def labelled() -> tuple[Assignment, User]:
    person = UserFactory(any_language=True)
    (assignment,) = claim(assistant=person)
    submit(assistant=person, assignment_id=assignment.pk, answer=UNSURE)
    return assignment, person


def test_nothing_is_found_where_all_is_well(campaign) -> None:
    had = [labelled() for _ in range(3)]
    handed = [(str(one.pk), person.username) for one, person in had]
    found = findings(campaign, handed=handed, confirmed=[(*one, "unsure") for one in handed])
    assert found == Findings(handed_twice=0, lost=0, duplicates=0, labels=3)


def test_a_pair_that_two_people_had_is_found(campaign) -> None:
    assignment, _ = labelled()
    other = UserFactory()
    Assignment.objects.create(
        campaign=campaign, pair=assignment.pair, assistant=other, policy=campaign.policy,
        strategy="random", lease_expires_at=assignment.lease_expires_at,
    )  # fmt: skip
    assert findings(campaign).handed_twice == 1


def test_an_assignment_that_two_people_were_given_is_found(campaign) -> None:
    assignment, _ = labelled()
    assert findings(campaign, handed=[(str(assignment.pk), "a stranger")]).handed_twice == 1


def test_a_confirmed_label_that_is_missing_or_says_something_else_is_lost(campaign) -> None:
    assignment, person = labelled()
    confirmed = [
        (str(assignment.pk), person.username, "unsure"),
        (str(assignment.pk), person.username, "similar"),
        (str(uuid4()), person.username, "unsure"),
    ]
    assert findings(campaign, confirmed=confirmed).lost == 2


def test_percentiles_are_times_that_were_measured() -> None:
    assert percentiles(range(1, 101)) == {"p50": 50, "p95": 95, "p99": 99}
    assert percentiles([7.04]) == {"p50": 7.0, "p95": 7.0, "p99": 7.0}
    assert percentiles([]) == {"p50": None, "p95": None, "p99": None}
