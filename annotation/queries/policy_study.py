"""What decisions and versions say of the policy."""

from django.db.models import QuerySet

from annotation.models import Adjudication, Campaign
from annotation.queries.history import TEXTS


def policy_examples(*, campaign: Campaign) -> QuerySet[Adjudication]:
    """Decisions that were marked as good examples for the policy, the latest first."""
    return (
        Adjudication.objects.standing()
        .filter(campaign=campaign, policy_example=True)
        .select_related("pair__rejected", "pair__recommended", "decided_by", "policy")
        .defer(*TEXTS)
    )
