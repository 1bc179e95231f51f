"""The life of a training run. The row is the truth; the message to the worker only points to it."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import Campaign, RunEvent, TrainingRun, User
from annotation.queries.training_set import current_label_count
from annotation.services import training_queue
from annotation.services.artefacts import discard_work

log = structlog.get_logger(__name__)
Status = TrainingRun.Status


class RunRefusedError(Exception):
    """The run was not made; the message says why, and `under_way` which is in its place."""

    def __init__(self, message: str, *, under_way: TrainingRun | None = None) -> None:
        super().__init__(message)
        self.under_way = under_way


class AttemptLostError(Exception):
    """This attempt was given up as lost: the run belongs to another one, or has ended."""


def request_run(
    *,
    campaign: Campaign,
    recipe: str,
    trigger: str,
    requested_by: User | None = None,
    time_budget_s: int | None = None,
) -> TrainingRun:
    """Ask for a training; it is queued once the transaction commits.

    Raises: RunRefusedError when one of this recipe is under way or the campaign is closed.
    """
    if campaign.state == Campaign.State.CLOSED:
        raise RunRefusedError(_("“%(campaign)s” is closed.") % {"campaign": campaign})
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(
                campaign=campaign,
                recipe=recipe,
                trigger=trigger,
                requested_by=requested_by,
                time_budget_s=time_budget_s or campaign.time_budget_s,
                encoder=settings.ENCODER,
                label_count=current_label_count(campaign),
                message="Waiting for a training worker",
            )
            note(run, f"Requested ({run.get_trigger_display()})")
    except IntegrityError as error:
        if "run_active_once" not in str(error):
            raise
        raise RunRefusedError(
            _("A run (%(recipe)s) of “%(campaign)s” is under way already.")
            % {"recipe": recipe, "campaign": campaign},
            under_way=campaign.runs.filter(recipe=recipe, status__in=TrainingRun.ACTIVE).first(),
        ) from error
    transaction.on_commit(lambda: dispatch(run))
    return run


def note(run: TrainingRun, text: str) -> None:
    RunEvent.objects.create(run=run, text=_storable(text)[:500])
    log.info("run", run=run.pk, recipe=run.recipe, event_text=text)


def _storable(text: str) -> str:
    """Postgres takes no NUL, and the text of somebody else's error may have one."""
    return text.replace("\0", "")


def dispatch(run: TrainingRun) -> bool:
    """Send the message for a waiting run. With no broker the run stays requested and
    `attend_to_runs` sends it later; the caller's own work is done either way."""
    if not training_queue.send("train", run.pk, otherwise="the run waits"):
        return False
    TrainingRun.objects.filter(pk=run.pk, status__in=TrainingRun.WAITING).update(
        status=Status.QUEUED, queued_at=Now()
    )
    return True


def start(*, run_id: int, worker: str) -> TrainingRun | None:
    """Take a waiting run for this worker; None when it is not waiting (any more)."""
    taken = TrainingRun.objects.filter(pk=run_id, status__in=TrainingRun.WAITING).update(
        status=Status.RUNNING,
        worker=worker,
        attempt=F("attempt") + 1,
        started_at=timezone.now(),
        heartbeat_at=Now(),
        message="Starting",
        progress=0,
        error="",
    )
    if not taken:
        return None
    run = TrainingRun.objects.select_related("campaign").get(pk=run_id)
    note(run, f"Started on {worker}, attempt {run.attempt}")
    return run


def beat(run: TrainingRun, *, progress: float | None = None, message: str = "") -> bool:
    """Show that the run is alive. False when this attempt should stop: someone cancelled it, or
    it was given up as lost and belongs to another attempt."""
    changes: dict[str, object] = {"heartbeat_at": Now()}
    if progress is not None:
        changes |= {"progress": min(max(progress, 0.0), 1.0), "message": _storable(message)[:300]}
    return bool(_mine(run).filter(cancel_requested=False).update(**changes))


def go_on(run: TrainingRun) -> None:
    """Between two steps of a run. Raises: AttemptLostError when this attempt should stop."""
    if not beat(run):
        raise AttemptLostError(f"{run}: attempt {run.attempt} was cancelled or given up")


