"""What models like the served one say of labelled pairs when their labels are kept from them.

The word that the consensus takes for one more witness, and by which labels are doubted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction

from annotation.models import Campaign, CrossValidation, TrainingRun
from annotation.queries.serving import served_run
from annotation.queries.training_set import labelled_pairs, pair_texts
from annotation.services import training_queue
from annotation.services.artefacts import embedding_cache
from annotation.services.examples import pair_example
from annotation.services.runs import note

if TYPE_CHECKING:
    from modeling.out_of_sample import OutOfSample as Judged

COPY_JUDGED = "COPY annotation_outofsample (run_id, pair_id, probability, leverage) FROM STDIN"


def attend_to_cross_validation() -> list[int]:
    """Ask a training worker for every served run that has not been through it."""
    # Of closed campaigns, too: the last model may have been promoted just before.
    served = map(served_run, Campaign.objects.all())
    due = [run.pk for run in served if run and not _is_done(run)]
    return [
        pk
        for pk in due
        if training_queue.send(
            "cross_validate", pk, otherwise="it waits", expires=settings.HOUSEKEEPING_SECONDS
        )
    ]


def cross_validate(*, run: TrainingRun) -> int:
    """Write the run's word on the labelled pairs that are not held out; returns how many.

    0 where it was done before, or a class has too few pairs yet.
    """
    from modeling.config import TrainingConfig
    from modeling.errors import NotEnoughData
    from modeling.out_of_sample import out_of_sample

    if _is_done(run):
        return 0
    pairs = [pair for pair in labelled_pairs(campaign=run.campaign) if not pair.held_out]
    texts = pair_texts([pair.pk for pair in pairs])
    examples = [
        pair_example(row, target=pair.target) for pair, row in zip(pairs, texts, strict=True)
    ]
    config = TrainingConfig(
        seed=run.pk,
        embedding_cache=embedding_cache(),
        image_encoder="perceptual" if settings.THUMBNAIL_SIMILARITY else None,
    )
    try:
        judged = out_of_sample(examples, config=config)
    except NotEnoughData:
        CrossValidation.objects.create(run=run, pairs=0)
        return 0
    _store(run, [pair.pk for pair in pairs], judged)
    return len(pairs)


def _is_done(run: TrainingRun) -> bool:
    return CrossValidation.objects.filter(run=run).exists()


@transaction.atomic
def _store(run: TrainingRun, pairs: list[int], judged: Judged) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY_JUDGED) as copy:
        for pk, p, h in zip(
            pairs, judged.probability.tolist(), judged.leverage.tolist(), strict=True
        ):
            copy.write_row((run.pk, pk, p, h))
    CrossValidation.objects.create(run=run, pairs=len(pairs))
    note(run, f"Judged {len(pairs):,} labelled pairs by models that had not seen their labels")
