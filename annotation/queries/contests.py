from collections.abc import Iterable

from django.db.models import Case, IntegerField, QuerySet, When

from annotation.models import Campaign, Contest, User

_OPEN_FIRST = Case(When(state=Contest.State.OPEN, then=0), default=1, output_field=IntegerField())


def contests_of(*, campaign: Campaign, person: User) -> QuerySet[Contest]:
    """What somebody contests, what waits for an answer first, then the latest."""
    contests = Contest.objects.filter(campaign=campaign, person=person)
    return contests.select_related("answered_by").order_by(_OPEN_FIRST, "-id")


def contested(*, campaign: Campaign, people: Iterable[int]) -> dict[int, dict[str, Contest]]:
    """The latest contest of each figure, by person."""
    found: dict[int, dict[str, Contest]] = {}
    for contest in Contest.objects.filter(campaign=campaign, person__in=people).order_by("id"):
        found.setdefault(contest.person_id, {})[contest.figure] = contest
    return found


def waiting_contests(*, campaign: Campaign) -> QuerySet[Contest]:
    """Those without an answer, the oldest first."""
    waiting = Contest.objects.filter(campaign=campaign, state=Contest.State.OPEN)
    return waiting.select_related("person").order_by("id")
