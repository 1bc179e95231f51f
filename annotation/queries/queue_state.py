"""The queue of a campaign as a coordinator looks at it: a fixed number of statements."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from annotation.lanes import LANE
from annotation.models import Campaign, Strategy
from annotation.wording import labels_in_words

# One pass over what is ready, through the partial index; summed up here in every direction.
READY = """
SELECT lane, strategy, slots, wanted, count(*),
    count(*) FILTER (WHERE routed_until > clock_timestamp())
FROM annotation_queueitem item
WHERE item.generation_id = %(generation)s AND item.slots > 0
GROUP BY 1, 2, 3, 4
"""
OUT = f"""
SELECT {LANE.format(a="rejected.language", b="recommended.language")} AS lane, assignment.strategy,
    count(*), min(served_at), count(*) FILTER (WHERE lease_expires_at <= clock_timestamp()),
    item.wanted, count(DISTINCT item.pair_id) FILTER (WHERE item.slots = 0)
FROM annotation_assignment assignment
JOIN annotation_pair pair ON pair.id = assignment.pair_id
JOIN annotation_video rejected ON rejected.id = pair.rejected_id
JOIN annotation_video recommended ON recommended.id = pair.recommended_id
LEFT JOIN annotation_queueitem item
    ON item.generation_id = %(generation)s AND item.pair_id = assignment.pair_id
WHERE assignment.campaign_id = %(campaign)s AND assignment.state = 'leased'
GROUP BY 1, 2, item.wanted
"""  # noqa: S608 - constants only
# Pairs that somebody has seen and that still want labels: by person, how many, and since when a
# pair that has a label has been waiting for the next.
SEEN = """
SELECT seen.assistant_id, count(*),
    min(seen.changed_at) FILTER (WHERE seen.state = 'labelled')
FROM annotation_queueitem item
JOIN annotation_assignment seen
    ON seen.campaign_id = %(campaign)s AND seen.pair_id = item.pair_id AND seen.state <> 'expired'
WHERE item.generation_id = %(generation)s AND item.slots > 0
GROUP BY 1
"""
COUNTS = """
SELECT count(*), count(*) FILTER (WHERE late) FROM annotation_label
WHERE campaign_id = %(campaign)s AND supersedes_id IS NULL
"""


@dataclass(slots=True)
class Row:
    """`ready`: pairs that may be handed out now, of which `routed` wait for certain people;
    `out`: leases."""

    name: str
    ready: int = 0
    out: int = 0
    routed: int = 0


@dataclass(slots=True)
class QueueState:
    by_lane: dict[str, Row] = field(default_factory=dict)
    by_strategy: dict[str, Row] = field(default_factory=dict)
    by_slots: dict[int, Row] = field(default_factory=dict)
    # Labels that are asked for now, those that are out included, and by the labels that a pair
    # wants in all the number of pairs that have a label to come.
    asked: int = 0
    wanting: Counter[int] = field(default_factory=Counter)
    seen_by: dict[int, int] = field(default_factory=dict)
    oldest_lease: datetime | None = None
    run_out: int = 0
    waiting_since: datetime | None = None
    labels: int = 0
    late: int = 0

    @property
    def total(self) -> Row:
        rows = self.by_lane.values()
        return Row(
            "All",
            sum(row.ready for row in rows),
            sum(row.out for row in rows),
            sum(row.routed for row in rows),
        )

    def ready_in(self, lanes: Iterable[str]) -> int:
        return sum(self.by_lane[lane].ready for lane in lanes if lane in self.by_lane)


def queue_state(*, campaign: Campaign) -> QueueState:
    state = QueueState()
    _add_ready(state, campaign)
    _add_out(state, campaign)
    parameters = {"campaign": campaign.pk, "generation": campaign.generation_id}
    for person, pairs, since in _rows(SEEN, parameters):
        state.seen_by[person] = pairs
        if since and (state.waiting_since is None or since < state.waiting_since):
            state.waiting_since = since
    ((state.labels, state.late),) = _rows(COUNTS, parameters)
    state.by_lane = dict(sorted(state.by_lane.items(), key=lambda each: -each[1].ready))
    return state


def _add_ready(state: QueueState, campaign: Campaign) -> None:
    parameters = {"generation": campaign.generation_id}
    for lane, strategy, slots, wanted, pairs, routed in _rows(READY, parameters):
        name = labels_in_words(slots)
        for row in (
            state.by_lane.setdefault(lane, Row(lane)),
            state.by_strategy.setdefault(strategy, Row(str(Strategy(strategy).label))),
            state.by_slots.setdefault(slots, Row(name)),
        ):
            row.ready += pairs
            row.routed += routed
        state.asked += slots * pairs
        state.wanting[wanted] += pairs


def _add_out(state: QueueState, campaign: Campaign) -> None:
    parameters = {"campaign": campaign.pk, "generation": campaign.generation_id}
    for lane, strategy, leases, oldest, run_out, wanted, last in _rows(OUT, parameters):
        state.by_lane.setdefault(lane, Row(lane)).out += leases
        state.by_strategy.setdefault(strategy, Row(str(Strategy(strategy).label))).out += leases
        state.run_out += run_out
        state.asked += leases
        if last:
            state.wanting[wanted] += last
        if state.oldest_lease is None or oldest < state.oldest_lease:
            state.oldest_lease = oldest


def _rows(statement: str, parameters: dict[str, int | None]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
