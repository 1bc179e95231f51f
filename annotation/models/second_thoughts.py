"""Labels that may be slips, and asking their authors to look at them again."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign
from annotation.models.labels import Label

MAX_NOTE = 1000


class LabelDoubt(models.Model):
    """Derived: a label that consensus and a model that had not seen it both doubt."""

    label = models.OneToOneField(
        Label, primary_key=True, on_delete=models.CASCADE, related_name="doubt"
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="doubts", db_index=False
    )
    quality = models.FloatField(help_text="P(the label is right), by people and model together.")

    class Meta:
        indexes = [models.Index(fields=["campaign", "quality", "label"], name="doubt_in_order")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quality__gte=0, quality__lte=1), name="doubt_quality_0_to_1"
            )
        ]


class LookAgain(models.Model):
    """A coordinator's request to look at an answer once more. It is answered by changing the
    label, or by saying that it is right."""

    label = models.OneToOneField(Label, on_delete=models.PROTECT, related_name="look_again")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(max_length=MAX_NOTE, blank=True)
    asked_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True, help_text="The answer is right as it is.")

    class Meta:
        ordering = ["-id"]
