from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

MAX_SUPPORT = 20_000


class SupportText(models.Model):
    """One version of the page of support resources. The latest is shown; the others are kept."""

    body = models.TextField(_("text"), max_length=MAX_SUPPORT, help_text="Markdown")
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(body=""), name="support_text_not_empty")]
