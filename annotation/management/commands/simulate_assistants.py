import json
import secrets
import statistics
from argparse import ArgumentParser
from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotation.importers.known_labels import read_known_labels
from annotation.importers.sources import SourceError
from annotation.models import Campaign, User
from annotation.simulation import KnownLabel, SimulatedAssistant, Tally, run_assistants


class Command(BaseCommand):
    help = (
        "Label over HTTP as so many assistants would, from a file of known labels. "
        "The last line is JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="file", required=True, help="pairs with known labels")
        parser.add_argument("--assistants", type=int, default=24)
        parser.add_argument("--labels", type=int, default=1000)
        parser.add_argument("--noise", type=float, default=0.07, help="share of wrong answers")
        parser.add_argument("--think", type=float, default=0.0, help="mean seconds on a pair")
        parser.add_argument("--url", default="http://127.0.0.1:8000")
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            known = read_known_labels(options["file"])
        except SourceError as error:
            raise CommandError(str(error)) from error
        wanted = options["labels"]
        with tqdm(total=wanted, file=self.stderr, disable=None, unit="label") as bar:
            tally = Tally(wanted=wanted, on_label=bar.update)
            try:
                assistants = self._sign_in(options, {k: KnownLabel(*v) for k, v in known.items()})
            except (httpx.HTTPError, PermissionError) as error:
                raise CommandError(f"No assistant could sign in: {error}") from error
            seconds = run_assistants(assistants, tally)
        self._report(tally, seconds, wanted)

    def _sign_in(
        self, options: dict[str, Any], known: dict[str, KnownLabel]
    ) -> list[SimulatedAssistant]:
        assistants = []
        for number in range(1, options["assistants"] + 1):
            user, _ = User.objects.get_or_create(
                username=f"simulated-{number:02}", defaults={"any_language": True}
            )
            password = secrets.token_urlsafe(12)
            user.set_password(password)
            user.save(update_fields=["password"])
            assistants.append(
                SimulatedAssistant(
                    url=options["url"],
                    username=user.username,
                    password=password,
                    known=known,
                    noise=options["noise"],
                    think_s=options["think"],
                    seed=options["seed"] * 1000 + number,
                )
            )
        return assistants

    def _report(self, tally: Tally, seconds: float, wanted: int) -> None:
        shares = Campaign.objects.filter(state="open").values_list("labels_per_pair", flat=True)
        figures = {
            "labels": tally.labels,
            "seconds": round(seconds, 2),
            "errors": tally.errors,
            "duplicates": tally.duplicates(max(shares, default=1)),
            "median_ms": round(statistics.median(tally.waits_ms), 1) if tally.waits_ms else None,
        }
        self.stdout.write(json.dumps(figures))
        if tally.failures:
            first = tally.failures[0]
            raise CommandError(
                f"{len(tally.failures)} assistants stopped early, the first on "
                f"{type(first).__name__}: {first}"
            ) from first
        if tally.labels < wanted:
            raise CommandError(
                f"Only {tally.labels} of {wanted} labels: no pair was left to hand out."
            )
