from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign


class AgreementReport(models.Model):
    """Agreement figures as computed at one moment, with the last label they include."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="reports")
    computed_at = models.DateTimeField(db_default=Now())
    last_label = models.BigIntegerField()
    figures = models.JSONField(encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["campaign", "-id"], name="report_latest")]
