import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.models import Campaign, User
from annotation.queries.people import workers
from annotation.services.dry_run import PersonRun, TooManyClaimsError, dry_run


class Command(BaseCommand):
    help = (
        "Say which pairs of a campaign would be handed to whom, as if it were open now. Nothing "
        "is kept. The last line is JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="its slug")
        parser.add_argument("--people", default="", help="user names, with commas; else all")
        parser.add_argument("--pairs", type=int, default=10, help="for each person (10)")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = Campaign.objects.filter(slug=options["campaign"]).first()
        if campaign is None:
            raise CommandError(f"There is no campaign “{options['campaign']}”.")
        if options["pairs"] < 1:
            raise CommandError("--pairs must be at least 1.")
        people = _people(campaign, options["people"])
        try:
            runs = dry_run(campaign=campaign, people=people, pairs=options["pairs"])
        except TooManyClaimsError as error:
            raise CommandError(str(error)) from error
        for run in runs:
            self._tell(run)
        self.stdout.write(json.dumps({"campaign": campaign.slug, "people": _as_json(runs)}))

    def _tell(self, run: PersonRun) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(run.name))
        for served in run.served:
            rank = "known" if served.rank is None else str(served.rank)
            score = "–" if served.score is None else f"{served.score:.2f}"
            titles = f"{_short(served.rejected)} | {_short(served.recommended)}"
            lane = served.lane or "–"
            self.stdout.write(
                f"{served.turn:4} {rank:>7} {served.pair_id:24} {lane:8} {score:>5}  "
                f"{served.strategy}: {titles}"
            )
        if run.note:
            self.stdout.write(f"     {run.note}")


def _people(campaign: Campaign, names: str) -> list[User]:
    if not names:
        return list(workers(campaign=campaign))
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    found = {person.username: person for person in User.objects.filter(username__in=wanted)}
    if missing := [name for name in wanted if name not in found]:
        raise CommandError(f"There is nobody called {', '.join(missing)}.")
    return [found[name] for name in wanted]


def _short(title: str) -> str:
    return title if len(title) <= 40 else f"{title[:39]}…"


def _as_json(runs: list[PersonRun]) -> list[dict[str, Any]]:
    return [
        {
            "person": run.person.username,
            "pairs": [asdict(served) for served in run.served],
            "note": run.note,
        }
        for run in runs
    ]
