import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotation.models.assignments import Assignment
from annotation.models.campaigns import Campaign
from annotation.models.pairs import Pair
from annotation.models.policy import Policy, ReasonCode
from annotation.models.queue import Strategy

MAX_COMMENT = 2000
# What one answer adds to anybody's hours, at most: a page that was left open is not work.
COUNTED_SECONDS = 900
DAY_SECONDS = 86_400


class Verdict(models.TextChoices):
    SIMILAR = "similar", _("Similar")
    NOT_SIMILAR = "not_similar", _("Not similar")
    UNSURE = "unsure", _("Unsure")


class LabelQuerySet(models.QuerySet["Label"]):
    def current(self) -> "LabelQuerySet":
        """Only the labels that no later one supersedes."""
        return self.filter(~Exists(Label.objects.filter(supersedes=OuterRef("pk"))))


class Label(models.Model):
    """One judgement. Append-only: a trigger refuses to change or delete a row."""

    submission = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="labels")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="labels")
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="labels")
    assistant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="labels", db_index=False
    )
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="labels")
    verdict = models.CharField(max_length=12, choices=Verdict)
    reasons = ArrayField(models.CharField(max_length=32, choices=ReasonCode), default=list)
    comment = models.TextField(max_length=MAX_COMMENT, blank=True)
    flagged = models.BooleanField(
        default=False, help_text=_("Disturbing, hateful or misinformation")
    )
    seconds = models.FloatField(help_text=_("Time from seeing the pair to answering, as measured."))
    strategy = models.CharField(max_length=16, choices=Strategy)
    run = models.ForeignKey(
        "annotation.TrainingRun", null=True, on_delete=models.PROTECT, related_name="labels"
    )
    score = models.FloatField(null=True)
    late = models.BooleanField(default=False, help_text=_("Came after its lease had run out."))
    marked_shared = models.BooleanField(
        db_default=False,
        help_text=_("Words that both videos share were marked on the page: it may prime."),
    )
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = LabelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(supersedes=None), name="label_first_once"
            ),
            models.UniqueConstraint(fields=["id", "assignment"], name="label_identity"),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="label_verdict_known"
            ),
            models.CheckConstraint(
                condition=Q(reasons__contained_by=ReasonCode.values), name="label_reasons_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.SIMILAR, reasons__len__gte=1)
                | (~Q(verdict=Verdict.SIMILAR) & Q(reasons=[])),
                name="label_reasons_if_similar",
            ),
            models.CheckConstraint(
                condition=Q(seconds__gte=0, seconds__lte=DAY_SECONDS), name="label_seconds_in_a_day"
            ),
            models.CheckConstraint(
                condition=Q(strategy__in=Strategy.values), name="label_strategy_known"
            ),
        ]
        indexes = [
            models.Index(fields=["assistant", "-id"], name="label_history"),
            models.Index(fields=["campaign", "created_at"], name="label_by_day"),
        ]
