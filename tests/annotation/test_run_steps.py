"""What a run does after its training, and what others do meanwhile; the models are made up."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

import modeling.recipes
from annotation.models import Campaign, Role, TrainingRun
from annotation.services import predictions, promotion, runs, training
from annotation.services.claim import claim
from annotation.services.labels import Answer, submit
from tests.factories import RunFactory, UserFactory, campaign_with_pairs, queue_of
from tests.stored_models import succeeded

pytestmark = pytest.mark.django_db
Status = TrainingRun.Status
AUROC = {"auto": 0.6, "unified": 0.7, "basic": 0.9}


class WorkerGoneError(BaseException):
    """As if the process had been killed."""


def figures(auroc: float) -> dict[str, Any]:
    return {"auroc": {"value": auroc}}


def trained(recipe: str, *args: Any, **options: Any) -> Any:
    metrics = {"test": {"overall": figures(AUROC[recipe])}}
    return SimpleNamespace(metrics=metrics, sha256="0" * 64, variants=("nt",), seconds=1.0)


class Model:
    def predict(self, examples: Any, embedding_cache: Any) -> list[Any]:
        word = SimpleNamespace(probability=0.5, logit=0.0, variant="nt")
        return [word for _ in examples]


@pytest.fixture(autouse=True)
def _made_up_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modeling.recipes, "train", trained)
    monkeypatch.setattr(predictions, "model_of", lambda run: Model())
    monkeypatch.setattr(promotion, "_figures_of", lambda run, test: figures(AUROC[run.recipe]))


@pytest.fixture
def campaign() -> Campaign:
    return campaign_with_pairs(10)


def execute(run: TrainingRun) -> str | None:
    return training.execute_run(run_id=run.pk, worker="a")


def texts(run: TrainingRun) -> str:
    return "; ".join(run.events.values_list("text", flat=True))


def once_before(
    monkeypatch: pytest.MonkeyPatch, place: Any, name: str, meanwhile: Callable[[], object]
) -> None:
    """Have `meanwhile` happen just before the step of that name is taken for the first time."""
    step, to_come = getattr(place, name), [meanwhile]

    def taken(**arguments: Any) -> Any:
        if to_come:
            to_come.pop()()
        return step(**arguments)

    monkeypatch.setattr(place, name, taken)


def test_a_worse_model_does_not_replace_a_better_one_promoted_meanwhile(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert execute(RunFactory(campaign=campaign, recipe="auto")) == Status.SUCCEEDED
    worse, better = (RunFactory(campaign=campaign, recipe=r) for r in ("unified", "basic"))
    once_before(monkeypatch, training, "predict_missing", lambda: execute(better))
    assert execute(worse) == Status.SUCCEEDED
    assert campaign.promotions.first().run == better
    assert queue_of(campaign).run == better
    worse.refresh_from_db()
    assert worse.message.startswith("Not promoted: AUROC 0.700 against 0.900")
    assert f"Run {better.pk} was promoted meanwhile" in texts(worse)


def test_a_better_model_replaces_a_worse_one_promoted_meanwhile(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    worse, better = (RunFactory(campaign=campaign, recipe=r) for r in ("unified", "basic"))
    once_before(monkeypatch, training, "rerank", lambda: execute(worse))
    assert execute(better) == Status.SUCCEEDED
    assert [each.run for each in campaign.promotions.order_by("pk")] == [worse, better]
    assert queue_of(campaign).run == better


def test_what_an_admin_chooses_by_hand_while_a_run_is_evaluated_stays_served(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = succeeded(campaign, recipe="auto")
    better = RunFactory(campaign=campaign, recipe="basic")
    admin = UserFactory(role=Role.ADMIN, username="ada")
    once_before(
        monkeypatch, training, "predict_missing",
        lambda: promotion.promote_by_hand(run=chosen, by=admin),
    )  # fmt: skip
    assert execute(better) == Status.SUCCEEDED
    assert [each.run for each in campaign.promotions.all()] == [chosen]
    assert queue_of(campaign).run == chosen
    assert f"Not promoted: ada chose run {chosen.pk}" in texts(better)


@pytest.mark.parametrize(
    ("place", "step"),
    [(promotion, "decide"), (training, "predict_missing"), (training, "rerank")],
    ids=["evaluating", "predicting", "ranking"],
)
def test_a_run_that_is_cancelled_after_its_training_changes_nothing(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch, place: Any, step: str
) -> None:
    before = queue_of(campaign)
    run = RunFactory(campaign=campaign)
    once_before(
        monkeypatch, place, step,
        lambda: runs.cancel_run(run=TrainingRun.objects.get(pk=run.pk), by=UserFactory()),
    )  # fmt: skip
    assert execute(run) == Status.CANCELLED
    assert not campaign.promotions.exists()
    assert queue_of(campaign) == before


def test_a_run_that_is_cancelled_while_it_is_compared_predicts_nothing(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunFactory(campaign=campaign)
    once_before(
        monkeypatch, promotion, "decide",
        lambda: runs.cancel_run(run=TrainingRun.objects.get(pk=run.pk), by=UserFactory()),
    )  # fmt: skip
    execute(run)
    assert not run.predictions.exists()


def test_two_workers_may_predict_for_one_model(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunFactory(campaign=campaign)
    other = [Model()]

    class Slow(Model):
        def predict(self, examples: Any, embedding_cache: Any) -> list[Any]:
            if other:
                other.pop()
                predictions.predict_missing(
                    run=TrainingRun.objects.get(pk=run.pk),
                    progress=lambda *_: None,
                    should_stop=lambda: False,
                )
            return super().predict(examples, embedding_cache)

    monkeypatch.setattr(predictions, "model_of", lambda run: Slow())
    assert execute(run) == Status.SUCCEEDED
    assert run.predictions.count() == 10


def test_a_resumed_run_keeps_the_hash_of_what_it_was_trained_on_and_is_compared_on_todays_labels(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(RunFactory(campaign=campaign, recipe="unified"))
    run = RunFactory(campaign=campaign, recipe="basic")

    def gone() -> None:
        raise WorkerGoneError

    once_before(monkeypatch, promotion, "decide", gone)
    with pytest.raises(WorkerGoneError):
        execute(run)
    run.refresh_from_db()
    trained_on = run.data_hash
    (assignment,) = claim(assistant=UserFactory())
    submit(assistant=assignment.assistant, assignment_id=assignment.pk, answer=Answer("unsure"))
    TrainingRun.objects.filter(pk=run.pk).update(status=Status.REQUESTED)
    monkeypatch.setitem(AUROC, "basic", 0.65)  # on the labels of today
    assert execute(run) == Status.SUCCEEDED
    run.refresh_from_db()
    assert (run.attempt, run.data_hash) == (2, trained_on)
    assert run.message.startswith("Not promoted: AUROC 0.650 against 0.700")
    assert run.metrics["test"]["overall"] == figures(0.9)
