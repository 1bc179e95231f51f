"""The whole search, from fingerprints to groups. Runs in a worker or as a command."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from django.db import Error, transaction
from django.utils import timezone

from annotation.models import DuplicateSearch, PairTwin, User, Video, VideoGroup, VideoTwin
from annotation.services import training_queue
from annotation.services.duplicates import embeddings as by_embedding
from annotation.services.duplicates.detection import Thresholds, gather_evidence
from annotation.services.duplicates.evidence import decide_by_rule, new_evidence, propose
from annotation.services.duplicates.fingerprints import refresh_fingerprints, stale_count
from annotation.services.duplicates.grouping import regroup
from annotation.services.duplicates.statements import hold_groups, one_search, patient_cursor

# Called at the start of a stage with its name and size, and whenever some of it is done.
Progress = Callable[[str, int, int], None]


def find_duplicates(
    *,
    embeddings: bool = False,
    dry_run: bool = False,
    requested_by: User | None = None,
    thresholds: Thresholds | None = None,
    progress: Progress = lambda stage, size, done: None,
) -> dict[str, Any]:
    """Look for near-duplicates in the whole corpus and form their groups; returns the figures.

    Only what is new or changed costs much; a search that was cut short goes on where it stopped.
    A dry run does all of it in one transaction that is taken back. What stops a search is kept
    with it, for the page.

    Raises: SearchUnderWayError; ModelingError when the encoder does not fit.
    """
    thresholds = thresholds or Thresholds()
    with ExitStack() as stack:
        stack.enter_context(one_search())
        if dry_run:
            stack.enter_context(transaction.atomic())
            stack.callback(transaction.set_rollback, True)
        search = DuplicateSearch.objects.create(requested_by=requested_by)
        stack.enter_context(_problem_kept(search))
        fingerprinted = _fingerprints(progress)
        if embeddings:
            _embeddings(thresholds, progress)
        _decide(thresholds)
        figures = _figures(search, fingerprinted)
        search.figures, search.finished_at = figures, timezone.now()
        search.save()
    return figures


def ask_for_search(*, by: User) -> bool:
    """Send the message to a training worker; False when the broker is away."""
    return training_queue.send("find_duplicates", by.pk, otherwise="no search")


@contextmanager
def _problem_kept(search: DuplicateSearch) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        problem = f"{type(error).__name__}: {error}".replace("\0", "")[:300]
        with suppress(Error):  # the database itself may be what is away
            DuplicateSearch.objects.filter(pk=search.pk).update(problem=problem)
        raise


def _fingerprints(progress: Progress) -> int:
    size = stale_count()
    progress("Fingerprints", size, 0)
    return refresh_fingerprints(progress=lambda done: progress("Fingerprints", size, done))


def _embeddings(thresholds: Thresholds, progress: Progress) -> None:
    size = by_embedding.missing_count()
    progress("Embeddings", size, 0)
    by_embedding.embed_missing(progress=lambda done: progress("Embeddings", size, done))
    size = by_embedding.unsought_count()
    progress("Neighbours", size, 0)
    by_embedding.propose_neighbours(
        thresholds=thresholds, progress=lambda done: progress("Neighbours", size, done)
    )


def _decide(thresholds: Thresholds) -> None:
    """What takes longest, the evidence, is gathered before anybody has to wait: what people decide
    meanwhile, the rule leaves alone."""
    with patient_cursor() as cursor:
        cursor.execute("ANALYZE annotation_videofingerprint")
        new_evidence(cursor)
        gather_evidence(cursor, thresholds)
        hold_groups()
        propose(cursor)
        decide_by_rule(cursor)
        regroup()


def _figures(search: DuplicateSearch, fingerprinted: int) -> dict[str, Any]:
    states = VideoTwin.State
    return {
        "videos": Video.objects.count(),
        "fingerprinted": fingerprinted,
        "proposed": VideoTwin.objects.filter(state=states.PROPOSED).count(),
        "merged": VideoTwin.objects.filter(state=states.MERGED).count(),
        "groups": VideoGroup.objects.values("group").distinct().count(),
        "pairs_in_groups": PairTwin.objects.count(),
        "seconds": round((timezone.now() - search.started_at).total_seconds(), 2),
    }
