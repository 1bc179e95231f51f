"""Pairs whose answer is known: they come mixed into a person's work, never by the queue."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from annotation.lanes import lanes_read_by
from annotation.models import Campaign, User
from annotation.queries.gold import UNSEEN_GOLD
from annotation.services.locks import switch_queue

# Known answers are few: no queue, but a walk through those that this person has not seen.
CLAIM_GOLD = f"""
INSERT INTO annotation_assignment
    (id, campaign_id, pair_id, assistant_id, policy_id, state, strategy, served_at,
     lease_expires_at, changed_at)
SELECT uuidv7(), %(campaign)s, unseen.pair_id, %(assistant)s, %(policy)s, 'leased', 'gold', moment,
    moment + make_interval(secs => %(lease_seconds)s), moment
FROM ({UNSEEN_GOLD} LIMIT %(count)s) unseen, clock_timestamp() moment
RETURNING id, served_at
"""  # noqa: S608 - constants only
TAKE_OUT = """
DELETE FROM annotation_queueitem item USING annotation_campaign campaign, (
    SELECT campaign_id, pair_id FROM annotation_goldanswer
    UNION SELECT campaign_id, pair_id FROM annotation_learningpair
    UNION SELECT campaign_id, pair_id FROM annotation_adjudication decided
    WHERE verdict IS NOT NULL AND NOT EXISTS (
        SELECT FROM annotation_adjudication later WHERE later.supersedes_id = decided.id
    )
) known
WHERE campaign.id = %s AND item.generation_id = campaign.generation_id
    AND known.campaign_id = campaign.id AND known.pair_id = item.pair_id
"""


def claim_gold(*, campaign: Campaign, assistant: User, count: int) -> dict[UUID, datetime]:
    """Lease up to `count` known pairs; returns the leases and when they were made."""
    parameters: dict[str, Any] = {
        "campaign": campaign.pk,
        "assistant": assistant.pk,
        "policy": campaign.policy_id,
        "lease_seconds": campaign.lease_seconds,
        "any_language": assistant.any_language,
        "lanes": lanes_read_by(assistant.languages),
        "topics_off": assistant.topics_off,
        "count": count,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_GOLD, parameters)
        return dict(cursor)


@transaction.atomic
def take_known_out(*, campaign: Campaign) -> int:
    """Take pairs whose answer became known, was decided, or is told in a practice round, out of the
    queue that is served now, which is faster than to rank it anew; returns how many. Nobody is
    handed one both ways."""
    switch_queue(campaign.pk)
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OUT, [campaign.pk])
        return int(cursor.rowcount)
