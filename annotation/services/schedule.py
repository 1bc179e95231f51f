from datetime import timedelta

from django.db.models import Count, Max
from django.utils import timezone

from annotation.models import Campaign, TrainingRun
from annotation.queries.training_set import current_label_count
from annotation.services.runs import RunRefusedError, request_run

Status = TrainingRun.Status
FIRST_WAIT, LONGEST_WAIT = timedelta(hours=1), timedelta(days=1)


def retrain_when_due() -> list[TrainingRun]:
    """Ask for a run in every open campaign that has enough labels which no run has learnt from:
    since the last that succeeded, or that somebody did not want. After failures it waits."""
    campaigns = Campaign.objects.filter(state=Campaign.State.OPEN, retrain_every__gt=0)
    return [run for campaign in campaigns if (run := _retrain_if_due(campaign))]


def _retrain_if_due(campaign: Campaign) -> TrainingRun | None:
    last = campaign.runs.first()
    if last is not None and last.is_active:
        return None
    settled = campaign.runs.filter(status__in=[Status.SUCCEEDED, Status.CANCELLED]).first()
    if _is_waiting(campaign, settled):
        return None
    new = current_label_count(campaign) - (settled.label_count if settled else 0)
    if new < campaign.retrain_every:
        return None
    try:
        return request_run(
            campaign=campaign,
            recipe=campaign.retrain_recipe,
            trigger=TrainingRun.Trigger.SCHEDULE,
        )
    except RunRefusedError:
        # An admin pressed the button in this very moment: that run will do.
        return None


def _is_waiting(campaign: Campaign, settled: TrainingRun | None) -> bool:
    """After a failure an hour, doubled with each in a row, so that one that passes costs little
    time, and one that stays few runs."""
    failed = campaign.runs.filter(status=Status.FAILED, pk__gt=settled.pk if settled else 0)
    row = failed.aggregate(number=Count("pk"), last=Max("finished_at"))
    if row["last"] is None:
        return False
    doublings = min(row["number"] - 1, 10)
    wait = min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)
    return bool(timezone.now() < row["last"] + wait)
