from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotation.models.campaigns import Campaign
from annotation.models.pairs import Pair


class Strategy(models.TextChoices):
    RANDOM = "random", _("Drawn at random")
    UNCERTAINTY = "uncertainty", _("The model was unsure")
    RELABEL = "relabel", _("Another opinion on a labelled pair")
    GOLD = "gold", _("A pair whose answer is known")
    REPEAT = "repeat", _("A pair that the person judged before")


class QueueGeneration(models.Model):
    """One ranking of a campaign's pool. Re-ranking writes a new one and switches to it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="generations")
    number = models.PositiveIntegerField()
    run = models.ForeignKey(
        "annotation.TrainingRun", null=True, on_delete=models.PROTECT, related_name="generations"
    )
    size = models.PositiveIntegerField(default=0)
    # What writing it took, rests not counted: the next ranking can tell how long it may rest.
    work_s = models.FloatField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="generation_number_once")
        ]


class QueueItem(models.Model):
    """A place in the queue: narrow, and written whole at each ranking.

    The table is partitioned by generation, and a generation that is no longer served is dropped
    with its partition: nothing is deleted row by row, so nothing is left for VACUUM. There are no
    foreign keys, since to drop a table that has one locks the table it points to; the pairs come
    from the pool and go to assignments, which both have theirs.
    """

    pk = models.CompositePrimaryKey("generation_id", "rank")
    generation = models.ForeignKey(
        QueueGeneration,
        on_delete=models.DO_NOTHING,
        related_name="items",
        db_index=False,
        db_constraint=False,
    )
    rank = models.PositiveIntegerField()
    pair = models.ForeignKey(
        Pair, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    wanted = models.SmallIntegerField()
    # Labels still wanted, less the leases that are out: what may be handed to someone now.
    slots = models.SmallIntegerField()
    strategy = models.CharField(max_length=16, choices=Strategy)
    score = models.FloatField(null=True)
    # The languages of both videos, sorted and joined by commas (see annotation/lanes.py).
    lane = models.CharField(max_length=40)
    # The topics of both videos, one bit each (see `Topic.bit`).
    topics = models.BigIntegerField(db_default=0, default=0)
    # A hard pair waits a while for the people with the best record on its kind.
    routed_to = ArrayField(models.BigIntegerField(), null=True)
    routed_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["generation", "pair"], name="queue_pair_once"),
            models.CheckConstraint(condition=Q(slots__gte=0), name="queue_slots_not_negative"),
            models.CheckConstraint(
                condition=Q(slots__lte=F("wanted")), name="queue_slots_at_most_wanted"
            ),
            models.CheckConstraint(
                condition=Q(strategy__in=Strategy.values), name="queue_strategy_known"
            ),
        ]
        indexes = [
            # The claim walks one of these in order; what nobody may be handed is in neither.
            models.Index(fields=["rank"], condition=Q(slots__gt=0), name="queue_ready"),
            models.Index(
                fields=["lane", "rank"],
                condition=Q(slots__gt=0),
                name="queue_ready_by_lane",
            ),
        ]
