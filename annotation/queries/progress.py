from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.utils import timezone

from annotation.models import Campaign, Label, User
from annotation.queries.training_set import current_label_count


@dataclass(frozen=True, slots=True)
class OwnProgress:
    today: int
    total: int
    hours: float


def own_progress(person: User) -> OwnProgress:
    """One person's own pairs, and hours from the time that the pages measured."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    figures = Label.objects.filter(assistant=person).aggregate(
        total=Count("id", filter=Q(supersedes=None)),
        today=Count("id", filter=Q(supersedes=None, created_at__gte=midnight)),
        seconds=Sum("seconds"),
    )
    return OwnProgress(figures["today"], figures["total"], (figures["seconds"] or 0) / 3600)


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