def record(run: TrainingRun, **fields: Any) -> None:
    """Write `fields` to the run and its object, as long as it is still this attempt's.

    Raises: AttemptLostError when it is not; nothing is written then.
    """
    if not _mine(run).update(**fields):
        raise AttemptLostError(f"{run} does not belong to attempt {run.attempt} any more")
    for name, value in fields.items():
        setattr(run, name, value)


def hold(run: TrainingRun) -> None:
    """Keep the run this attempt's until the transaction ends.

    Raises: AttemptLostError when it is not any more, or somebody has cancelled it.
    """
    if _mine(run).filter(cancel_requested=False).select_for_update().first() is None:
        raise AttemptLostError(f"{run}: attempt {run.attempt} was cancelled or given up")


def _mine(run: TrainingRun) -> QuerySet[TrainingRun]:
    return TrainingRun.objects.filter(
        pk=run.pk, attempt=run.attempt, status__in=TrainingRun.WORKING
    )


def finish(run: TrainingRun, *, status: str, message: str, error: str = "") -> bool:
    """End this attempt; False when it is not this attempt's run any more."""
    done = status == Status.SUCCEEDED
    ended = _mine(run).update(
        status=status,
        message=_storable(message)[:300],
        error=_storable(error),
        finished_at=Now(),
        progress=1.0 if done else F("progress"),
    )
    if ended:
        note(run, "Finished" if done else message)
    return bool(ended)


@transaction.atomic
def cancel_run(*, run: TrainingRun, by: User) -> TrainingRun:
    """Cancel a waiting run at once; ask a working one to stop at its next step."""
    run = TrainingRun.objects.select_for_update().get(pk=run.pk)
    if run.status in TrainingRun.WAITING:
        run.status, run.finished_at, run.message = Status.CANCELLED, timezone.now(), "Cancelled"
        run.save(update_fields=["status", "finished_at", "message"])
        note(run, f"Cancelled by {by.get_username()} before it began")
        transaction.on_commit(lambda: discard_work(run))  # of an attempt that lost its worker
    elif run.is_active and not run.cancel_requested:
        run.cancel_requested = True
        run.save(update_fields=["cancel_requested"])
        note(run, f"Cancellation asked for by {by.get_username()}")
    return run


def attend_to_runs() -> dict[str, int]:
    """Queue what could not be queued before, and find the runs that lost their worker."""
    lost = [run for run in _silent_runs() if _give_up_attempt(run)]
    sent = sum(dispatch(run) for run in _unsent_runs())
    return {"lost": len(lost), "sent": sent}


def _unsent_runs() -> QuerySet[TrainingRun]:
    """Waiting runs that no message points to: never sent, or sent long ago while no worker is
    busy with another run (a message waits its turn behind that one)."""
    unsent = Q(status=Status.REQUESTED)
    if not TrainingRun.objects.filter(status__in=TrainingRun.WORKING).exists():
        unsent |= Q(status=Status.QUEUED, queued_at__lt=_before(settings.HEARTBEAT_LOST_SECONDS))
    return TrainingRun.objects.filter(unsent)


def _before(seconds: float) -> datetime:
    return timezone.now() - timedelta(seconds=seconds)


def _silent_runs() -> QuerySet[TrainingRun]:
    return TrainingRun.objects.filter(
        status__in=TrainingRun.WORKING, heartbeat_at__lt=_before(settings.HEARTBEAT_LOST_SECONDS)
    )


def _give_up_attempt(run: TrainingRun) -> bool:
    """Hand a silent run back to the queue, or end it after too many attempts."""
    still_silent = _silent_runs().filter(pk=run.pk, attempt=run.attempt)
    if run.cancel_requested:
        status, text = Status.CANCELLED, "Cancelled (its worker had stopped)"
    elif run.attempt >= settings.RUN_MAX_ATTEMPTS:
        status, text = Status.FAILED, f"Lost its worker {run.attempt} times; given up"
    else:
        status, text = Status.REQUESTED, f"Lost its worker ({run.worker}); queued again"
    ended = {} if status == Status.REQUESTED else {"finished_at": Now()}
    changed = still_silent.update(status=status, message=text, **ended)
    if changed:
        note(run, text)
        if ended:
            discard_work(run)
    return bool(changed)
