"""When a queue has to be ranked anew outside a training run, and by whom: a training worker."""

import structlog
from django.conf import settings
from django.db import transaction

from annotation.models import Campaign, TrainingRun
from annotation.queries.pool import has_more_than_the_queue
from annotation.queries.serving import served_run
from annotation.services import training_queue
from annotation.services.clock import ClockTimestamp
from annotation.services.predictions import predict_missing
from annotation.services.queue import rerank

log = structlog.get_logger(__name__)
LOW = 20


def rank(*, campaign: Campaign) -> None:
    """Rank the queue by the model that is served now. Where that cannot be read, what it said
    before counts, so that people still have pairs to judge; the queue's page says why."""
    run = served_run(campaign)
    problem = _predict(run) if run else ""
    rerank(campaign=campaign, run=run, seed=run.pk if run else 0, problem=problem)


def _predict(run: TrainingRun) -> str:
    """What kept `run`'s model from judging the pairs that are new to it, if anything did."""
    from modeling.errors import ModelingError

    try:
        predict_missing(run=run, progress=lambda *_: None, should_stop=lambda: False)
    except ModelingError as error:
        log.warning("ranking without predictions", run=run.pk, error=str(error))
        return str(error).replace("\0", "")
    return ""


def ask_for_ranking(campaign_id: int) -> None:
    """Have a training worker rank the queue once the transaction commits. That it is due stands in
    the row until a ranking has begun after this; the message only hurries it."""
    Campaign.objects.filter(pk=campaign_id).update(ranking_asked_at=ClockTimestamp())
    transaction.on_commit(lambda: _send(campaign_id))


def _send(campaign_id: int) -> bool:
    """One that is not taken up in time is void: whether a ranking is still due is looked at again
    and again (`attend_to_queues`)."""
    return training_queue.send(
        "rank", campaign_id, otherwise="the ranking waits", expires=settings.RUN_CHECK_SECONDS
    )


def attend_to_queues() -> list[int]:
    """Ask for a ranking of every open campaign that needs one and has no run to do it."""
    campaigns = Campaign.objects.filter(state=Campaign.State.OPEN).select_related("generation")
    due = [c.pk for c in campaigns if is_due(c)]
    return [pk for pk in due if _send(pk)]


def is_due(campaign: Campaign) -> bool:
    """Whether a ranking was asked for, another model is served than ranked the queue, or the queue
    runs low while the pool has more. A run under way ranks when it is done."""
    if campaign.runs.filter(status__in=TrainingRun.WORKING).exists():
        return False
    if campaign.generation is None:
        return campaign.pool.exists()
    if campaign.ranking_asked_at:
        return True
    run = served_run(campaign)
    if run is not None and campaign.generation.run_id != run.pk:
        return True
    # A queue that is small by rule is not low as soon as it is ranked.
    half = max(campaign.queue_size // 2, 1)
    low = min(max(LOW, campaign.generation.size // 10), half)
    ready = campaign.generation.items.filter(slots__gt=0)[:low].count()
    return ready < low and has_more_than_the_queue(campaign=campaign)
