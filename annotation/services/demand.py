"""How many labels a pair wants, decided anew with every label where the rule is adaptive."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

from annotation.models import Assignment, Campaign, Kind
from annotation.postgres import Rows, Step, execute_prepared

if TYPE_CHECKING:
    from modeling.stopping import Decision, Opinion

# Locked until the end, so that two labels of one pair are looked at one after the other; a pair
# that has no place in the queue (a known one, or the queue is too short for it) has no row to lock.
LOCK_PAIR = "SELECT pg_advisory_xact_lock(hashtext('pair'), hashint8(%(pair)s))"
PLACE = """
SELECT item.generation_id, item.rank, item.score, item.lane FROM annotation_queueitem item
WHERE item.generation_id = (SELECT generation_id FROM annotation_campaign WHERE id = %(campaign)s)
    AND item.pair_id = %(pair)s
FOR UPDATE OF item
"""
VOTES = """
SELECT label.verdict, record.if_similar, record.if_not_similar
FROM annotation_label label
LEFT JOIN annotation_annotatorrecord record
    ON record.campaign_id = label.campaign_id AND record.assistant_id = label.assistant_id
WHERE label.pair_id = %(pair)s AND label.campaign_id = %(campaign)s
    AND NOT EXISTS (SELECT FROM annotation_label later WHERE later.supersedes_id = label.id)
"""
DECIDE = """
WITH decided AS (
    INSERT INTO annotation_demand
        (campaign_id, pair_id, labels, wanted, posterior, decided_at, routed_to, routed_until)
    SELECT %(campaign)s, %(pair)s, %(labels)s, %(wanted)s, %(posterior)s, clock_timestamp(), people,
        CASE WHEN people IS NOT NULL
            THEN clock_timestamp() + make_interval(hours => %(hours)s) END
    FROM (
        SELECT array_agg(special.assistant_id) AS people
        FROM annotation_specialist special
        JOIN annotation_user person ON person.id = special.assistant_id AND person.is_active
        WHERE %(is_hard)s AND special.campaign_id = %(campaign)s AND special.lane = %(lane)s
            AND special.kind = %(kind)s AND NOT EXISTS (
                SELECT FROM annotation_assignment seen
                WHERE seen.campaign_id = %(campaign)s AND seen.pair_id = %(pair)s
                    AND seen.assistant_id = special.assistant_id AND seen.state <> 'expired'
            )
    ) best
    ON CONFLICT (campaign_id, pair_id) DO UPDATE SET
        labels = EXCLUDED.labels, wanted = EXCLUDED.wanted, posterior = EXCLUDED.posterior,
        decided_at = EXCLUDED.decided_at, routed_to = EXCLUDED.routed_to,
        routed_until = EXCLUDED.routed_until
    RETURNING *
)
UPDATE annotation_queueitem item SET wanted = decided.wanted, slots = greatest(
    decided.wanted - (
        SELECT count(*) FROM annotation_assignment taken
        WHERE taken.campaign_id = %(campaign)s AND taken.pair_id = %(pair)s
            AND taken.state IN ('leased', 'labelled')
    ), 0), routed_to = decided.routed_to, routed_until = decided.routed_until
FROM decided
WHERE item.generation_id = %(generation)s AND item.rank = %(rank)s
"""
# Where nobody else is left, the pair is anybody's.
ROUTE_PAST = """
WITH still AS (
    UPDATE annotation_demand SET
        routed_to = nullif(array_remove(routed_to, %(person)s), '{}'),
        routed_until = CASE WHEN array_remove(routed_to, %(person)s) <> '{}' THEN routed_until END
    WHERE campaign_id = %(campaign)s AND pair_id = %(pair)s AND %(person)s = ANY(routed_to)
    RETURNING pair_id, routed_to, routed_until
)
UPDATE annotation_queueitem item SET
    routed_to = still.routed_to, routed_until = still.routed_until
FROM still, annotation_campaign campaign
WHERE campaign.id = %(campaign)s AND item.generation_id = campaign.generation_id
    AND item.pair_id = still.pair_id
"""
HARD_AFTER = 2


class Item(NamedTuple):
    """A pair's place in the queue; rank 0 when it has none there."""

    generation: int
    rank: int
    score: float | None
    lane: str


class Vote(NamedTuple):
    verdict: str
    if_similar: list[float] | None
    if_not_similar: list[float] | None


def look(assignment: Assignment) -> list[Step]:
    """What `decide_anew` needs to know: run this after the label is written."""
    both = {"campaign": assignment.campaign_id, "pair": assignment.pair_id}
    return [Step(text, both) for text in (LOCK_PAIR, PLACE, VOTES)]


def decide_anew(
    assignment: Assignment, looked: Sequence[Rows], *, commit: bool = False
) -> "Decision":
    """Decide by the labels that stand now how many this pair wants, and set its places so.

    The model's word is the prior, except for held-out pairs: a model must not have a say in the
    answers that it is judged by. The caller holds the queue. `looked`: the rows of `look`;
    `commit` as in `execute_batch`.
    """
    campaign, pair = assignment.campaign, assignment.pair_id
    _, places, opinions = looked
    item = Item(*places[0]) if places else Item(0, 0, None, "")
    votes = [Vote(*row) for row in opinions]
    score = item.score if item.rank else assignment.score
    prior = None if assignment.pair.held_out else score
    decision = decision_of(campaign, [opinion(*vote) for vote in votes], prior)
    values = {
        "campaign": campaign.pk,
        "pair": pair,
        "generation": item.generation,
        "rank": item.rank,
        "labels": len(votes),
        "wanted": decision.wanted,
        "posterior": decision.posterior,
        "hours": campaign.route_hours,
        "is_hard": _is_hard(campaign, item, len(votes), decision.wanted),
        "lane": item.lane,
        "kind": Kind.of(score),
    }
    execute_prepared(DECIDE, values, commit=commit)
    return decision


def _is_hard(campaign: Campaign, item: Item, labels: int, wanted: int) -> bool:
    """Whether people could not settle this pair, and it can wait in the queue for those who may."""
    return item.rank > 0 and campaign.route_hours > 0 and HARD_AFTER <= labels < wanted


def route_past(assignment: Assignment) -> None:
    """Let a hard pair wait no longer for the person who passed it on; the caller has its item."""
    who = {"pair": assignment.pair_id, "campaign": assignment.campaign_id,
           "person": assignment.assistant_id}  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ROUTE_PAST, who)


def decision_of(campaign: Campaign, opinions: "list[Opinion]", prior: float | None) -> "Decision":
    from modeling.stopping import Rule, decide

    return decide(
        Rule(campaign.relabelling),
        opinions=opinions,
        prior=0.5 if prior is None else prior,
        most=max(campaign.labels_per_pair, len(opinions)),
        stop_at=campaign.stop_at,
    )


def opinion(
    verdict: str, if_similar: list[float] | None, if_not_similar: list[float] | None
) -> "Opinion":
    """A verdict, weighed by what is known of the person who gave it."""
    from modeling.stopping import TYPICAL, Confusion, Opinion

    if if_similar is None or if_not_similar is None:
        return Opinion(verdict, TYPICAL)
    a, b, c = if_similar
    d, e, f = if_not_similar
    return Opinion(verdict, Confusion(similar=(a, b, c), not_similar=(d, e, f)))
