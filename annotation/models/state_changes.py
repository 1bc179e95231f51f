"""When a campaign was opened again, paused or closed, and by whom."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign


class StateChange(models.Model):
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="state_changes", db_index=False
    )
    state = models.CharField(max_length=8, choices=Campaign.State)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["campaign", "-id"], name="state_changes_of_campaign")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=Campaign.State.values), name="state_change_state"
            )
        ]
