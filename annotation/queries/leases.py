from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now

from annotation.models import Assignment, Campaign, User


def held_by(*, assistant: User, since: datetime | None = None) -> dict[UUID, datetime]:
    """The leases this person has open now, and when each was made, the earliest first.

    `since`: a moment before which none of them can have been made, if one is known.
    """
    found = Assignment.objects.filter(
        assistant=assistant,
        state=Assignment.State.LEASED,
        lease_expires_at__gt=Now(),
        campaign__state=Campaign.State.OPEN,
    )
    if since is not None:
        found = found.filter(served_at__gte=since)
    return dict(found.order_by("served_at", "pk").values_list("pk", "served_at"))


def with_pairs(pks: Collection[UUID]) -> list[Assignment]:
    """These assignments with all that is shown of them, in this order."""
    if not pks:
        return []
    found = (
        Assignment.objects.filter(pk__in=pks)
        .select_related("pair__rejected", "pair__recommended", "policy")
        .prefetch_related("policy__reasons")
        .in_bulk()
    )
    return [found[pk] for pk in pks]


def run_out(*, campaign_id: int) -> QuerySet[Assignment]:
    """Leases past their time, in the order in which they ran out."""
    return Assignment.objects.filter(
        campaign=campaign_id, state=Assignment.State.LEASED, lease_expires_at__lte=Now()
    ).order_by("lease_expires_at")
