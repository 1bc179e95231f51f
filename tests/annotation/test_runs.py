from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from annotation.models import AgreementReport, Campaign, Promotion, TrainingRun
from annotation.services import (
    agreement,
    promotion,
    ranking,
    runs,
    sample,
    training,
    training_queue,
)
from annotation.services.claim import claim
from annotation.services.labels import Answer, submit
from annotation.services.runs import RunRefusedError
from modeling.schema import PairExample, VideoText
from tests.factories import CampaignFactory, RunFactory, UserFactory, campaign_with_pairs
from tests.stored_models import succeeded

pytestmark = pytest.mark.django_db
Status = TrainingRun.Status


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[int]]]:
    """The messages that would have gone to the broker; the workers' tests use a real one."""
    messages: list[tuple[str, list[int]]] = []

    def send(name: str, args: list[int], **options: Any) -> None:  # takes what Celery takes
        messages.append((name, args))

    monkeypatch.setattr(training_queue.current_app, "send_task", send)
    return messages


def ask(campaign: Campaign, recipe: str = "basic") -> TrainingRun:
    return runs.request_run(campaign=campaign, recipe=recipe, trigger="command")


def silence(run: TrainingRun) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    TrainingRun.objects.filter(pk=run.pk).update(heartbeat_at=long_ago)


