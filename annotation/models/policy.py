from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class ReasonCode(models.TextChoices):
    SIMILAR_SUBJECT = "similar_subject", _("Similar subject")
    SIMILAR_OPINION = "similar_opinion", _("Similar opinion")
    SAME_CONTROVERSY = "same_controversy", _("Same controversy")
    SAME_PERSONS = "same_persons", _("Same persons")
    SAME_UNDESIRABLE_CONTENT = "same_undesirable_content", _("Same type of undesirable content")
    OTHER = "other", _("Other")


class Policy(models.Model):
    """One version of the written policy. A version that labels refer to is never edited."""

    version = models.PositiveIntegerField(unique=True)
    title = models.CharField(max_length=200)
    body = models.TextField(help_text=_("Markdown"))
    changes = models.TextField(
        blank=True,
        help_text=_("Markdown: what is new since the version before; people read it first."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-version"]
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return gettext("%(title)s (version %(version)s)") % {
            "title": self.title,
            "version": self.version,
        }


class PolicyReading(models.Model):
    """That a person has seen this version: what is new was read, or it was their first."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="policy_readings"
    )
    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="readings")
    read_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "policy"], name="policy_read_once_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.policy} read by {self.person}"


class PolicyReason(models.Model):
    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="reasons")
    code = models.CharField(max_length=32, choices=ReasonCode)
    label = models.CharField(max_length=100)
    guidance = models.TextField()
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "code"], name="reason_once_a_policy"),
            models.UniqueConstraint(fields=["policy", "position"], name="reason_position_once"),
            models.CheckConstraint(
                condition=Q(code__in=ReasonCode.values), name="policy_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return self.label
