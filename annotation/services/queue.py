from collections.abc import Callable, Iterable

from django.db import connection, transaction
from django.db.models import Max

from annotation.models import Campaign, QueueGeneration, QueueItem, TrainingRun
from annotation.queries.pool import PoolRow, pool_rows
from annotation.services.locks import ranking, switch_queue

COPY_ITEMS = """
COPY annotation_queueitem (generation_id, pair_id, rank, slots, strategy, score, languages)
FROM STDIN
"""
# Claims and answers went on while the new ranking was written: set the places of every pair that
# somebody has or had from what is true at the moment of the switch.
RECOUNT = """
UPDATE annotation_queueitem item SET slots = greatest(%(wanted)s - taken.count, 0)
FROM (
    SELECT pair_id, count(*) FROM annotation_assignment
    WHERE campaign_id = %(campaign)s AND state IN ('leased', 'labelled') GROUP BY pair_id
) taken
WHERE item.generation_id = %(generation)s AND item.pair_id = taken.pair_id
"""


def rerank(
    *,
    campaign: Campaign,
    run: TrainingRun | None,
    seed: int = 0,
    on_switch: Callable[[], object] | None = None,
) -> QueueGeneration:
    """Write a new queue for the campaign by `run`'s predictions and switch to it.

    Without a run (a cold start) the order is random. A share of every queue is random in any
    case. People go on claiming from the old queue until the switch, which takes milliseconds.
    `on_switch` is called in the transaction of the switch: both happen or neither does.
    """
    with ranking(campaign):
        campaign.refresh_from_db()
        with transaction.atomic():
            generation = _new_generation(campaign, run)
            _copy(generation, _ranked(campaign, run, seed=[seed, campaign.pk, generation.number]))
        with transaction.atomic():
            if on_switch:
                on_switch()
            _switch(campaign, generation)
        _discard_others(campaign, generation)
    return generation


def _new_generation(campaign: Campaign, run: TrainingRun | None) -> QueueGeneration:
    last = campaign.generations.aggregate(last=Max("number"))["last"] or 0
    return QueueGeneration.objects.create(campaign=campaign, number=last + 1, run=run)


def _ranked(
    campaign: Campaign, run: TrainingRun | None, *, seed: list[int]
) -> list[tuple[PoolRow, str]]:
    import numpy as np

    from modeling.acquisition.mixed import mixed_queue

    rows = pool_rows(campaign=campaign, run=run)
    known = run is not None and any(row.probability is not None for row in rows)
    # A pair that came to the pool after the run is one the model knows nothing of: most uncertain.
    probabilities = np.array([0.5 if row.probability is None else row.probability for row in rows])
    queue = mixed_queue(
        probabilities if known else None,
        np.array([row.held_out for row in rows], dtype=bool),
        size=min(campaign.queue_size, len(rows)),
        random_share=campaign.random_share,
        rng=np.random.default_rng(seed),
    )
    return [(rows[i], str(s)) for i, s in zip(queue.order, queue.strategy, strict=True)]


def _copy(generation: QueueGeneration, ranked: Iterable[tuple[PoolRow, str]]) -> None:
    wanted, size = generation.campaign.labels_per_pair, 0
    with connection.cursor() as cursor:
        with cursor.copy(COPY_ITEMS) as copy:
            for size, (row, strategy) in enumerate(ranked, start=1):
                copy.write_row(
                    (
                        generation.pk,
                        row.pair_id,
                        size,
                        wanted,
                        strategy,
                        row.probability,
                        row.languages,
                    )
                )
        cursor.execute("ANALYZE annotation_queueitem")
    QueueGeneration.objects.filter(pk=generation.pk).update(size=size)
    generation.size = size


def _switch(campaign: Campaign, generation: QueueGeneration) -> None:
    switch_queue(campaign.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            RECOUNT,
            {
                "wanted": campaign.labels_per_pair,
                "campaign": campaign.pk,
                "generation": generation.pk,
            },
        )
    Campaign.objects.filter(pk=campaign.pk).update(generation=generation)
    campaign.generation = generation


def _discard_others(campaign: Campaign, generation: QueueGeneration) -> None:
    QueueItem.objects.filter(generation__campaign=campaign).exclude(generation=generation).delete()
