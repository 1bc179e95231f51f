from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.models.campaigns import Campaign
from annotation.models.pairs import Pair


class TrainingRun(models.Model):
    """The truth about a training; a Celery message only points to it."""

    class Recipe(models.TextChoices):
        BASIC = "basic", _("Basic (embeddings, seconds)")
        UNIFIED = "unified", _("Unified (cross-encoders, longer)")
        UNIFIED_V2 = "unified-v2", _("Unified, second version (experimental)")
        AUTO = "auto", _("Whichever validates best")

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Training")
        EVALUATING = "evaluating", _("Evaluating and ranking")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Trigger(models.TextChoices):
        ADMIN = "admin", _("Admin")
        SCHEDULE = "schedule", _("Enough new labels")
        COMMAND = "command", _("Command line")
        API = "api", _("API")

    WAITING = [Status.REQUESTED, Status.QUEUED]
    WORKING = [Status.RUNNING, Status.EVALUATING]
    ACTIVE = [*WAITING, *WORKING]

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="runs")
    recipe = models.CharField(max_length=16, choices=Recipe)
    status = models.CharField(max_length=12, choices=Status, default=Status.REQUESTED)
    trigger = models.CharField(max_length=12, choices=Trigger)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField(db_default=Now())
    queued_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=200, blank=True)
    progress = models.FloatField(default=0)
    message = models.CharField(max_length=300, blank=True)
    cancel_requested = models.BooleanField(default=False)
    time_budget_s = models.PositiveIntegerField(default=900)
    encoder = models.CharField(max_length=300, blank=True)
    data_hash = models.CharField(max_length=64, blank=True)
    label_count = models.PositiveIntegerField(default=0)
    code_version = models.CharField(max_length=64, blank=True)
    metrics = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    artefact = models.CharField(max_length=500, blank=True)
    artefact_sha256 = models.CharField(max_length=64, blank=True)
    artefact_removed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("Since then the files of its model are gone; it cannot be served any more."),
    )
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "requested",
                        "queued",
                        "running",
                        "evaluating",
                        "succeeded",
                        "failed",
                        "cancelled",
                    ]
                ),
                name="run_status_known",
            ),
            models.CheckConstraint(
                condition=Q(recipe__in=["basic", "unified", "unified-v2", "auto"]),
                name="run_recipe_known",
            ),
            models.CheckConstraint(
                condition=Q(progress__gte=0, progress__lte=1), name="run_progress_0_to_1"
            ),
            models.CheckConstraint(
                condition=~Q(status="succeeded") | ~Q(artefact=""), name="run_succeeded_has_model"
            ),
            # That no promoted model is removed, and no removed one promoted, a trigger sees to.
            models.CheckConstraint(
                condition=Q(artefact_removed_at=None)
                | (~Q(artefact="") & Q(status__in=["succeeded", "failed", "cancelled"])),
                name="run_removed_model_ended",
            ),
            # One at a time: a second press of the button finds the first run.
            models.UniqueConstraint(
                fields=["campaign", "recipe"],
                condition=Q(status__in=["requested", "queued", "running", "evaluating"]),
                name="run_active_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["status", "heartbeat_at"],
                condition=Q(status__in=["requested", "queued", "running", "evaluating"]),
                name="run_active",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Run %(number)s (%(recipe)s)") % {"number": self.pk, "recipe": self.recipe}

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE


class RunEvent(models.Model):
    run = models.ForeignKey(TrainingRun, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(db_default=Now())
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ["id"]


class Promotion(models.Model):
    """Which run's model is served from then on. Rolling back is one more row."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="promotions")
    run = models.ForeignKey(TrainingRun, on_delete=models.PROTECT, related_name="promotions")
    promoted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["campaign", "-id"], name="promotion_latest")]


class Prediction(models.Model):
    run = models.ForeignKey(
        TrainingRun, on_delete=models.CASCADE, related_name="predictions", db_index=False
    )
    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="+", db_index=False)
    probability = models.FloatField()
    logit = models.FloatField()
    variant = models.CharField(max_length=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "pair"], name="prediction_once"),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1),
                name="prediction_probability_0_to_1",
            ),
            models.CheckConstraint(
                condition=Q(variant__in=["nt", "wt"]), name="prediction_variant_known"
            ),
        ]
