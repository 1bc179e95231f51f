"""What the workers do: load the row, call a service."""

from celery import Task, shared_task

from annotation.models import Campaign
from annotation.queries.serving import served_run
from annotation.services import agreement, leases, predictions, queue, runs, schedule


@shared_task(bind=True)
def train(self: Task, run_id: int) -> str | None:
    from annotation.services.training import execute_run

    return execute_run(run_id=run_id, worker=self.request.hostname or "worker")


@shared_task
def serve_promoted(campaign_id: int) -> None:
    """Rank by the model that was promoted by hand."""
    campaign = Campaign.objects.get(pk=campaign_id)
    run = served_run(campaign)
    if run is not None:
        predictions.predict_missing(run=run, progress=lambda *_: None, should_stop=lambda: False)
        queue.rerank(campaign=campaign, run=run, seed=run.pk)


@shared_task
def attend_to_runs() -> dict[str, int]:
    return runs.attend_to_runs()


@shared_task
def retrain_when_due() -> list[int]:
    return [run.pk for run in schedule.retrain_when_due()]


@shared_task
def release_leases() -> int:
    return leases.release_expired()


@shared_task
def refresh_agreement() -> None:
    for campaign in Campaign.objects.exclude(state=Campaign.State.CLOSED):
        agreement.refresh_report(campaign=campaign)
