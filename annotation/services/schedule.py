from annotation.models import Campaign, TrainingRun
from annotation.queries.training_set import current_label_count
from annotation.services.runs import RunRefusedError, request_run


def retrain_when_due() -> list[TrainingRun]:
    """Ask for a run in every open campaign that has enough labels its last run did not know."""
    campaigns = Campaign.objects.filter(state=Campaign.State.OPEN, retrain_every__gt=0)
    return [run for campaign in campaigns if (run := _retrain_if_due(campaign))]


def _retrain_if_due(campaign: Campaign) -> TrainingRun | None:
    last = campaign.runs.first()
    if last is not None and last.is_active:
        return None
    new = current_label_count(campaign) - (last.label_count if last else 0)
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
