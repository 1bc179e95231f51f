"""Labels in bulk, at any time, for the tests of what is made of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from annotation.models import Assignment, Campaign, Label, Pair, User


@transaction.atomic
def label_pairs(
    campaign: Campaign,
    person: User,
    verdicts: Mapping[Pair, str],
    *,
    at: datetime | None = None,
    apart: timedelta = timedelta(minutes=1),
    seconds: Sequence[float] = (30.0,),
) -> list[Label]:
    """One label after the other from `at` on, so far `apart`; `seconds` in turn."""
    begun = at or timezone.now() - timedelta(minutes=len(verdicts))
    fields = {"campaign": campaign, "assistant": person, "policy": campaign.policy}
    given = [
        Assignment(
            pair=pair,
            state="labelled",
            strategy="random",
            lease_expires_at=timezone.now(),
            **fields,
        )
        for pair in verdicts
    ]
    Assignment.objects.bulk_create(given)
    labels = Label.objects.bulk_create(
        Label(
            assignment=assignment, pair=pair, verdict=verdict, strategy="random",
            reasons=["similar_subject"] if verdict == "similar" else [],
            seconds=seconds[i % len(seconds)], created_at=begun + i * apart, **fields,
        )
        for i, (assignment, (pair, verdict)) in enumerate(zip(given, verdicts.items(), strict=True))
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE annotation_assignment, annotation_label")
    return labels
