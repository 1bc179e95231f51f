"""When a queue has to be ranked anew outside a training run, and by whom: a training worker."""

from django.conf import settings

from annotation.models import Campaign, TrainingRun
from annotation.queries.pool import has_more_than_the_queue
from annotation.queries.serving import served_run
from annotation.services import training_queue
from annotation.services.predictions import predict_missing
from annotation.services.queue import rerank

LOW = 20


def rank(*, campaign: Campaign) -> None:
    """Rank the queue by the model that is served now."""
    run = served_run(campaign)
    if run is not None:
        predict_missing(run=run, progress=lambda *_: None, should_stop=lambda: False)
    rerank(campaign=campaign, run=run, seed=run.pk if run else 0)


def ask_for_ranking(campaign_id: int) -> bool:
    """Send the message to a training worker. One that is not taken up in time is void: whether a
    ranking is still due is looked at again and again (`attend_to_queues`)."""
    return training_queue.send(
        "rank", campaign_id, otherwise="the ranking waits", expires=settings.RUN_CHECK_SECONDS
    )


def attend_to_queues() -> list[int]:
    """Ask for a ranking of every open campaign that needs one and has no run to do it."""
    campaigns = Campaign.objects.filter(state=Campaign.State.OPEN).select_related("generation")
    due = [c.pk for c in campaigns if is_due(c)]
    return [pk for pk in due if ask_for_ranking(pk)]


def is_due(campaign: Campaign) -> bool:
    """Whether another model is served than ranked the queue, or the queue runs low while the pool
    has more. A run under way ranks when it is done."""
    if campaign.runs.filter(status__in=TrainingRun.WORKING).exists():
        return False
    if campaign.generation is None:
        return campaign.pool.exists()
    run = served_run(campaign)
    if run is not None and campaign.generation.run_id != run.pk:
        return True
    low = max(LOW, campaign.generation.size // 10)
    ready = campaign.generation.items.filter(slots__gt=0)[:low].count()
    return ready < low and has_more_than_the_queue(campaign=campaign)
