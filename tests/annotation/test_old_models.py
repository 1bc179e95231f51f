"""Which models stay on the disk, and what is said of the others."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.utils import timezone

import modeling.recipes
from annotation.models import Campaign, Promotion, Role, TrainingRun
from annotation.services import predictions, promotion, runs, training
from annotation.services.artefacts import artefact_path
from annotation.services.old_models import discard_old_models
from tests.factories import CampaignFactory, RunFactory, UserFactory, campaign_with_pairs
from tests.stored_models import name_of, store_model, succeeded, write_folder

pytestmark = pytest.mark.django_db
Status = TrainingRun.Status


def folders() -> set[str]:
    root = artefact_path("")
    return {each.name for each in root.iterdir()} if root.exists() else set()


def served(campaign: Campaign) -> TrainingRun:
    run = succeeded(campaign)
    promotion.promote(run=run, by=None, reason="It is better")
    return run


def test_a_cancelled_or_lost_attempt_leaves_no_folder() -> None:
    cancelled, failed, twice = (RunFactory() for _ in range(3))
    for run, status in ((cancelled, Status.CANCELLED), (failed, Status.FAILED)):
        store_model(run)
        TrainingRun.objects.filter(pk=run.pk).update(status=status)
    write_folder(twice, 1)  # of an attempt that was given up as lost
    store_model(twice, attempt=2)
    TrainingRun.objects.filter(pk=twice.pk).update(status=Status.SUCCEEDED)
    assert discard_old_models() == 3
    assert folders() == {name_of(twice, 2)}
    for run in (cancelled, failed):
        run.refresh_from_db()
        assert run.artefact == name_of(run)
        assert run.artefact_removed_at is not None


def test_of_unpromoted_models_only_the_last_three_of_a_campaign_remain(settings) -> None:
    settings.KEPT_MODELS = 3
    one, other = CampaignFactory(), CampaignFactory()
    old = [succeeded(one) for _ in range(2)]
    kept = [*(succeeded(one) for _ in range(3)), *(succeeded(other) for _ in range(2))]
    discard_old_models()
    assert folders() == {run.artefact for run in kept}
    removed = TrainingRun.objects.exclude(artefact_removed_at=None)
    assert set(removed) == set(old)


def test_the_served_model_and_all_that_were_served_are_never_touched(settings) -> None:
    settings.KEPT_MODELS = 0
    campaign = CampaignFactory()
    promoted = [served(campaign) for _ in range(4)]
    # Its worker was lost between the promotion and the end of the run.
    TrainingRun.objects.filter(pk=promoted[-1].pk).update(status=Status.FAILED)
    succeeded(campaign)
    assert discard_old_models() == 1
    assert folders() == {run.artefact for run in promoted}
    assert TrainingRun.objects.filter(artefact_removed_at=None).count() == 4


def age(folder: Path) -> None:
    for item in [folder, *folder.rglob("*")]:
        os.utime(item, (time.time() - 7200,) * 2)


def test_what_a_killed_worker_was_writing_is_removed_once_its_run_has_ended() -> None:
    run = RunFactory(status=Status.RUNNING)
    draft = artefact_path(f".{name_of(run)}.x1y2z3")
    draft.mkdir(parents=True)
    (draft / "model.safetensors").write_bytes(b"half")
    age(draft)
    assert discard_old_models() == 0
    TrainingRun.objects.filter(pk=run.pk).update(status=Status.FAILED)
    (draft / "model.safetensors").touch()  # an attempt that has not noticed yet
    assert discard_old_models() == 0
    age(draft)
    assert discard_old_models() == 1
    assert folders() == set()


def test_what_is_not_of_a_known_run_is_left_alone() -> None:
    strange = [artefact_path(name) for name in ("run-9999-1", "mine", ".run-9999-1.abc", "run-x-1")]
    for folder in strange:
        folder.mkdir(parents=True)
        age(folder)
    assert discard_old_models() == 0
    assert folders() == {folder.name for folder in strange}


def test_cleaning_at_any_moment_of_a_training_takes_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.KEPT_MODELS = 0
    campaign = campaign_with_pairs(6)
    before, run = served(campaign), RunFactory(campaign=campaign, attempt=1)

    def train(recipe: str, *args: Any, output: Path, **options: Any) -> Any:
        draft = artefact_path(f".{output.name}.abc")
        draft.mkdir(parents=True)
        age(draft)
        discard_old_models()
        draft.rmdir()
        write_folder(run, 2)
        discard_old_models()
        return SimpleNamespace(metrics={}, sha256="0" * 64, variants=("nt",), seconds=1.0)

    monkeypatch.setattr(modeling.recipes, "train", train)
    monkeypatch.setattr(promotion, "_figures_of", lambda run, test: {})
    monkeypatch.setattr(predictions, "model_of", lambda run: AnyModel())
    for place, step in (
        (promotion, "decide"), (training, "predict_missing"), (training, "rerank"),
        (promotion, "carry_out"), (runs, "finish"),
    ):  # fmt: skip
        monkeypatch.setattr(place, step, cleaning_first(getattr(place, step)))
    assert training.execute_run(run_id=run.pk, worker="a") == Status.SUCCEEDED
    assert folders() == {before.artefact, name_of(run, 2)}


class AnyModel:
    def predict(self, examples: Any, embedding_cache: Any) -> list[Any]:
        return [SimpleNamespace(probability=0.5, logit=0.0, variant="nt") for _ in examples]


def cleaning_first(step: Callable[..., Any]) -> Callable[..., Any]:
    def taken(*args: Any, **options: Any) -> Any:
        discard_old_models()
        return step(*args, **options)

    return taken


def test_a_run_that_ends_without_success_takes_its_model_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = RunFactory(campaign=campaign_with_pairs(3))

    def train(*args: Any, **options: Any) -> Any:
        write_folder(run, 1)
        return SimpleNamespace(metrics={}, sha256="0" * 64, variants=("nt",), seconds=1.0)

    def fail(**options: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(modeling.recipes, "train", train)
    monkeypatch.setattr(promotion, "decide", fail)
    assert training.execute_run(run_id=run.pk, worker="a") == Status.FAILED
    assert folders() == set()


def test_the_page_and_the_admin_say_that_a_removed_model_cannot_be_served(settings) -> None:
    settings.KEPT_MODELS = 0
    run = succeeded(CampaignFactory())
    discard_old_models()
    client = Client()
    client.force_login(UserFactory(role=Role.ADMIN))
    assert "it cannot be served any more" in client.get(f"/runs/{run.pk}/").content.decode()
    listed = "/admin/annotation/trainingrun/"
    assert '<td class="field-files">removed</td>' in client.get(listed).content.decode()
    form = {"action": "promote", "_selected_action": [run.pk]}
    page = client.post(listed, form, follow=True).content.decode()
    assert "cannot be served any more: its model was removed" in page
    assert not Promotion.objects.exists()


def test_postgres_serves_no_removed_model_and_removes_no_served_one() -> None:
    campaign = CampaignFactory()
    promoted, removed = served(campaign), succeeded(campaign)
    TrainingRun.objects.filter(pk=removed.pk).update(artefact_removed_at=timezone.now())
    with pytest.raises(IntegrityError, match="was removed"), transaction.atomic():
        Promotion.objects.create(campaign=campaign, run=removed, reason="by hand")
    for run, says in ((promoted, "was promoted"), (RunFactory(artefact="x"), "removed_model")):
        with pytest.raises(IntegrityError, match=says), transaction.atomic():
            TrainingRun.objects.filter(pk=run.pk).update(artefact_removed_at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_a_model_that_is_chosen_while_old_ones_are_removed_is_served_whole_or_refused(
    settings: Any,
) -> None:
    settings.KEPT_MODELS = 0
    campaign, admin, start = CampaignFactory(), UserFactory(role=Role.ADMIN), Barrier(2)

    def at_the_same_time(act: Callable[[], object]) -> bool:
        start.wait()
        try:
            return bool(act())
        except runs.RunRefusedError:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for _ in range(12):
            run = succeeded(campaign)
            serve = partial(promotion.promote_by_hand, run=run, by=admin)
            was_promoted, _ = pool.map(at_the_same_time, [serve, discard_old_models])
            assert (run.artefact in folders()) == was_promoted == run.promotions.exists()
