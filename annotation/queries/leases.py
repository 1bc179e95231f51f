from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from annotation.models import Assignment, Campaign, Pair, Policy, Video
from annotation.postgres import execute_prepared
from annotation.queries.rows import Columns, instances

ASSIGNMENT, PAIR, POLICY, CAMPAIGN = (
    Columns(
        Assignment,
        "assignment",
        only=(
            "id",
            "campaign_id",
            "pair_id",
            "policy_id",
            "strategy",
            "served_at",
            "lease_expires_at",
        ),
    ),
    Columns(Pair, "pair", only=("id", "pair_id")),
    Columns(Policy, "policy", only=("id", "version", "title")),
    Columns(Campaign, "campaign", only=("id", "reasons_mode", "mark_shared_words")),
)
# What is shown of a video.
VIDEO = (
    "id", "video_id", "title", "channel", "channel_id", "description", "transcript", "language",
    "published_at", "duration_s", "thumbnail_url", "content_warning",
)  # fmt: skip
# A page shows so many characters of a transcript, and whether there are more.
SHOWN_TRANSCRIPT = 6_000
SHOWN = {"transcript": SHOWN_TRANSCRIPT + 1}
REJECTED, RECOMMENDED = (
    Columns(Video, side, only=VIDEO, cut=SHOWN) for side in ("rejected", "recommended")
)
TABLES = (ASSIGNMENT, PAIR, REJECTED, RECOMMENDED, POLICY, CAMPAIGN)
WITH_PAIRS = f"""
SELECT {", ".join(table.sql for table in TABLES)}
FROM annotation_assignment assignment
JOIN annotation_pair pair ON pair.id = assignment.pair_id
JOIN annotation_video rejected ON rejected.id = pair.rejected_id
JOIN annotation_video recommended ON recommended.id = pair.recommended_id
JOIN annotation_policy policy ON policy.id = assignment.policy_id
JOIN annotation_campaign campaign ON campaign.id = assignment.campaign_id
WHERE assignment.id = ANY(%(assignments)s::uuid[])
"""  # noqa: S608 - constants only


def with_pairs(pks: Collection[UUID], *, commit: bool = False) -> list[Assignment]:
    """These assignments with all that is shown of them, in this order; `commit` as in
    `execute_batch`."""
    if not pks:
        return []
    rows = execute_prepared(WITH_PAIRS, {"assignments": list(pks)}, commit=commit)
    found = {assignment.pk: assignment for assignment in map(_assignment, rows)}
    return [found[pk] for pk in pks]


def _assignment(row: tuple[object, ...]) -> Assignment:
    assignment: Assignment
    assignment, pair, pair.rejected, pair.recommended, policy, campaign = instances(row, *TABLES)
    assignment.pair, assignment.policy = pair, policy
    assignment.campaign = campaign
    return assignment


RUN_OUT = Assignment.objects.filter(state=Assignment.State.LEASED, lease_expires_at__lte=Now())


def run_out(*, campaign_id: int) -> QuerySet[Assignment]:
    """Leases past their time, in the order in which they ran out."""
    return RUN_OUT.filter(campaign=campaign_id).order_by("lease_expires_at")


def campaigns_with_run_out() -> QuerySet[Campaign]:
    """Those that are not closed and have leases past their time, repeats included."""
    run_out = Exists(RUN_OUT.filter(campaign=OuterRef("pk")))
    return Campaign.every.filter(run_out).exclude(state=Campaign.State.CLOSED)
