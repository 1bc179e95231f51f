"""Which models stay on the disk: all that are or were served, the last of those that never were,
and whatever belongs to a run that is going on."""

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet, Window
from django.db.models.functions import Now, RowNumber

from annotation.models import TrainingRun

log = structlog.get_logger(__name__)
# A model of an attempt, and what it is called while it is being written (`modeling.registry`).
MODEL = re.compile(r"run-(\d{1,18})-\d+")
DRAFT = re.compile(r"\.run-(\d{1,18})-\d+\..+")
# Writing takes seconds, also for an attempt that was given up and has not noticed yet.
QUIET_S = 3600


def discard_old_models() -> int:
    """Remove what nobody will serve any more; returns how many folders that were.

    The row of a removed model says so first, so that nobody promotes it meanwhile; what was not
    removed by then is found again by its row.
    """
    _note_removal()
    removed = 0
    for folder in list(_discarded_folders()):
        shutil.rmtree(folder, ignore_errors=True)
        log.info("model removed", folder=folder.name)
        removed += 1
    return removed


@transaction.atomic
def _note_removal() -> None:
    """A promotion holds the row of its run, too: one of both comes first, and the other sees it."""
    discarded = [*_without_success(), *_surplus()]
    rows = TrainingRun.objects.filter(pk__in=discarded).order_by("pk")
    held = [run.pk for run in rows.select_for_update(no_key=True).only("pk")]
    _never_served().filter(pk__in=held).update(artefact_removed_at=Now())


def _never_served() -> QuerySet[TrainingRun]:
    ended = TrainingRun.objects.exclude(status__in=TrainingRun.ACTIVE).exclude(artefact="")
    return ended.filter(artefact_removed_at=None, promotions=None)


def _without_success() -> QuerySet[TrainingRun, int]:
    # One that lost its worker after its promotion failed, and is served all the same.
    unsuccessful = _never_served().exclude(status=TrainingRun.Status.SUCCEEDED)
    return unsuccessful.values_list("pk", flat=True)


def _surplus() -> QuerySet[TrainingRun, int]:
    place = Window(RowNumber(), partition_by=F("campaign"), order_by=F("id").desc())
    succeeded = _never_served().filter(status=TrainingRun.Status.SUCCEEDED).annotate(place=place)
    return succeeded.filter(place__gt=settings.KEPT_MODELS).values_list("pk", flat=True)


def _discarded_folders() -> Iterator[Path]:
    """Folders of runs that have ended which no row points at (any more).

    The database is asked after the disk, since a run that has ended never goes on. One that it
    does not know at all is of another database, and left alone.
    """
    folders = _folders()
    ended = TrainingRun.objects.filter(pk__in=set(folders.values()))
    ended = ended.exclude(status__in=TrainingRun.ACTIVE).only("artefact", "artefact_removed_at")
    runs = ended.in_bulk()
    for folder, number in folders.items():
        run = runs.get(number)
        if run is None or (run.artefact == folder.name and not run.artefact_removed_at):
            continue
        if MODEL.fullmatch(folder.name) or _is_quiet(folder):
            yield folder


def _folders() -> dict[Path, int]:
    """What lies where models are kept and is named like one of a run, with the run's number."""
    root = Path(settings.ARTEFACT_DIR)
    found = {}
    for path in root.iterdir() if root.is_dir() else ():
        named = MODEL.fullmatch(path.name) or DRAFT.fullmatch(path.name)
        if named and path.is_dir() and not path.is_symlink():
            found[path] = int(named[1])
    return found


def _is_quiet(draft: Path) -> bool:
    try:
        last = max(item.stat().st_mtime for item in [draft, *draft.rglob("*")])
    except FileNotFoundError:
        return False  # just now renamed or removed by its writer
    return last < time.time() - QUIET_S
