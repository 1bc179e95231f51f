"""The rules of a campaign as options of a command."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from annotation.languages import clean_languages
from annotation.models import Budget, Campaign, User
from modeling.option_types import at_least, between

# What is not given stays as the model has it.
NUMBERS: dict[str, tuple[type, str]] = {
    "priority": (int, "the highest is served first (0)"),
    "labels_per_pair": (int, "labels for each pair, or at most by an adaptive rule (3)"),
    "overlap_share": (float, "share of the pairs that get the most labels (0.1)"),
    "stop_at": (float, "certainty at which no further opinion is asked for (0.95)"),
    "route_hours": (int, "hours a hard pair waits for those with the best record (24)"),
    "random_share": (float, "share of the queue drawn at random (0.2)"),
    "gold_share": (float, "share of a person's pairs whose answer is known (0)"),
    "repeat_share": (float, "share of a person's pairs that they judged before (0)"),
    "repeat_after_hours": (int, "hours after which a pair may be shown to its judge again (72)"),
    "relabel_share": (float, "share of the queue that has its labels already (0)"),
    "pass_mark": (float, "share of right answers that passes the qualification (0.8)"),
    "qualification_pairs": (int, "pairs in one attempt at it (8)"),
    "qualification_attempts": (int, "attempts at it (2)"),
    "queue_size": (int, "pairs in a ranking (10000)"),
    "lease_seconds": (int, "how long a pair is kept for a person (1800)"),
    "skipped_hours": (int, "hours after which a skipped pair may come back (24)"),
    "retrain_every": (int, "new labels after which a run starts by itself (200)"),
    "time_budget_s": (int, "seconds a training run may take (900)"),
}
CHOICES: dict[str, type[Any]] = {
    "relabelling": Campaign.Relabelling,
    "order": Campaign.Order,
    "duplicates": Campaign.Duplicates,
    "consensus_method": Campaign.Consensus,
    "practice": Campaign.Stage,
    "qualification": Campaign.Stage,
    "reasons_mode": Campaign.ReasonsMode,
    "skipped_pairs": Campaign.SkippedPairs,
}
SWITCHES = {
    "mark_shared_words": "mark words and names that both videos share",
    "gold_feedback": "tell people the known answer, and why, after they gave theirs",
}


# More than any corpus has, and what Postgres takes for a number of rows.
MOST_PAIRS = 2**31 - 1


def add_pool_options(parser: ArgumentParser) -> None:
    """Which imported pairs."""
    parser.add_argument("--source", default="", help="only pairs of this source")
    parser.add_argument("--prefix", default="", help="only pairs whose id begins so")
    parser.add_argument(
        "--limit", type=between(1, MOST_PAIRS), help="a random sample of so many pairs"
    )
    parser.add_argument("--seed", type=at_least(0), default=0)


def pool_fields(options: dict[str, Any]) -> dict[str, Any]:
    return {field: options[field] for field in ("source", "prefix", "limit", "seed")}


def add_campaign_options(parser: ArgumentParser) -> None:
    for name, (kind, says) in NUMBERS.items():
        parser.add_argument(_option(name), type=kind, metavar="N", help=says)
    for name, choices in CHOICES.items():
        says = "; ".join(f"{choice.value}: {choice.label.lower()}" for choice in choices)
        parser.add_argument(_option(name), choices=choices.values, help=says)
    for name, says in SWITCHES.items():
        parser.add_argument(_option(name), action="store_true", default=None, help=says)
    for name in ("opens_at", "closes_at"):
        parser.add_argument(_option(name), type=_moment, metavar="TIME",
                            help="such as 2026-05-31T09:00, by the website's clock")  # fmt: skip
    parser.add_argument("--languages", metavar="en,de", help="pairs with a video in one of them")
    parser.add_argument("--members", metavar="ana,ben", help="who alone may work in it")
    parser.add_argument(
        "--budget", type=_budget, action="append", default=[], metavar="WHOSE:N:UNIT:PERIOD",
        help="person or campaign, a number, pairs or hours, day or total; may be repeated",
    )  # fmt: skip


def campaign_fields(options: dict[str, Any]) -> dict[str, Any]:
    """What was given, as `services.campaigns.open_campaign` takes it.

    Raises:
        ValidationError: by field, for languages that are none and people who are not there.
    """
    names = (*NUMBERS, *CHOICES, *SWITCHES, "opens_at", "closes_at")
    fields = {name: options[name] for name in names if options[name] is not None}
    if "labels_per_pair" in fields:
        # A number of labels without a rule means just that number.
        fields.setdefault("relabelling", Campaign.Relabelling.FIXED)
    if options["languages"]:
        fields["languages"] = _languages(options["languages"])
    if options["members"] is not None:
        fields["members"] = _people(options["members"])
    return {**fields, "budgets": options["budget"]}


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _moment(written: str) -> datetime:
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        raise ArgumentTypeError(f"{written} is no time such as 2026-05-31T09:00") from error
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def _budget(written: str) -> Budget:
    parts = written.split(":")
    try:
        scope, amount, unit, period = parts
        return Budget(scope=scope, amount=float(amount), unit=unit, period=period)
    except ValueError as error:
        raise ArgumentTypeError(f"{written} is no budget such as person:20:hours:total") from error


def _languages(written: str) -> list[str]:
    try:
        return clean_languages(written.split(","))
    except ValidationError as error:
        raise ValidationError({"languages": error.messages}) from error


def _people(written: str) -> list[User]:
    names = {name.strip() for name in written.split(",") if name.strip()}
    if not names:
        raise ValidationError({"members": "Name somebody; without this option everybody may work."})
    found = list(User.objects.filter(username__in=names))
    if missing := names - {person.username for person in found}:
        raise ValidationError({"members": f"There is nobody called {', '.join(sorted(missing))}."})
    return found
