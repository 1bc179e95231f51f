"""Bring a file's rows into the database: the good ones are kept, the others come back."""

from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from typing import Generic

from django.db import transaction

from annotation.importers.bulk import lock_for_import
from annotation.importers.gold_kind import GoldKind
from annotation.importers.kinds import Identity, Kind, PairKind, Row, VideoKind
from annotation.importers.learning_kind import LearningKind
from annotation.importers.records import Record, Table
from annotation.importers.reject_columns import REJECT_COLUMNS
from annotation.importers.rejects import Rejects
from annotation.importers.rows import RowRefusedError
from annotation.importers.seen import Seen, seen_keys
from annotation.importers.sources import SourceError
from annotation.models import Campaign, Pair, Video
from annotation.services.gold import take_known_out
from annotation.services.import_batches import Known, batches
from annotation.services.statistics import note_bulk_change

DEFAULT_BATCH = 2_000
_MAX_IGNORED = 50


@dataclass(slots=True)
class ImportReport:
    """Counts of rows: read = created + updated + unchanged + rejected.

    `ignored` holds the columns of the file that mean nothing to this import.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    videos_created: int = 0
    videos_updated: int = 0
    ignored: set[str] = field(default_factory=set)


Progress = Callable[[ImportReport], None]


def import_videos(
    *,
    table: Table,
    rejects: Rejects,
    batch_size: int = DEFAULT_BATCH,
    dry_run: bool = False,
    progress: Progress = lambda report: None,
) -> ImportReport:
    """Create or update the videos of a table.

    Each batch is one transaction, so an import that was cut short can be run again. A dry run is
    one transaction that is rolled back.

    Raises:
        SourceError: if the table lacks the columns of a video, or cannot be read to its end.
    """
    importing = _Import(VideoKind(), rejects, batch_size, dry_run, progress)
    return importing.run(table)


def import_pairs(
    *,
    table: Table,
    rejects: Rejects,
    batch_size: int = DEFAULT_BATCH,
    dry_run: bool = False,
    progress: Progress = lambda report: None,
) -> ImportReport:
    """Create or update the pairs of a table, and the videos that stand inside its rows.

    Batches, dry run and errors are as in `import_videos`.
    """
    importing = _Import(PairKind(), rejects, batch_size, dry_run, progress)
    return importing.run(table)


def import_gold(
    *,
    campaign: Campaign,
    table: Table,
    rejects: Rejects,
    batch_size: int = DEFAULT_BATCH,
    dry_run: bool = False,
    progress: Progress = lambda report: None,
) -> ImportReport:
    """Set the known answers of a campaign to those of a table.

    Batches, dry run and errors are as in `import_videos`.
    """
    importing = _Import(GoldKind(campaign), rejects, batch_size, dry_run, progress)
    return _run_and_take_out(importing, table, campaign)


def import_practice(
    *,
    campaign: Campaign,
    table: Table,
    rejects: Rejects,
    batch_size: int = DEFAULT_BATCH,
    dry_run: bool = False,
    progress: Progress = lambda report: None,
) -> ImportReport:
    """Set the pairs of a campaign's practice and qualification rounds to those of a table.

    Batches, dry run and errors are as in `import_videos`.
    """
    importing = _Import(LearningKind(campaign), rejects, batch_size, dry_run, progress)
    return _run_and_take_out(importing, table, campaign)


def _run_and_take_out(importing: "_Import[Row]", table: Table, campaign: Campaign) -> ImportReport:
    """Pairs whose answer is known or told are in the queue no more."""
    report = importing.run(table)
    if not importing.dry_run:
        take_known_out(campaign=campaign)
    return report


@dataclass(slots=True)
class _Import(Generic[Row]):
    kind: Kind[Row]
    rejects: Rejects
    batch_size: int
    dry_run: bool
    progress: Progress
    report: ImportReport = field(default_factory=ImportReport)
    # None until a row has shown its columns.
    usable: bool | None = None

    def run(self, table: Table) -> ImportReport:
        if table.format == "csv" and not self._has_columns(set(table.columns)):
            raise self._lacks_columns()
        with ExitStack() as stack:
            seen = stack.enter_context(seen_keys())
            if self.dry_run:
                stack.enter_context(transaction.atomic())
                stack.callback(transaction.set_rollback, True)
            for batch in batches(table.records, self.batch_size):
                self._take(batch, seen)
                self.progress(self.report)
        if self.usable is False and table.format == "jsonl":
            raise self._lacks_columns()
        if not self.dry_run:
            changed = self.report.created + self.report.updated
            note_bulk_change(Video, Pair, rows=changed + self.report.videos_created)
        return self.report

    def _take(self, batch: list[Record], seen: Seen) -> None:
        parsed = [self._parsed(record) for record in batch]
        with transaction.atomic():
            lock_for_import()
            accepted = self._accept(batch, parsed, seen)
            result = self.kind.write(accepted)
        self.report.read += len(batch)
        self.report.created += result.rows.created
        self.report.updated += result.rows.updated
        self.report.unchanged += len(accepted) - sum(result.rows)
        self.report.videos_created += result.videos.created
        self.report.videos_updated += result.videos.updated

    def _parsed(self, record: Record) -> Row | RowRefusedError:
        if record.problem:
            return RowRefusedError(record.problem)
        self.usable = self.usable or self._has_columns(record.values.keys())
        if len(self.report.ignored) < _MAX_IGNORED:
            self.report.ignored |= record.values.keys() - self.kind.columns - {*REJECT_COLUMNS}
        try:
            return self.kind.parse(record.values)
        except RowRefusedError as refused:
            return refused

    def _accept(
        self, batch: list[Record], parsed: list[Row | RowRefusedError], seen: Seen
    ) -> list[Row]:
        """The rows to write, in order; refuses the others and leaves out identical repeats."""
        rows = [row for row in parsed if not isinstance(row, RowRefusedError)]
        self.kind.look_up(rows)
        settled = [
            row if isinstance(row, RowRefusedError) else self.kind.settle(row) for row in parsed
        ]
        identities = [
            [] if isinstance(row, RowRefusedError) else self.kind.identities(row) for row in settled
        ]
        known = Known(seen, chain.from_iterable(identities))
        accepted = []
        for record, row, row_identities in zip(batch, settled, identities, strict=True):
            try:
                accepted += self._admitted(record, row, row_identities, known)
            except RowRefusedError as refused:
                self.report.rejected += 1
                self.rejects.add(record, refused.problems)
        known.save()
        return accepted

    def _admitted(
        self,
        record: Record,
        row: Row | RowRefusedError,
        identities: list[Identity],
        known: Known,
    ) -> list[Row]:
        if isinstance(row, RowRefusedError):
            raise row
        settled = self.kind.settle(row)
        if settled is not row:
            row, identities = settled, self.kind.identities(settled)
        self.kind.refuse(row, record.values)
        is_repeat = known.has(identities[0])
        for each in identities:
            known.refuse_other_content(each)
        if is_repeat:
            self.report.unchanged += 1
            return []
        for each in identities:
            known.add(each, record.line)
        self.kind.accepted(row)
        return [row]

    def _has_columns(self, columns: Collection[str]) -> bool:
        return any(wanted <= set(columns) for wanted in self.kind.column_sets)

    def _lacks_columns(self) -> SourceError:
        wanted = ", or ".join(" and ".join(sorted(each)) for each in self.kind.column_sets)
        return SourceError(f"The file has no usable columns. It needs {wanted}.")
