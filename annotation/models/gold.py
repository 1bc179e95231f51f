from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign
from annotation.models.labels import Verdict
from annotation.models.pairs import Pair


class GoldAnswer(models.Model):
    """A pair of a campaign whose right answer is known: everybody may be asked it once."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="gold", db_index=False
    )
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=12, choices=Verdict)
    rationale = models.TextField(blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "pair"], name="gold_once_a_pair"),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="gold_verdict_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pair}: {self.get_verdict_display()}"
