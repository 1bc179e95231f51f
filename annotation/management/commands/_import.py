"""What import_videos and import_pairs share: arguments, progress bar, rejects, last line."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotation.importers.reading import read_table
from annotation.importers.records import Table
from annotation.importers.reject_columns import UNREAD
from annotation.importers.rejects import Rejects, default_rejects_path
from annotation.importers.sources import STDIN, Source, SourceError, open_source
from annotation.models import Campaign
from annotation.services.importing import DEFAULT_BATCH, ImportReport


class ImportCommand(BaseCommand):
    import_rows: Callable[..., ImportReport]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="CSV or JSON Lines, gzipped or not; - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")
        parser.add_argument("--rejects", metavar="FILE", help="where rows that are refused go")
        parser.add_argument("--format", choices=["csv", "jsonl"], help="default: told by the file")
        parser.add_argument("--batch", type=int, default=DEFAULT_BATCH, metavar="N",
                            help="rows in one transaction (default: %(default)s)")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"] < 1:
            raise CommandError("--batch must be at least 1.")
        started = time.monotonic()
        try:
            with open_source(options["file"]) as source:
                report, rejects = self._import(source, options)
        except SourceError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError(
                "Interrupted. Finished batches are kept; run the same command again to go on.",
                returncode=130,
            ) from error
        self._tell(report, rejects, options)
        self.stdout.write(json.dumps(self._summary(report, rejects, options, started)))

    def after(self, report: ImportReport) -> None:
        """Say what comes next, where there is something to say."""

    def note(self, message: str) -> None:
        self.stderr.write(self.style.NOTICE(message))

    def _import(self, source: Source, options: dict[str, Any]) -> tuple[ImportReport, Rejects]:
        table = read_table(source, format_=options["format"])
        rejects = Rejects(_rejects_path(table, options), table)
        try:
            with _bar(source) as bar:
                report = self.import_rows(
                    table=table, rejects=rejects, batch_size=options["batch"],
                    dry_run=options["dry_run"], progress=_advance(bar, source),
                )  # fmt: skip
            rejects.keep()
        finally:
            rejects.discard()
        return report, rejects

    def _tell(self, report: ImportReport, rejects: Rejects, options: dict[str, Any]) -> None:
        if report.ignored:
            self.note(f"Ignored columns: {', '.join(sorted(report.ignored))}.")
        if report.rejected:
            self.note(
                f"{report.rejected} of {report.read} rows were refused. They are in "
                f"{rejects.path}, each with its line and the reason: put them right there and "
                "import that file."
            )
        if rejects.unread:
            self.note(
                f"Those with a mark in {UNREAD} could not be taken apart. They are refused until "
                "something in them is changed, or the mark is taken away."
            )
        if options["dry_run"]:
            self.note("Dry run: nothing was written to the database.")
        else:
            self.after(report)

    def _summary(
        self, report: ImportReport, rejects: Rejects, options: dict[str, Any], started: float
    ) -> dict[str, Any]:
        names = ("read", "created", "updated", "unchanged", "rejected", "videos_created",
                 "videos_updated")  # fmt: skip
        return {
            **{name: getattr(report, name) for name in names},
            "seconds": round(time.monotonic() - started, 2),
            "dry_run": options["dry_run"],
            "rejects": str(rejects.path) if report.rejected else None,
        }


class CampaignImportCommand(ImportCommand):
    """An import into one campaign, which the option `campaign` names by its slug."""

    campaign: Campaign

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = Campaign.objects.filter(slug=options["campaign"]).first()
        if campaign is None:
            raise CommandError(f"There is no campaign “{options['campaign']}”.")
        self.campaign = campaign
        super().handle(*args, **options)


def _rejects_path(table: Table, options: dict[str, Any]) -> Path:
    path = Path(options["rejects"] or default_rejects_path(options["file"], table.format))
    if options["file"] != STDIN and path.resolve() == Path(options["file"]).resolve():
        raise SourceError("The rejects would overwrite the file that is imported.")
    if path.is_dir():
        raise SourceError(f"{path} is a folder; name a file for the rejects.")
    return path


def _bar(source: Source) -> "tqdm[Any]":
    return tqdm(total=source.size, unit="B", unit_scale=True, disable=None, desc="Importing")


def _advance(bar: "tqdm[Any]", source: Source) -> Callable[[ImportReport], None]:
    def advance(report: ImportReport) -> None:
        bar.set_postfix(rows=report.read, rejected=report.rejected, refresh=False)
        bar.update(source.position() - bar.n)

    return advance
