from collections.abc import Collection
from uuid import UUID

from django.db import connection, transaction

from annotation.models import Assignment, Campaign, User
from annotation.queries import leases
from annotation.services.leases import release_expired
from annotation.services.locks import hold_queue, one_at_a_time

# Chooses, takes and leases in one statement. The scalar subquery makes the generation a constant
# for the planner, so that the partial index queue_ready gives the order without a sort, and
# `slots > 0` repeats its predicate word for word. Rows that a colleague is being handed right now
# are locked and passed over. A pair comes back to the same person only if their lease ran out.
CLAIM = """
WITH picked AS (
    SELECT item.id, item.pair_id, item.strategy, item.score, item.rank, item.generation_id
    FROM annotation_queueitem item
    WHERE item.generation_id = (
            SELECT generation_id FROM annotation_campaign WHERE id = %(campaign)s AND state = 'open'
        )
        AND item.slots > 0
        AND (%(any_language)s OR item.languages <@ %(languages)s::varchar[])
        AND NOT EXISTS (
            SELECT FROM annotation_assignment seen
            WHERE seen.campaign_id = %(campaign)s AND seen.pair_id = item.pair_id
                AND seen.assistant_id = %(assistant)s
                AND (seen.state <> 'expired' OR seen.id = ANY(%(holding)s::uuid[]))
        )
    ORDER BY item.rank
    LIMIT %(count)s
    FOR UPDATE OF item SKIP LOCKED
), taken AS (
    UPDATE annotation_queueitem item SET slots = item.slots - 1
    FROM picked WHERE item.id = picked.id
    RETURNING picked.*
)
INSERT INTO annotation_assignment AS mine
    (id, campaign_id, pair_id, assistant_id, policy_id, state, strategy, run_id, score, served_at,
     lease_expires_at)
SELECT gen_random_uuid(), %(campaign)s, taken.pair_id, %(assistant)s,
    (SELECT policy_id FROM annotation_campaign WHERE id = %(campaign)s), 'leased', taken.strategy,
    generation.run_id, taken.score, clock_timestamp(),
    clock_timestamp() + make_interval(secs => %(lease_seconds)s)
FROM taken JOIN annotation_queuegeneration generation ON generation.id = taken.generation_id
ORDER BY taken.rank
ON CONFLICT (campaign_id, pair_id, assistant_id) DO UPDATE SET
    state = 'leased', policy_id = EXCLUDED.policy_id, strategy = EXCLUDED.strategy,
    run_id = EXCLUDED.run_id, score = EXCLUDED.score, served_at = EXCLUDED.served_at,
    lease_expires_at = EXCLUDED.lease_expires_at
RETURNING mine.id
"""


def claim(*, assistant: User, count: int = 1, holding: Collection[UUID] = ()) -> list[Assignment]:
    """Up to `count` pairs for this person besides those they are `holding`, the best first.

    Pairs that were leased to them before and are still open come first, so that a reload or a
    second window shows the same pair again. When too few are left, leases that ran out are ended
    (in a transaction of its own) and their pairs handed on: this needs no worker.
    """
    mine = _claim(assistant, count, holding)
    if len(mine) < count and release_expired():
        mine = _claim(assistant, count, holding)
    return mine


@transaction.atomic
def _claim(assistant: User, count: int, holding: Collection[UUID]) -> list[Assignment]:
    one_at_a_time(assistant)
    held = leases.held_by(assistant=assistant, without=holding)
    wanted = count - len(mine := list(held[:count]))
    if wanted <= 0:
        return mine
    for campaign in Campaign.objects.filter(state=Campaign.State.OPEN, generation__isnull=False):
        wanted -= claim_from(campaign, assistant, wanted, holding)
        if wanted <= 0:
            break
    return list(held.all()[:count])


def claim_from(
    campaign: Campaign, assistant: User, count: int, holding: Collection[UUID] = ()
) -> int:
    """Lease up to `count` new pairs of one campaign; returns how many there were."""
    hold_queue(campaign.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "campaign": campaign.pk,
                "assistant": assistant.pk,
                "any_language": not assistant.languages,
                "languages": assistant.languages,
                "lease_seconds": campaign.lease_seconds,
                "count": count,
                "holding": list(holding),
            },
        )
        return len(cursor.fetchall())
