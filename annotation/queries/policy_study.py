"""What decisions and versions say of the policy."""

from django.db.models import QuerySet

from annotation.models import Adjudication, Campaign
from annotation.queries.consensus import standing_decisions

_TEXTS = [
    f"pair__{side}__{text}"
    for side in ("rejected", "recommended")
    for text in ("description", "transcript")
]


def policy_examples(*, campaign: Campaign) -> QuerySet[Adjudication]:
    """Decisions that were marked as good examples for the policy, the latest first."""
    return (
        standing_decisions(campaign=campaign)
        .filter(policy_example=True)
        .select_related("pair__rejected", "pair__recommended", "decided_by", "policy")
        .defer(*_TEXTS)
    )
