from dataclasses import dataclass

from django.db.models import Count, Q, Sum, Value
from django.db.models.functions import Least
from django.utils import timezone

from annotation.models import Label, User
from annotation.models.labels import COUNTED_SECONDS
from annotation.queries.learning import time_learning

# A page that was left open is not work: so much of the time of one answer counts.
COUNTED = Least("seconds", Value(float(COUNTED_SECONDS)))


@dataclass(frozen=True, slots=True)
class OwnProgress:
    today: int
    total: int
    spent: float
    spent_today: float

    @property
    def hours(self) -> float:
        return self.spent / 3600


def own_progress(person: User) -> OwnProgress:
    """One person's own pairs, and seconds as the pages measured them: those on pairs of practice
    and qualification are work too."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    figures = Label.objects.filter(assistant=person).aggregate(
        today=Count("id", filter=Q(supersedes=None, created_at__gte=midnight)),
        total=Count("id", filter=Q(supersedes=None)),
        spent=Sum(COUNTED, default=0.0),
        spent_today=Sum(COUNTED, filter=Q(created_at__gte=midnight), default=0.0),
    )
    learning, learning_today = time_learning(person=person, since=midnight)
    figures["spent"] += learning
    figures["spent_today"] += learning_today
    return OwnProgress(**figures)
