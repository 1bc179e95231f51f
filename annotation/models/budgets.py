from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from annotation.models.campaigns import Campaign

MOST = 1_000_000


class Budget(models.Model):
    """How much work a campaign may ask for: in pairs handed out or in hours, by day or in all."""

    class Scope(models.TextChoices):
        CAMPAIGN = "campaign", _("Everybody together")
        PERSON = "person", _("Each person")

    class Period(models.TextChoices):
        DAY = "day", _("a day")
        TOTAL = "total", _("in all")

    class Unit(models.TextChoices):
        PAIRS = "pairs", _("pairs")
        HOURS = "hours", _("hours")

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="budgets", db_index=False
    )
    scope = models.CharField(max_length=8, choices=Scope)
    amount = models.FloatField()
    unit = models.CharField(max_length=8, choices=Unit)
    period = models.CharField(max_length=8, choices=Period)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "scope", "unit", "period"], name="budget_once"
            ),
            # NaN is above every number for Postgres.
            models.CheckConstraint(
                condition=Q(amount__gte=0, amount__lte=MOST),
                name="budget_amount_known",
                violation_error_message=_("Give a number from 0 to a million."),
            ),
            models.CheckConstraint(
                condition=Q(
                    scope__in=["campaign", "person"],
                    unit__in=["pairs", "hours"],
                    period__in=["day", "total"],
                ),
                name="budget_kinds_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} {self.in_words}"

    @property
    def in_words(self) -> str:
        """ "30 pairs a day"."""
        amount = number_format(f"{self.amount:g}", force_grouping=True)
        return f"{amount} {self.get_unit_display()} {self.get_period_display()}"


class BudgetUse(models.Model):
    """What one person used of a campaign's budgets on one day: a sum, kept as work is handed out
    and answered, in the same transactions, while the campaign has a budget."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="budget_use", db_index=False
    )
    assistant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    pairs = models.PositiveIntegerField(default=0, help_text="Out now or labelled.")
    seconds = models.FloatField(default=0, help_text="As the labels say.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "assistant", "day"], name="budget_use_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(pairs__gte=0, seconds__gte=0), name="budget_use_not_negative"
            ),
        ]
