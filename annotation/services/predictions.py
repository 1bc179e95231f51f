from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from django.db import connection, transaction

from annotation.models import Campaign, CrossValidation, OutOfSample, Prediction, TrainingRun
from annotation.queries.training_set import pair_texts, pool_pks
from annotation.services.artefacts import embedding_cache, model_of
from annotation.services.examples import pair_example

if TYPE_CHECKING:
    from modeling.schema import PairExample, PairPrediction

BATCH = 500
# Two workers may be at it for one model: a run, and a ranking by what it has just promoted. Both
# write a pair's predictions, in one order, and the first to do so has its own kept.
KEEP_NEW = """
INSERT INTO annotation_prediction (run_id, pair_id, probability, logit, variant)
SELECT %s, new.* FROM unnest(%s::bigint[], %s::float8[], %s::float8[], %s::varchar[])
    AS new (pair_id, probability, logit, variant) ORDER BY pair_id
ON CONFLICT DO NOTHING
"""


def predict_missing(
    *,
    run: TrainingRun,
    progress: Callable[[float, str], None],
    should_stop: Callable[[], bool],
) -> int:
    """Write `run`'s predictions for every pair of its campaign's pool that has none yet.

    Goes on where an interrupted attempt stopped. Returns for how many there was none.

    Raises: TrainingCancelled when `should_stop` answers true; what was written stays.
    """
    from modeling.recipes import TrainingCancelled

    known = set(run.predictions.values_list("pair_id", flat=True))
    missing = [pk for pk in pool_pks(campaign=run.campaign) if pk not in known]
    if not missing:
        return 0
    model = model_of(run)
    cache = embedding_cache()
    for start in range(0, len(missing), BATCH):
        if should_stop():
            raise TrainingCancelled("stopped while predicting")
        progress(start / len(missing), f"Predicted {start:,} of {len(missing):,} pairs")
        batch = missing[start : start + BATCH]
        found = model.predict(_examples(batch), embedding_cache=cache)
        _keep_new(run, batch, list(found))
    return len(missing)


def _examples(pks: list[int]) -> "Iterator[PairExample]":
    return (pair_example(texts) for texts in pair_texts(pks))


def _keep_new(run: TrainingRun, pks: list[int], found: "list[PairPrediction]") -> None:
    rows = [(pk, p.probability, p.logit, p.variant) for pk, p in zip(pks, found, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(KEEP_NEW, [run.pk, *map(list, zip(*rows, strict=True))])


def discard_old_predictions(*, campaign: Campaign, keep: int = 2) -> int:
    """Keep the predictions of the `keep` models promoted last; they take the most room."""
    kept = list(campaign.promotions.values_list("run", flat=True)[:keep])
    old = campaign.runs.exclude(pk__in=kept).exclude(status__in=TrainingRun.ACTIVE)
    with transaction.atomic():
        OutOfSample.objects.filter(run__in=old).delete()
        CrossValidation.objects.filter(run__in=old).delete()
        return Prediction.objects.filter(run__in=old).delete()[0]
