"""When a training starts by itself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import TrainingRun
from annotation.services import runs, schedule, training_queue
from tests.annotation.campaign_work import label_one
from tests.factories import UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db
Status = TrainingRun.Status


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_queue.current_app, "send_task", lambda *args, **options: None)


def label_some(count: int) -> None:
    person = UserFactory()
    for _ in range(count):
        label_one(person)


def test_a_run_is_due_when_enough_labels_came_since_the_last() -> None:
    campaign_with_pairs(8, retrain_every=3)
    label_some(2)
    assert schedule.retrain_when_due() == []
    label_some(1)
    (run,) = schedule.retrain_when_due()
    assert (run.trigger, run.label_count) == ("schedule", 3)
    assert schedule.retrain_when_due() == []
    runs.cancel_run(run=run, by=UserFactory(role="admin"))
    label_some(2)
    assert schedule.retrain_when_due() == []
    label_some(1)
    assert len(schedule.retrain_when_due()) == 1


def fail_on_a_full_disk(run: TrainingRun) -> None:
    working = runs.start(run_id=run.pk, worker="a")
    runs.finish(working, status=Status.FAILED, message="No space left on device")


def test_after_a_run_failed_on_a_full_disk_the_schedule_tries_again_later() -> None:
    campaign_with_pairs(4, retrain_every=3)
    label_some(3)
    for hours in (1, 2, 4, 8, 16, 24, 24):
        (run,) = schedule.retrain_when_due()
        fail_on_a_full_disk(run)
        for minutes in (0, 60 * hours - 1):
            ended(run, minutes_ago=minutes)
            assert schedule.retrain_when_due() == []
        ended(run, minutes_ago=60 * hours)
    (run,) = schedule.retrain_when_due()
    working = runs.start(run_id=run.pk, worker="a")
    runs.record(working, artefact="m")
    runs.finish(working, status=Status.SUCCEEDED, message="")
    assert schedule.retrain_when_due() == []


def ended(run: TrainingRun, *, minutes_ago: int) -> None:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    TrainingRun.objects.filter(pk__lte=run.pk).update(finished_at=at)
