from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from annotation.models.campaigns import Campaign


class ReliabilityReport(models.Model):
    """When the figures on each person of a campaign were computed, and from what. Only the last
    ones are kept."""

    campaign = models.OneToOneField(
        Campaign, on_delete=models.CASCADE, primary_key=True, related_name="reliability"
    )
    computed_at = models.DateTimeField()
    last_label = models.BigIntegerField()
    last_repeat = models.BigIntegerField(default=0)
    # Known answers change without a label.
    gold_digest = models.CharField(max_length=32)


class PersonReliability(models.Model):
    """What can be said of one person: an entry of `modeling.agreement.reliability`."""

    report = models.ForeignKey(ReliabilityReport, on_delete=models.CASCADE, related_name="people")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reliability"
    )
    figures = models.JSONField(encoder=DjangoJSONEncoder)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "person"], name="reliability_once_a_person")
        ]
