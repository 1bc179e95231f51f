"""Pairs that a person judged before, mixed into their work at the campaign's rate.

Their second answer is a label of the campaign's repeats, which is a campaign of its own: no count,
consensus, training or export takes it for another opinion.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from annotation.models import Campaign, User
from annotation.queries.repeats import REPEATABLE, what_may_come_again

# What the trigger keeps the same, and what makes it a campaign that does nothing by itself.
SHARED = (
    "name", "policy_id", "state", "everyone", "lease_seconds", "reasons_mode", "mark_shared_words",
    "counts_use",
)  # fmt: skip
OWN: dict[str, Any] = {
    "relabelling": "fixed",
    "retrain_every": 0,
    "duplicates": "separate",
    "skipped_pairs": "elsewhere",
}
LONGEST_SLUG = 100
# For a change that was being committed while the repeats were made: the trigger saw none yet.
FOLLOW = f"""
UPDATE annotation_campaign again SET ({", ".join(SHARED)}) = ROW(
    {", ".join(f"whole.{name}" for name in SHARED)}
) FROM annotation_campaign whole
WHERE again.id = %s AND whole.id = again.repeats_of_id
    AND ({", ".join(f"again.{name}" for name in SHARED)})
        IS DISTINCT FROM ({", ".join(f"whole.{name}" for name in SHARED)})
"""  # noqa: S608 - constants only
# From the drawn place on, then from the beginning.
CLAIM_REPEATS = f"""
INSERT INTO annotation_assignment
    (id, campaign_id, pair_id, assistant_id, policy_id, state, strategy, served_at,
     lease_expires_at, changed_at)
SELECT uuidv7(), %(repeats)s, again.pair_id, %(assistant)s, %(policy)s, 'leased', 'repeat', moment,
    moment + make_interval(secs => %(lease_seconds)s), moment
FROM (
    (WITH ends AS MATERIALIZED (
        SELECT (SELECT min(id) FROM annotation_label WHERE assistant_id = %(assistant)s) AS first,
            (SELECT max(id) FROM annotation_label WHERE assistant_id = %(assistant)s) AS last
    ), drawn AS MATERIALIZED (
        SELECT first + floor(random() * (last - first + 1))::bigint AS place FROM ends
    )
    SELECT pair_id FROM (
        ({REPEATABLE} AND first.id >= (SELECT place FROM drawn) ORDER BY first.id LIMIT %(count)s)
        UNION ALL
        ({REPEATABLE} AND first.id < (SELECT place FROM drawn) ORDER BY first.id LIMIT %(count)s)
    ) both_ways LIMIT %(count)s)
) again, clock_timestamp() moment
RETURNING id, served_at
"""  # noqa: S608 - constants only


def claim_repeats(*, campaign: Campaign, assistant: User, count: int) -> dict[UUID, datetime]:
    """Lease up to `count` pairs that this person judged before; returns the leases and when they
    were made. Part of a claim: the caller has the locks."""
    again = repeats_of(campaign).pk
    parameters = what_may_come_again(campaign=campaign, person=assistant, repeats_id=again)
    parameters |= {
        "policy": campaign.policy_id,
        "lease_seconds": campaign.lease_seconds,
        "count": count,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_REPEATS, parameters)
        return dict(cursor)


def repeats_of(campaign: Campaign) -> Campaign:
    """The campaign that this one's repeats belong to, made when the first is due."""
    found = Campaign.every.filter(repeats_of=campaign).only("pk").first()
    if found:
        _follow(found)
        return found
    whole = Campaign.objects.get(pk=campaign.pk)
    slug = f"{whole.slug[: LONGEST_SLUG - 12]}-repeats-{whole.pk}"[:LONGEST_SLUG]
    fields = {name: getattr(whole, name) for name in SHARED}
    # Another claim may be making it at the same moment.
    made, _ = Campaign.every.get_or_create(
        repeats_of=whole, defaults={"slug": slug, **fields, **OWN}
    )
    return made


def _follow(repeats: Campaign) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, [repeats.pk])
