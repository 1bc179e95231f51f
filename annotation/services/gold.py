"""Pairs whose answer is known, mixed into a person's work at the campaign's rate."""

from hashlib import blake2b
from typing import Any

from django.db import connection

from annotation.lanes import LANE, lanes_read_by
from annotation.models import Assignment, Campaign, User

# Known answers are few: no queue, but a walk through those that this person has not seen, in an
# order of their own, so that two people do not meet the same one at the same time.
CLAIM_GOLD = f"""
INSERT INTO annotation_assignment
    (id, campaign_id, pair_id, assistant_id, policy_id, state, strategy, served_at,
     lease_expires_at, changed_at)
SELECT uuidv7(), %(campaign)s, unseen.pair_id, %(assistant)s, %(policy)s, 'leased', 'gold', moment,
    moment + make_interval(secs => %(lease_seconds)s), moment
FROM (
    SELECT gold.pair_id FROM annotation_goldanswer gold
    JOIN annotation_pair pair ON pair.id = gold.pair_id
    JOIN annotation_video rejected ON rejected.id = pair.rejected_id
    JOIN annotation_video recommended ON recommended.id = pair.recommended_id
    WHERE gold.campaign_id = %(campaign)s
        AND (%(any_language)s OR {LANE.format(a="rejected.language", b="recommended.language")}
            = ANY(%(lanes)s::varchar[]))
        AND NOT EXISTS (
            SELECT FROM annotation_assignment seen
            WHERE seen.campaign_id = gold.campaign_id AND seen.pair_id = gold.pair_id
                AND seen.assistant_id = %(assistant)s
        )
    ORDER BY hashint8extended(gold.pair_id, %(assistant)s) LIMIT %(count)s
) unseen, clock_timestamp() moment
"""  # noqa: S608 - constants only


def claim_gold(*, campaign: Campaign, assistant: User, wanted: int) -> int:
    """Lease the known pairs that are due among this person's next `wanted`; returns how many."""
    if campaign.gold_share == 0:
        return 0
    seen = Assignment.objects.filter(campaign=campaign, assistant=assistant).count()
    due = sum(is_gold(campaign, assistant.pk, seen + n) for n in range(wanted))
    return _claim(campaign, assistant, due) if due else 0


def is_gold(campaign: Campaign, assistant_id: int, number: int) -> bool:
    """Whether a person's `number`-th pair is a known one: nobody can guess, anybody can repeat."""
    digest = blake2b(f"{campaign.pk}/{assistant_id}/{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) < campaign.gold_share * 2**64


def _claim(campaign: Campaign, assistant: User, count: int) -> int:
    parameters: dict[str, Any] = {
        "campaign": campaign.pk,
        "assistant": assistant.pk,
        "policy": campaign.policy_id,
        "lease_seconds": campaign.lease_seconds,
        "any_language": assistant.any_language,
        "lanes": lanes_read_by(assistant.languages),
        "count": count,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_GOLD, parameters)
        return cursor.rowcount
