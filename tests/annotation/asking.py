"""Ask why a pair is served or not, and see that a claim does so."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from annotation.models import Assignment, Budget, Campaign, Pair, User
from annotation.queries.eligibility import Eligibility, Outcome
from annotation.services.budgets import refresh_use
from annotation.services.claim import claim
from annotation.services.cursors import queue_cursors
from annotation.services.explain import explain
from annotation.services.labels import Answer
from tests.factories import queue_of

UNSURE = Answer(verdict="unsure")
PAST, SOON = timedelta(minutes=-5), timedelta(minutes=5)


def given(person: User, count: int = 200) -> list[int]:
    """The pairs that real claims would give this person now, in their order; nothing is kept."""
    queue_cursors.forget()
    with transaction.atomic():
        pairs = [each.pair_id for each in claim(assistant=person, count=count)]
        transaction.set_rollback(True)
    queue_cursors.forget()
    return pairs


def asked(
    campaign: Campaign, pair: int, person: User, real: list[int] | None = None
) -> Eligibility:
    """The answer; asserts that it is what a claim does. `real`: what claims give the person, where
    that is known already."""
    campaign, person = Campaign.objects.get(pk=campaign.pk), User.objects.get(pk=person.pk)
    found = explain(
        campaign=campaign,
        pair=Pair.objects.select_related("rejected", "recommended").get(pk=pair),
        person=person,
    )
    if real is None:
        real = given(person) if person.is_active else []
    assert found.is_served == (pair in real), (found.says, real)
    if found.outcome == Outcome.NEXT:
        held = Assignment.objects.filter(assistant=person, state=Assignment.State.LEASED).count()
        assert given(person, held + 1)[held:] == [pair]
    return found


def first_pair(campaign: Campaign) -> int:
    return queue_of(campaign).items.order_by("rank").values_list("pair_id", flat=True)[0]


def change(campaign: Campaign, **fields: object) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(**fields)


def budget(campaign: Campaign, scope: str, amount: float, unit: str, period: str) -> None:
    Budget.objects.create(campaign=campaign, scope=scope, amount=amount, unit=unit, period=period)
    refresh_use(campaign=campaign)


def run_out(person: User) -> None:
    Assignment.objects.filter(assistant=person).update(lease_expires_at=timezone.now() + PAST)
