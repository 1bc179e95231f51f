from dataclasses import dataclass

from django.db.models import Count, Q, Sum, Value
from django.db.models.functions import Least
from django.utils import timezone

from annotation.models import Campaign, Label, User
from annotation.models.labels import COUNTED_SECONDS
from annotation.queries.learning import time_learning
from annotation.queries.training_set import current_label_count

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


def queue_status(campaign: Campaign) -> dict[str, object]:
    """What is served now: the queue's number, the run that ranked it, pairs ready and labels."""
    generation = campaign.generation
    ready = generation.items.filter(slots__gt=0) if generation else None
    return {
        "campaign": campaign.slug,
        "generation": generation.number if generation else 0,
        "run": generation.run_id if generation else None,
        "ready": ready.count() if ready is not None else 0,
        "by_strategy": dict(
            ready.order_by().values_list("strategy").annotate(n=Count("rank"))
            if ready is not None
            else []
        ),
        "labels": current_label_count(campaign),
    }
