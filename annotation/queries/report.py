"""What an agreement report rests on: the labels up to the last one that it includes."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, Sum

from annotation.models import AgreementReport, Label, Policy, User, Verdict
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


def covered(*, report: AgreementReport) -> Covered | None:
    """None where the labels are no longer there."""
    labels = Label.objects.filter(campaign=report.campaign_id, pk__lte=report.last_label)
    corrected = Label.objects.filter(supersedes=OuterRef("pk"), pk__lte=report.last_label)
    found = labels.annotate(stands=~Exists(corrected)).aggregate(
        first=Min("created_at"),
        last=Max("created_at"),
        seconds=Sum(COUNTED, default=0.0),
        **{
            f"said_{verdict}": Count("pk", filter=Q(stands=True, verdict=verdict))
            for verdict in Verdict
        },
    )
    answers = {verdict.value: found.pop(f"said_{verdict}") for verdict in Verdict}
    if found["first"] is None:
        return None
    versions = labels.order_by().values("policy")
    policies = list(Policy.objects.filter(pk__in=versions).order_by("version"))
    return Covered(answers=answers, policies=policies, **found)


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
