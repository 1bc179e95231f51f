from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign
from annotation.models.pairs import Pair

LIKELY = 0.7


class Kind(models.TextChoices):
    """What a pair looks like to the model; people differ in what they are good at."""

    LIKELY = "likely", "probably similar"
    UNCLEAR = "unclear", "unclear"
    UNLIKELY = "unlikely", "probably not similar"

    @classmethod
    def of(cls, score: float | None) -> "Kind":
        if score is None or 1 - LIKELY < score < LIKELY:
            return cls.UNCLEAR
        return cls.LIKELY if score >= LIKELY else cls.UNLIKELY


class Demand(models.Model):
    """How many labels a pair wants, as its labels so far say; kept where the rule is adaptive."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="demand", db_index=False
    )
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="+", db_index=False)
    labels = models.PositiveSmallIntegerField(help_text="Labels that were looked at.")
    wanted = models.PositiveSmallIntegerField()
    posterior = models.FloatField(help_text="P(similar), given the labels and the model's word.")
    decided_at = models.DateTimeField(db_default=Now())
    # A hard pair waits until then for these people, who have the best record on its kind.
    routed_to = ArrayField(models.BigIntegerField(), null=True)
    routed_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "pair"], name="demand_once_a_pair"),
            models.CheckConstraint(
                condition=Q(routed_to=None, routed_until=None)
                | Q(routed_to__isnull=False, routed_until__isnull=False),
                name="demand_routed_until_some_time",
            ),
            models.CheckConstraint(
                condition=Q(wanted__gte=F("labels")), name="demand_at_least_what_is_there"
            ),
            models.CheckConstraint(
                condition=Q(posterior__gte=0, posterior__lte=1), name="demand_posterior_0_to_1"
            ),
        ]


class AnnotatorRecord(models.Model):
    """What is believed of one person's verdicts in one campaign: P(verdict | truth), shrunken
    towards everybody's (Dawid & Skene 1979). It weighs opinions; it is no grade."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="records", db_index=False
    )
    assistant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    labels = models.PositiveIntegerField()
    # Three shares each, of similar, not similar, unsure.
    if_similar = ArrayField(models.FloatField(), size=3)
    if_not_similar = ArrayField(models.FloatField(), size=3)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "assistant"], name="record_once_a_person"),
            models.CheckConstraint(
                condition=Q(if_similar__len=3, if_not_similar__len=3), name="record_of_three"
            ),
        ]


class Specialist(models.Model):
    """One of those with the best record on one kind of pair in one language, as last computed."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="specialists", db_index=False
    )
    lane = models.CharField(max_length=40)
    kind = models.CharField(max_length=16, choices=Kind)
    assistant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "lane", "kind", "assistant"], name="specialist_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="specialist_kind_known"),
        ]
