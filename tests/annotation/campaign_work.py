"""People at work in a campaign, for the tests of its rules."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.db.models import F
from django.utils import timezone

from annotation.models import (
    Assignment,
    Budget,
    Campaign,
    Label,
    User,
)
from annotation.services.budgets import refresh_use
from annotation.services.claim import claim
from annotation.services.labels import Answer, submit

EN = ("en", "en")
SIMILAR, NOT_SIMILAR = Answer("similar", ("other",), seconds=39), Answer("not_similar", seconds=39)


def take(person: User, count: int = 1) -> list[Assignment]:
    """New pairs for a person, besides those in their hands."""
    held = Assignment.objects.filter(assistant=person, state="leased").values_list("pk", flat=True)
    return claim(assistant=person, count=count, holding=list(held))


def answer(given: Assignment, with_: Answer = NOT_SIMILAR) -> Label:
    return submit(assistant=given.assistant, assignment_id=given.pk, answer=with_).label


def label_one(person: User, with_: Answer = NOT_SIMILAR) -> Assignment:
    (given,) = take(person)
    answer(given, with_)
    return given


def run_out(given: Assignment) -> None:
    past = timezone.now() - timedelta(days=1)
    Assignment.objects.filter(pk=given.pk).update(lease_expires_at=past)


def budget(campaign: Campaign, amount: float, scope: str, unit: str, period: str) -> None:
    Budget.objects.create(campaign=campaign, amount=amount, scope=scope, unit=unit, period=period)
    refresh_use(campaign=campaign)


@contextmanager
def append_only_off() -> Iterator[None]:
    """To set a scene in the past; the triggers are on again afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = origin")


def days_later(days: int) -> None:
    """Every label was given so many days earlier."""
    with append_only_off():
        Label.objects.update(created_at=F("created_at") - timedelta(days=days))
