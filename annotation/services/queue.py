from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import DateTimeField, Max, Value
from django.db.models.functions import NullIf

from annotation.models import Campaign, QueueGeneration, TrainingRun
from annotation.services import generations
from annotation.services.composition import compose
from annotation.services.locks import ranking, switch_queue
from annotation.services.pool_rows import pool_rows
from annotation.services.queue_writing import write_queue
from annotation.services.records import refresh_records
from annotation.services.topics import mark_videos
from annotation.services.vote_arrays import Votes
from annotation.unhurried import Unhurried

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Room to sort in; and one core, since people are at work on the others.
RESOURCES = """
SET LOCAL work_mem = '64MB'; SET LOCAL maintenance_work_mem = '256MB';
SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL max_parallel_maintenance_workers = 0
"""
# Rests of up to so many times the time that was worked, since whoever claims a pair meanwhile waits
# longer for it: as long ones as let a ranking end in time, by what the last one took, and none any
# more when it has taken so long already.
MOST_REST, IN_TIME_S, PATIENCE_S = 3.0, 26.0, 22.0
# Claims and answers went on while the new ranking was written: set the places of every pair that
# somebody took, answered or let go since then from what is true at the moment of the switch. By
# ANY (ARRAY(...)) Postgres takes them for few, which they are, and does not read the whole queue.
RECOUNT = """
UPDATE annotation_queueitem item SET wanted = now_wanted.wanted, slots = greatest(
    now_wanted.wanted - (
        SELECT count(*) FROM annotation_assignment taken
        WHERE taken.campaign_id = %(campaign)s AND taken.pair_id = item.pair_id
            AND taken.state IN ('leased', 'labelled')
    ), 0), routed_to = now_wanted.routed_to, routed_until = now_wanted.routed_until
FROM (
    SELECT fresh.pair_id, fresh.rank, coalesce(demand.wanted, fresh.wanted) AS wanted,
        demand.routed_to, demand.routed_until
    FROM annotation_queueitem fresh
    LEFT JOIN annotation_demand demand ON %(adaptive)s
        AND demand.campaign_id = %(campaign)s AND demand.pair_id = fresh.pair_id
    WHERE fresh.generation_id = %(generation)s AND fresh.pair_id = ANY (ARRAY(
        SELECT pair_id FROM annotation_assignment
        WHERE campaign_id = %(campaign)s AND changed_at >= %(since)s
    ))
) now_wanted
WHERE item.generation_id = %(generation)s AND item.rank = now_wanted.rank
"""


def rerank(
    *,
    campaign: Campaign,
    run: TrainingRun | None,
    seed: int = 0,
    problem: str = "",
    on_switch: Callable[[], object] | None = None,
) -> QueueGeneration:
    """Write a new queue for the campaign by `run`'s predictions and switch to it.

    Without a run (a cold start) the order is random. A share of every queue is random in any
    case. People go on claiming from the old queue until the switch, which takes milliseconds.
    `problem`: what the queue's page says of this ranking, in case something went wrong before it.
    `on_switch` is called in the transaction of the switch: both happen or neither does.
    """
    with ranking(campaign):
        campaign.refresh_from_db()
        work = Unhurried(_rest(campaign.generation), PATIENCE_S)
        mark_videos(campaign=campaign)
        since = _now_that_nothing_is_half_done(campaign)
        votes = None
        if campaign.is_adaptive:
            votes = refresh_records(campaign=campaign, run=run, since=since)
        with transaction.atomic():
            _execute(RESOURCES)
            generation = _new_generation(campaign, run)
            rows = _pool(campaign, run, work)
            rng = [seed, campaign.pk, generation.number]
            queue = _ranked(campaign, rows, votes, rng)
            write_queue(generation, queue, work)
            generation.size, generation.work_s = len(queue), work.worked_s
            generation.save(update_fields=["size", "work_s"])
            if on_switch:
                on_switch()
            _switch(campaign, generation, since, problem)
        generations.drop_unserved()
    return generation


def _rest(last: QueueGeneration | None) -> float:
    """How long to rest, as a multiple of the time worked."""
    if last is None or not last.work_s:
        return MOST_REST
    return min(MOST_REST, max(0.0, IN_TIME_S / last.work_s - 1))


@transaction.atomic
def _now_that_nothing_is_half_done(campaign: Campaign) -> datetime:
    """A moment after which every change of a lease or a label will say that it came later."""
    switch_queue(campaign.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def _new_generation(campaign: Campaign, run: TrainingRun | None) -> QueueGeneration:
    last = campaign.generations.aggregate(last=Max("number"))["last"] or 0
    return QueueGeneration.objects.create(campaign=campaign, number=last + 1, run=run)


def _pool(campaign: Campaign, run: TrainingRun | None, work: Unhurried) -> NDArray[np.void]:
    labelled_too = campaign.relabel_share > 0 or campaign.relabelling == "activelab"
    return pool_rows(campaign=campaign, run=run, labelled_too=labelled_too, rest=work.rest)


def _ranked(
    campaign: Campaign, rows: NDArray[np.void], votes: Votes | None, seed: list[int]
) -> NDArray[np.void]:
    import numpy as np

    return compose(campaign, rows, votes, np.random.default_rng(seed))


def _switch(campaign: Campaign, generation: QueueGeneration, since: datetime, problem: str) -> None:
    switch_queue(campaign.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            RECOUNT,
            {
                "adaptive": campaign.is_adaptive,
                "campaign": campaign.pk,
                "generation": generation.pk,
                "since": since,
            },
        )
    # What was asked for after this ranking had read the campaign's rules is still to be done.
    asked = Value(campaign.ranking_asked_at, output_field=DateTimeField())
    Campaign.objects.filter(pk=campaign.pk).update(
        generation=generation,
        ranking_asked_at=NullIf("ranking_asked_at", asked),
        ranking_problem=problem[:300],
    )
    campaign.generation = generation


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
