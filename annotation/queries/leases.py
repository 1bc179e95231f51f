from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now

from annotation.models import Assignment, Campaign, User


def held_by(*, assistant: User, without: Collection[UUID] = ()) -> QuerySet[Assignment]:
    """The pairs this person has open now, the earliest first."""
    return (
        Assignment.objects.filter(
            assistant=assistant,
            state=Assignment.State.LEASED,
            lease_expires_at__gt=Now(),
            campaign__state=Campaign.State.OPEN,
        )
        .exclude(pk__in=without)
        .select_related("pair__rejected", "pair__recommended", "campaign", "policy")
        .prefetch_related("policy__reasons")
        .order_by("served_at", "pk")
    )


def run_out(*, campaign_id: int) -> QuerySet[Assignment]:
    """Leases past their time, in the order in which they ran out."""
    return Assignment.objects.filter(
        campaign=campaign_id, state=Assignment.State.LEASED, lease_expires_at__lte=Now()
    ).order_by("lease_expires_at")
