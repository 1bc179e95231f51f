"""One training run from its labels to the queue it re-ranks. Runs in a training worker."""

import hashlib
import json
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from annotation.models import TrainingRun
from annotation.queries.training_set import labelled_pairs, pair_texts
from annotation.services import promotion, runs
from annotation.services.artefacts import artefact_path, discard_work, embedding_cache, work_dir
from annotation.services.consensus import refresh_consensus
from annotation.services.examples import pair_example
from annotation.services.heartbeat import Heartbeat
from annotation.services.old_models import discard_old_models
from annotation.services.predictions import discard_old_predictions, predict_missing
from annotation.services.queue import rerank
from annotation.version import code_version

if TYPE_CHECKING:
    from modeling.recipes import TrainingCallback
    from modeling.schema import PairExample

log = structlog.get_logger(__name__)
Status = TrainingRun.Status
# Training takes most of the bar; evaluation, predictions and the new queue the rest.
TRAINING_SHARE = 0.7


def execute_run(*, run_id: int, worker: str) -> str | None:
    """Train, evaluate, promote the better model, write predictions and re-rank.

    Whatever goes wrong is recorded on the run and changes nothing that is served. Returns the
    run's last status, or None when there was nothing to do (a message that came twice).
    """
    run = runs.start(run_id=run_id, worker=worker)
    if run is None:
        return None
    with Heartbeat(run) as heartbeat:
        status, message, error = _attempt(run, heartbeat)
    if runs.finish(run, status=status, message=message, error=error):
        discard_work(run)
    if status == Status.SUCCEEDED:
        discard_old_predictions(campaign=run.campaign)
    discard_old_models()
    return status


def _attempt(run: TrainingRun, heartbeat: Heartbeat) -> tuple[str, str, str]:
    from modeling.recipes import ModelingError, TrainingCancelled

    try:
        message = _train_and_serve(run, heartbeat)
    except (TrainingCancelled, runs.AttemptLostError):
        return Status.CANCELLED, "Cancelled; what is served has not changed", ""
    except ModelingError as error:
        return Status.FAILED, str(error), ""
    except Exception as error:
        # The border of the run: the cause goes to the log and to the page, nothing is served.
        log.exception("run failed", run=run.pk)
        return Status.FAILED, f"{type(error).__name__}: {error}", traceback.format_exc()
    return Status.SUCCEEDED, message, ""


def _train_and_serve(run: TrainingRun, heartbeat: Heartbeat) -> str:
    examples = _training_set(run)
    _train(run, examples, heartbeat)
    runs.record(run, status=Status.EVALUATING, message="Comparing with the served model")
    decide = promotion.decide
    while True:
        runs.go_on(run)
        decision = decide(run=run, examples=examples)
        runs.go_on(run)
        runs.note(run, decision.reason)
        try:
            _serve(run, decision, heartbeat)
        except promotion.OvertakenError as error:
            runs.note(run, str(error))
            decide = promotion.decide_anew
        else:
            return decision.reason


def _serve(run: TrainingRun, decision: promotion.Decision, heartbeat: Heartbeat) -> None:
    """Rank the queue by the better model. Raises: OvertakenError as `carry_out`; then nothing
    that is served has changed."""
    served = run if decision.promote else decision.champion
    assert served is not None  # without a champion the decision is to promote
    later = _later(heartbeat, TRAINING_SHARE)
    predict_missing(run=served, progress=later, should_stop=heartbeat.should_stop)
    generation = rerank(
        campaign=run.campaign,
        run=served,
        seed=run.pk,
        on_switch=lambda: _carry_out(run, decision),
    )
    runs.note(
        run, f"Queue {generation.number}: {generation.size:,} pairs, ranked by run {served.pk}"
    )


def _carry_out(run: TrainingRun, decision: promotion.Decision) -> None:
    """In the transaction that switches the queue, and only if this attempt still owns the run."""
    runs.hold(run)
    promotion.carry_out(run=run, decision=decision)


def _training_set(run: TrainingRun) -> "list[PairExample]":
    """The labelled pairs with their consensus as soft labels; their hash is kept with the run that
    trains on them."""
    refresh_consensus(campaign=run.campaign)
    pairs = labelled_pairs(campaign=run.campaign)
    snapshot = hashlib.sha256()
    examples = []
    for pair, texts in zip(pairs, pair_texts([p.pk for p in pairs]), strict=True):
        split = "test" if pair.held_out else None
        snapshot.update(json.dumps([texts["pair_id"], pair.target, split]).encode() + b"\n")
        examples.append(pair_example(texts, target=pair.target, split=split))
    if not run.artefact:
        runs.record(run, data_hash=snapshot.hexdigest(), code_version=code_version())
    return examples


def _train(run: TrainingRun, examples: "list[PairExample]", heartbeat: Heartbeat) -> None:
    from modeling.recipes import TrainingConfig, train

    if run.artefact:  # an earlier attempt got as far as storing its model
        promotion.evaluate_again(run=run, examples=examples)
        return
    name = f"run-{run.pk}-{run.attempt}"
    folder = work_dir(run)
    folder.mkdir(parents=True, exist_ok=True)
    config = TrainingConfig(
        encoder=run.encoder or None,
        seed=run.pk,
        time_budget_s=run.time_budget_s,
        work_dir=folder,
        embedding_cache=embedding_cache(),
        image_encoder="perceptual" if settings.THUMBNAIL_SIMILARITY else None,
    )
    result = train(
        run.recipe,
        examples,
        output=artefact_path(name),
        config=config,
        callback=_callback(heartbeat),
    )
    runs.record(run, metrics=result.metrics, artefact=name, artefact_sha256=result.sha256)
    runs.note(run, f"Trained ({', '.join(result.variants)}) in {result.seconds:.0f} s")


def _callback(heartbeat: Heartbeat) -> "TrainingCallback":
    from modeling.recipes import TrainingCallback

    class Reporting(TrainingCallback):
        def progress(self, fraction: float, message: str) -> None:
            heartbeat.progress(fraction * TRAINING_SHARE, message)

        def should_stop(self) -> bool:
            return heartbeat.should_stop()

    return Reporting()


def _later(heartbeat: Heartbeat, start: float) -> Callable[[float, str], None]:
    return lambda fraction, message: heartbeat.progress(start + fraction * (1 - start), message)
