"""What people, or people and a model together, hold a pair to be."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign
from annotation.models.labels import Verdict
from annotation.models.pairs import Pair
from annotation.models.policy import Policy, ReasonCode
from annotation.models.runs import TrainingRun

MAX_RATIONALE = 4000


class CrossValidation(models.Model):
    """That models like a run's judged the labelled pairs, each without having seen its labels."""

    run = models.OneToOneField(
        TrainingRun, primary_key=True, on_delete=models.CASCADE, related_name="cross_validation"
    )
    pairs = models.PositiveIntegerField(help_text="0: a class had too few to leave some out.")
    finished_at = models.DateTimeField(db_default=Now())


class OutOfSample(models.Model):
    """What models like a run's say of a pair when its labels are kept from them."""

    run = models.ForeignKey(
        TrainingRun, on_delete=models.CASCADE, related_name="out_of_sample", db_index=False
    )
    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="+", db_index=False)
    probability = models.FloatField()
    leverage = models.FloatField(help_text="How far the pair's label can pull a model.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "pair"], name="out_of_sample_once"),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1)
                & Q(leverage__gte=0, leverage__lte=1),
                name="out_of_sample_0_to_1",
            ),
        ]


class ConsensusState(models.Model):
    """What the consensus of a campaign was last computed from."""

    campaign = models.OneToOneField(
        Campaign, primary_key=True, on_delete=models.CASCADE, related_name="consensus_state"
    )
    asked = models.CharField(max_length=12, help_text="The method that the campaign asks for.")
    method = models.CharField(max_length=12, help_text="The one that was used.")
    last_label = models.BigIntegerField()
    labels = models.PositiveIntegerField()
    run = models.ForeignKey(TrainingRun, null=True, on_delete=models.SET_NULL, related_name="+")
    cross_validated = models.PositiveIntegerField(help_text="Pairs with a model's unswayed word.")
    twins = models.CharField(
        max_length=32,
        db_default="",
        help_text="Differs where the groups do through which labels count; empty: through none.",
    )
    computed_at = models.DateTimeField(db_default=Now())


class PairConsensus(models.Model):
    """P(similar) of a labelled pair by its people alone, and with the model as one more witness.

    Only the first may judge a model; of held-out pairs there is no other.
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="consensus", db_index=False
    )
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="+")
    labels = models.PositiveSmallIntegerField()
    votes_similar = models.PositiveSmallIntegerField()
    votes_not_similar = models.PositiveSmallIntegerField()
    votes_unsure = models.PositiveSmallIntegerField()
    contrast = models.PositiveSmallIntegerField(
        help_text="2: similar against not similar; 1: against unsure; 0: all say the same."
    )
    split_reasons = models.PositiveSmallIntegerField(
        help_text="A bit a reason that some of those who say similar give and others do not."
    )
    judged = models.BooleanField(help_text="Has labels of its own, not only those of a twin.")
    at_random = models.BooleanField(help_text="Drawn at random for one of its labels at least.")
    first_at = models.DateTimeField(help_text="When its first label came.")
    posterior = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    model = models.FloatField(null=True, help_text="The word of a model that had not seen them.")
    with_model = models.FloatField(null=True)
    with_model_low = models.FloatField(null=True)
    with_model_high = models.FloatField(null=True)
    importance = models.FloatField(help_text="How much a decision would settle: 0 to 3.")
    disputed = models.BooleanField(help_text="Whether somebody had better decide, and nobody has.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "pair"], name="consensus_once_a_pair"),
            models.CheckConstraint(
                condition=Q(
                    labels=F("votes_similar") + F("votes_not_similar") + F("votes_unsure"),
                    labels__gte=1,
                ),
                name="consensus_of_all_its_labels",
            ),
            models.CheckConstraint(
                condition=Q(low__gte=0, high__lte=1, low__lte=F("posterior"))
                & Q(high__gte=F("posterior")),
                name="consensus_within_its_interval",
            ),
            models.CheckConstraint(
                condition=Q(model=None, with_model=None, with_model_low=None, with_model_high=None)
                | Q(
                    model__isnull=False,
                    with_model__isnull=False,
                    with_model_low__isnull=False,
                    with_model_high__isnull=False,
                    model__gte=0,
                    model__lte=1,
                    with_model_low__gte=0,
                    with_model_high__lte=1,
                    with_model_low__lte=F("with_model"),
                    with_model_high__gte=F("with_model"),
                ),
                name="consensus_with_a_model_or_without",
            ),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "-contrast", "-labels", "pair"],
                condition=Q(contrast__gt=0, judged=True),
                name="consensus_contrast",
            ),
            models.Index(
                fields=["campaign", "-contrast", "-labels", "pair"],
                condition=Q(split_reasons__gt=0, judged=True),
                name="consensus_split_reasons",
            ),
            models.Index(
                fields=["campaign", "-importance", "pair"],
                condition=Q(disputed=True),
                name="consensus_disputed",
            ),
        ]


class AdjudicationQuerySet(models.QuerySet["Adjudication"]):
    def standing(self) -> "AdjudicationQuerySet":
        """Only what was decided last and not opened again."""
        return self.filter(superseded_by=None, verdict__isnull=False)


class Adjudication(models.Model):
    """What somebody decided a pair to be, and why; without a verdict it is open again.

    Append-only, by a trigger: the one that no later one supersedes counts.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="adjudications")
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="adjudications")
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=12, choices=Verdict, null=True)  # noqa: DJ001
    reasons = ArrayField(models.CharField(max_length=32, choices=ReasonCode), default=list)
    rationale = models.TextField(max_length=MAX_RATIONALE)
    policy_example = models.BooleanField(
        db_default=False, help_text="Worth a place among the policy's examples."
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(db_default=Now())
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )

    objects = AdjudicationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "pair"],
                condition=Q(supersedes=None),
                name="adjudication_first_once",
            ),
            models.UniqueConstraint(
                fields=["id", "campaign", "pair"], name="adjudication_identity"
            ),
            models.CheckConstraint(
                condition=Q(verdict=None) | Q(verdict__in=Verdict.values),
                name="adjudication_verdict_known",
            ),
            models.CheckConstraint(
                condition=Q(reasons__contained_by=ReasonCode.values),
                name="adjudication_reasons_known",
            ),
            models.CheckConstraint(
                condition=Q(verdict__isnull=False, verdict=Verdict.SIMILAR, reasons__len__gte=1)
                | Q(reasons=[]) & (Q(verdict=None) | ~Q(verdict=Verdict.SIMILAR)),
                name="adjudication_reasons_if_similar",
            ),
            models.CheckConstraint(condition=~Q(rationale=""), name="adjudication_has_a_rationale"),
        ]

    def __str__(self) -> str:
        return f"{self.pair}: {self.get_verdict_display() or 'open again'}"
