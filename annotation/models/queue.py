from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign
from annotation.models.pairs import Pair


class Strategy(models.TextChoices):
    RANDOM = "random", "Drawn at random"
    UNCERTAINTY = "uncertainty", "The model was unsure"


class QueueGeneration(models.Model):
    """One ranking of a campaign's pool. Re-ranking writes a new one and switches to it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="generations")
    number = models.PositiveIntegerField()
    run = models.ForeignKey(
        "annotation.TrainingRun", null=True, on_delete=models.PROTECT, related_name="generations"
    )
    size = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="generation_number_once")
        ]


class QueueItem(models.Model):
    """A place in the queue: narrow, rewritten whole at each re-ranking."""

    generation = models.ForeignKey(
        QueueGeneration, on_delete=models.CASCADE, related_name="items", db_index=False
    )
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveIntegerField()
    # Labels still wanted, less the leases that are out: what may be handed to someone now.
    slots = models.SmallIntegerField()
    strategy = models.CharField(max_length=16, choices=Strategy)
    score = models.FloatField(null=True)
    languages = ArrayField(models.CharField(max_length=16), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["generation", "pair"], name="queue_pair_once"),
            models.CheckConstraint(condition=Q(slots__gte=0), name="queue_slots_not_negative"),
            models.CheckConstraint(
                condition=Q(strategy__in=Strategy.values), name="queue_strategy_known"
            ),
        ]
        indexes = [
            # The claim walks this in order; an item that nobody may be handed is not in it.
            models.Index(
                fields=["generation", "rank"], condition=Q(slots__gt=0), name="queue_ready"
            ),
        ]
