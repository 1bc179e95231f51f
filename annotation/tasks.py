"""What the workers do: load the row, call a service."""

from celery import Task, shared_task

from annotation.models import Campaign, TrainingRun, User
from annotation.services import (
    cross_validation,
    figures,
    leases,
    old_models,
    ranking,
    runs,
    schedule,
    sign_in,
    timing,
    topics,
)


@shared_task(bind=True)
def train(self: Task, run_id: int) -> str | None:
    from annotation.services.training import execute_run

    return execute_run(run_id=run_id, worker=self.request.hostname or "worker")


@shared_task
def rank(campaign_id: int) -> None:
    ranking.rank(campaign=Campaign.objects.get(pk=campaign_id))


@shared_task
def mark_topics() -> dict[str, int]:
    return topics.mark_everything()


@shared_task
def attend_to_queues() -> list[int]:
    return ranking.attend_to_queues()


@shared_task
def attend_to_runs() -> dict[str, int]:
    return runs.attend_to_runs()


@shared_task
def discard_old_models() -> int:
    return old_models.discard_old_models()


@shared_task
def retrain_when_due() -> list[int]:
    return [run.pk for run in schedule.retrain_when_due()]


@shared_task
def release_leases() -> int:
    return leases.release_expired()


@shared_task
def refresh_agreement() -> None:
    figures.refresh_all_figures()


@shared_task
def attend_to_cross_validation() -> list[int]:
    return cross_validation.attend_to_cross_validation()


@shared_task
def cross_validate(run_id: int) -> int:
    return cross_validation.cross_validate(run=TrainingRun.objects.get(pk=run_id))


@shared_task
def coarsen_times() -> int:
    return timing.coarsen_times()


@shared_task
def forget_wrong_passwords() -> int:
    return sign_in.forget_wrong_passwords()


@shared_task
def find_duplicates(requested_by: int) -> None:
    from annotation.services.duplicates.search import find_duplicates

    find_duplicates(embeddings=True, requested_by=User.objects.get(pk=requested_by))
