from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotation.models.campaigns import Campaign

MAX_CONTEST = 4000


class Contest(models.Model):
    """What somebody says against a figure about themself, and what a coordinator answers."""

    class Figure(models.TextChoices):
        CONSENSUS = "consensus", _("Agreement with the others")
        GOLD = "gold", _("Agreement with known answers")
        REPEATS = "repeats", _("Agreement with your own earlier answers")
        CONFUSION = "confusion", _("Your answers beside those of the others")
        WEEKS = "weeks", _("Agreement over the weeks")
        RECORD = "record", _("What the software expects of your answers")
        OTHER = "other", _("Something else that is kept about you")

    class State(models.TextChoices):
        OPEN = "open", _("Waits for an answer")
        ANSWERED = "answered", _("Answered")
        ACCEPTED = "accepted", _("Accepted")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="contests"
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="contests", db_index=False
    )
    figure = models.CharField(max_length=10, choices=Figure)
    # The figure as it was then; null where there was none.
    shown = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    text = models.TextField(max_length=MAX_CONTEST)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    reply = models.TextField(max_length=MAX_CONTEST, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    figure__in=[
                        "consensus",
                        "gold",
                        "repeats",
                        "confusion",
                        "weeks",
                        "record",
                        "other",
                    ]
                ),
                name="contest_figure_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "answered", "accepted"]), name="contest_state_known"
            ),
            models.CheckConstraint(condition=Q(text__regex=r"\S"), name="contest_text_not_empty"),
            models.CheckConstraint(
                condition=Q(state="open", answered_by=None, answered_at=None, reply="")
                | Q(
                    ~Q(state="open"),
                    answered_by__isnull=False,
                    answered_at__isnull=False,
                    reply__regex=r"\S",
                ),
                name="contest_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("person")),
                name="contest_not_answered_by_oneself",
            ),
            # A second press makes no second one.
            models.UniqueConstraint(
                fields=["campaign", "person", "figure"],
                condition=Q(state="open"),
                name="contest_open_once_a_figure",
            ),
        ]
        indexes = [models.Index(fields=["campaign", "-id"], name="contest_latest")]