def test_a_run_is_queued_only_once_its_row_is_committed(
    sent, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        run = ask(CampaignFactory())
    assert sent == []
    for callback in callbacks:
        callback()
    assert sent == [("annotation.tasks.train", [run.pk])]
    run.refresh_from_db()
    assert run.status == Status.QUEUED


def test_without_a_broker_a_run_stays_requested_and_is_sent_later(
    monkeypatch, django_capture_on_commit_callbacks
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(training_queue.current_app, "send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        run = ask(CampaignFactory())
    run.refresh_from_db()
    assert run.status == Status.REQUESTED
    monkeypatch.setattr(training_queue.current_app, "send_task", lambda *args, **options: None)
    assert runs.attend_to_runs() == {"lost": 0, "sent": 1}
    run.refresh_from_db()
    assert run.status == Status.QUEUED


def test_one_run_of_a_recipe_at_a_time(sent) -> None:
    campaign = CampaignFactory()
    ask(campaign)
    ask(campaign, recipe="unified")
    with pytest.raises(RunRefusedError, match="under way"):
        ask(campaign)


def test_a_message_that_comes_twice_starts_the_run_once() -> None:
    run = RunFactory()
    assert runs.start(run_id=run.pk, worker="a") is not None
    assert runs.start(run_id=run.pk, worker="b") is None


def test_a_silent_run_is_queued_again_and_its_old_attempt_must_stop(sent) -> None:
    run = runs.start(run_id=RunFactory().pk, worker="a")
    silence(run)
    assert runs.attend_to_runs() == {"lost": 1, "sent": 1}
    again = runs.start(run_id=run.pk, worker="b")
    assert again.attempt == 2
    assert runs.beat(run) is False
    assert runs.beat(again) is True
    with pytest.raises(runs.AttemptLostError):
        runs.record(run, artefact="run-of-the-lost-attempt")
    assert runs.finish(run, status=Status.SUCCEEDED, message="too late") is False
    again.refresh_from_db()
    assert again.status == Status.RUNNING


def test_a_message_that_was_lost_is_sent_again_unless_it_waits_its_turn(sent) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    waiting = RunFactory(status=Status.QUEUED, queued_at=long_ago)
    busy = runs.start(run_id=RunFactory().pk, worker="a")
    assert runs.attend_to_runs()["sent"] == 0
    runs.finish(busy, status=Status.FAILED, message="Over")
    assert runs.attend_to_runs()["sent"] == 1
    assert sent == [("annotation.tasks.train", [waiting.pk])]


def test_a_run_that_beats_is_left_alone(sent) -> None:
    run = runs.start(run_id=RunFactory().pk, worker="a")
    runs.beat(run, progress=0.25, message="Going on")
    assert runs.attend_to_runs() == {"lost": 0, "sent": 0}
    run.refresh_from_db()
    assert (run.progress, run.message) == (0.25, "Going on")


def test_a_run_that_loses_its_worker_too_often_is_given_up(sent, settings) -> None:
    settings.RUN_MAX_ATTEMPTS = 1
    run = runs.start(run_id=RunFactory().pk, worker="a")
    silence(run)
    runs.attend_to_runs()
    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert run.finished_at is not None


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_run_that_is_given_up_leaves_no_checkpoints(
    sent, settings, django_capture_on_commit_callbacks, cancelled: bool
) -> None:
    settings.RUN_MAX_ATTEMPTS = 2 if cancelled else 1
    run = runs.start(run_id=RunFactory().pk, worker="a")
    work = settings.WORK_DIR / f"run-{run.pk}"
    work.mkdir(parents=True)
    (work / "checkpoint").write_text("half a model")
    silence(run)
    runs.attend_to_runs()
    if cancelled:
        assert work.exists()  # another attempt would go on from it
        with django_capture_on_commit_callbacks(execute=True):
            runs.cancel_run(run=run, by=UserFactory())
    assert not work.exists()


def test_a_run_whose_error_has_a_nul_ends_with_the_rest_of_its_text(sent) -> None:
    run = runs.start(run_id=RunFactory().pk, worker="a")
    assert runs.finish(run, status=Status.FAILED, message="a\0b", error="line\0 by line")
    run.refresh_from_db()
    assert (run.status, run.message, run.error) == (Status.FAILED, "ab", "line by line")
    assert run.events.last().text == "ab"


def test_cancelling_a_waiting_run_ends_it_and_a_working_one_is_asked_to_stop() -> None:
    waiting, working = RunFactory(), RunFactory()
    working = runs.start(run_id=working.pk, worker="a")
    assert runs.cancel_run(run=waiting, by=UserFactory()).status == Status.CANCELLED
    assert runs.cancel_run(run=working, by=UserFactory()).status == Status.RUNNING
    assert runs.beat(working) is False


def test_a_cancelled_run_whose_worker_died_ends_cancelled(sent) -> None:
    run = runs.start(run_id=RunFactory().pk, worker="a")
    runs.cancel_run(run=run, by=UserFactory())
    silence(run)
    runs.attend_to_runs()
    run.refresh_from_db()
    assert run.status == Status.CANCELLED


def label_some(campaign: Campaign, count: int) -> None:
    person = UserFactory()
    for _ in range(count):
        (assignment,) = claim(assistant=person)
        submit(assistant=person, assignment_id=assignment.pk, answer=Answer(verdict="unsure"))


def test_the_runs_log_names_who_cancelled_it() -> None:
    boss = UserFactory(username="boss", role="admin")
    waiting, working = RunFactory(), runs.start(run_id=RunFactory().pk, worker="a")
    for run in (waiting, working):
        runs.cancel_run(run=run, by=boss)
    assert waiting.events.last().text == "Cancelled by boss before it began"
    assert working.events.last().text == "Cancellation asked for by boss"


def test_a_new_attempt_begins_at_nothing(sent) -> None:
    run = runs.start(run_id=RunFactory().pk, worker="a")
    runs.beat(run, progress=0.93, message="Nearly there")
    silence(run)
    runs.attend_to_runs()
    again = runs.start(run_id=run.pk, worker="b")
    assert (again.attempt, again.progress, again.message) == (2, 0, "Starting")


def test_promotion_is_a_row_and_rolling_back_another(sent) -> None:
    campaign, admin = CampaignFactory(), UserFactory(role="admin")
    first, second = succeeded(campaign), succeeded(campaign)
    for run in (first, second, first):
        promotion.promote_by_hand(run=run, by=admin)
    assert [p.run for p in Promotion.objects.all()] == [first, second, first]


def test_a_run_without_a_model_cannot_be_served() -> None:
    run = RunFactory(status=Status.FAILED)
    with pytest.raises(RunRefusedError, match="did not succeed"):
        promotion.promote_by_hand(run=run, by=UserFactory(role="admin"))
    assert not Promotion.objects.exists()


def test_agreement_is_computed_anew_only_when_labels_came() -> None:
    campaign = campaign_with_pairs(6, labels_per_pair=2)
    assert agreement.refresh_report(campaign=campaign) is None
    label_some(campaign, 6)
    label_some(campaign, 6)
    report = agreement.refresh_report(campaign=campaign)
    assert report.figures["units"] == 6
    assert agreement.refresh_report(campaign=campaign) == report
    assert AgreementReport.objects.count() == 1


def test_a_closed_campaign_is_not_trained(sent) -> None:
    with pytest.raises(RunRefusedError, match="closed"):
        ask(CampaignFactory(state=Campaign.State.CLOSED))


def test_a_served_model_that_cannot_be_read_does_not_block_the_next() -> None:
    campaign = CampaignFactory()
    lost = RunFactory(campaign=campaign, status=Status.SUCCEEDED, artefact="gone")
    promotion.promote(run=lost, by=None, reason="first")
    run = runs.start(run_id=RunFactory(campaign=campaign).pk, worker="a")
    video = VideoText(title="A video")
    example = PairExample("p", video, video, target=1.0, split="test")
    decision = promotion.decide(run=run, examples=[example])
    assert decision.promote
    assert "cannot be read" in decision.reason


def test_an_interrupted_first_training_of_the_sample_is_taken_up_again(monkeypatch) -> None:
    taken: list[int] = []
    monkeypatch.setattr(training, "execute_run", lambda run_id, worker: taken.append(run_id))
    campaign = CampaignFactory()
    interrupted = runs.start(run_id=RunFactory(campaign=campaign).pk, worker="killed")
    sample.train_sample_model(campaign=campaign)
    assert taken == [interrupted.pk]
    interrupted.refresh_from_db()
    assert interrupted.status == Status.REQUESTED


def test_a_queue_ranked_by_another_model_than_the_served_is_due(sent) -> None:
    campaign = campaign_with_pairs(30)
    assert ranking.attend_to_queues() == []
    served = RunFactory(campaign=campaign, status=Status.SUCCEEDED, artefact="run-1")
    promotion.promote(run=served, by=None, reason="by hand")
    assert ranking.attend_to_queues() == [campaign.pk]
    assert sent == [("annotation.tasks.rank", [campaign.pk])]
    runs.start(run_id=RunFactory(campaign=campaign).pk, worker="a")
    assert ranking.attend_to_queues() == []


def test_a_queue_that_runs_low_is_filled_from_the_pool(sent) -> None:
    campaign = campaign_with_pairs(40, queue_size=22)
    assert ranking.attend_to_queues() == []
    label_some(campaign, 12)
    assert ranking.attend_to_queues() == [campaign.pk]
    ranking.rank(campaign=campaign)
    campaign.refresh_from_db()
    assert campaign.generation.items.count() == 22
    assert ranking.attend_to_queues() == []


def test_a_queue_that_runs_low_with_the_pool_used_up_is_left_alone(sent) -> None:
    campaign = campaign_with_pairs(5)
    label_some(campaign, 5)
    assert ranking.attend_to_queues() == []
