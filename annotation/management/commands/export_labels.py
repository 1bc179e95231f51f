import json
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from annotation.exporters.writers import Format, TextSink, atomic_file, write_rows
from annotation.models import Campaign
from annotation.queries.export import CONSENSUS_COLUMNS, RAW_COLUMNS, consensus_rows, raw_rows
from annotation.queries.export_repeats import COLUMNS as REPEAT_COLUMNS
from annotation.queries.export_repeats import repeat_rows
from annotation.services.consensus import refresh_consensus

STDOUT = "-"
KINDS = {
    "raw": (raw_rows, RAW_COLUMNS),
    "consensus": (consensus_rows, CONSENSUS_COLUMNS),
    "repeats": (repeat_rows, REPEAT_COLUMNS),
}


class Command(BaseCommand):
    help = "Write the labels, what people agree on, or what they said again, as CSV or JSON Lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--campaign", metavar="SLUG", help="default: all campaigns")
        parser.add_argument("--kind", choices=list(KINDS), default="raw")
        parser.add_argument("--format", choices=["csv", "jsonl"], default="csv")
        parser.add_argument("--output", type=_file, default=STDOUT, metavar="FILE",
                            help="- is standard output")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        campaign = _campaign(options["campaign"])
        if options["output"] == STDOUT:
            count = _export(self.stdout, campaign, options["kind"], options["format"])
        else:
            try:
                with atomic_file(Path(options["output"])) as file:
                    count = _export(file, campaign, options["kind"], options["format"])
            except OSError as error:
                raise CommandError(f"{options['output']}: {error.strerror}.") from error
        summary = {"rows": count, "seconds": round(time.monotonic() - started, 2)}
        summary_to = self.stderr if options["output"] == STDOUT else self.stdout
        summary_to.write(json.dumps(summary))


def _file(written: str) -> str:
    if not Path(written).name:
        raise ArgumentTypeError(f"must be a file or -, not “{written}”")
    return written


def _campaign(slug: str | None) -> Campaign | None:
    if slug is None:
        return None
    try:
        return Campaign.objects.get(slug=slug)
    except Campaign.DoesNotExist as error:
        known = ", ".join(Campaign.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no campaign {slug}. Campaigns: {known}.") from error


@contextmanager
def _without_timeouts() -> Iterator[None]:
    """A transaction that may take longer than any page may; a slow reader of a pipe, too."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield


def _export(sink: TextSink, campaign: Campaign | None, kind: str, format_: Format) -> int:
    rows, columns = KINDS[kind]
    if kind == "consensus":
        # Each in its own transaction: its lock would keep everybody else's waiting until the end.
        for each in [campaign] if campaign else Campaign.objects.all():
            with _without_timeouts():
                refresh_consensus(campaign=each)
    # The stream is closed before the transaction ends, since its cursor ends with that.
    with _without_timeouts(), closing(rows(campaign=campaign)) as stream:
        return write_rows(stream, sink, columns=columns, format_=format_)
