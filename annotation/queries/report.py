"""What an agreement report rests on, as a worker counted it along with the report."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum

from annotation.models import AgreementReport, Campaign, Label, Policy, User
from annotation.queries.progress import COUNTED


@dataclass(frozen=True, slots=True)
class Covered:
    """`answers`: labels by verdict as they stood then; `policies`: the versions that lay beside."""

    first: datetime
    last: datetime
    seconds: float
    answers: dict[str, int]
    policies: list[Policy]

    @property
    def labels(self) -> int:
        return sum(self.answers.values())


def count_work(*, campaign: Campaign) -> dict[str, Any]:
    """The days of the first and the last answer, all that were given (a revision is no further one,
    and has no time of its own) and the seconds that they took."""
    found = Label.objects.filter(campaign=campaign).aggregate(
        first=Min("created_at"),
        last=Max("created_at"),
        given=Count("pk", filter=Q(supersedes=None)),
        seconds=Sum(COUNTED, default=0.0),
    )
    return found | {end: found[end].isoformat() for end in ("first", "last")}


def covered(*, report: AgreementReport) -> Covered | None:
    """None where the report does not say."""
    answers = report.figures.get("answers")
    if answers is None:
        return None
    versions = Policy.objects.filter(version__in=answers["policies"])
    return Covered(
        first=datetime.fromisoformat(answers["first"]),
        last=datetime.fromisoformat(answers["last"]),
        seconds=answers["seconds"],
        answers=answers["all"],
        policies=list(versions.order_by("version")),
    )


def names_of(usernames: set[str]) -> dict[str, str]:
    """By username, what the person is called on pages; with the username where two share it."""
    people = list(User.objects.filter(username__in=usernames))
    shared = Counter(person.display_name for person in people)
    return {
        person.get_username(): person.display_name
        if shared[person.display_name] == 1
        else f"{person.display_name} ({person.get_username()})"
        for person in people
    }
