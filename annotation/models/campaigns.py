from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from annotation.models.pairs import Pair
from annotation.models.policy import Policy


class Campaign(models.Model):
    class State(models.TextChoices):
        OPEN = "open", "Open"
        PAUSED = "paused", "Paused"
        CLOSED = "closed", "Closed"

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, unique=True)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="campaigns")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    priority = models.SmallIntegerField(default=0, help_text="The highest is served first.")
    languages = ArrayField(
        models.CharField(max_length=16), default=list, blank=True, help_text="Empty: all."
    )
    labels_per_pair = models.PositiveSmallIntegerField(default=1)
    random_share = models.FloatField(
        default=0.2,
        help_text="Share of the queue drawn at random. It feeds every evaluation figure.",
    )
    queue_size = models.PositiveIntegerField(default=10_000)
    lease_seconds = models.PositiveIntegerField(default=1800)
    retrain_every = models.PositiveIntegerField(
        default=200, help_text="New labels after which a run starts by itself. 0: never."
    )
    retrain_recipe = models.CharField(max_length=16, default="basic")
    time_budget_s = models.PositiveIntegerField(
        default=900, help_text="Seconds a training run may take."
    )
    generation = models.ForeignKey(
        "annotation.QueueGeneration",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        help_text="The queue that is served now.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-priority", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "paused", "closed"]), name="campaign_state_known"
            ),
            models.CheckConstraint(
                condition=Q(labels_per_pair__gte=1, labels_per_pair__lte=20),
                name="campaign_labels_per_pair_1_to_20",
            ),
            models.CheckConstraint(
                condition=Q(random_share__gte=0, random_share__lte=1),
                name="campaign_random_share_0_to_1",
            ),
            models.CheckConstraint(
                condition=Q(lease_seconds__gte=1), name="campaign_lease_positive"
            ),
            models.CheckConstraint(
                condition=Q(retrain_recipe__in=["basic", "unified"]), name="campaign_recipe_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PoolPair(models.Model):
    """A pair of the corpus that this campaign may serve."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="pool")
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "pair"], name="pool_pair_once")]
