import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotation.models.campaigns import Campaign
from annotation.models.pairs import Pair
from annotation.models.policy import Policy
from annotation.models.queue import Strategy

# What may pass, so that the same person may be asked again; the others never are.
PASSING = ("gone", "other")


class Assignment(models.Model):
    """One pair handed to one person: a lease, then a label, a skip or an expiry."""

    class State(models.TextChoices):
        LEASED = "leased", "Leased"
        LABELLED = "labelled", "Labelled"
        SKIPPED = "skipped", "Skipped"
        EXPIRED = "expired", "Expired"

    class SkipReason(models.TextChoices):
        """Why a pair was handed back. Whoever would rather not do one need not say so: that is
        no reason, and nothing is kept of it."""

        UNREADABLE = "unreadable", _("I can’t read it")
        GONE = "gone", _("It doesn’t load, or is gone")
        CONFLICT = "conflict", _("I know these people, or have a conflict")
        OTHER = "other", _("Something else")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="assignments", db_index=False
    )
    # Found by campaign and pair (see below); an index by pair alone would cost every claim.
    pair = models.ForeignKey(
        Pair, on_delete=models.PROTECT, related_name="assignments", db_index=False
    )
    assistant = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="assignments",
        db_index=False,
    )
    # As it was when the pair was handed out: the version that the person had beside it.
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=State, default=State.LEASED)
    strategy = models.CharField(max_length=16, choices=Strategy)
    run = models.ForeignKey(
        "annotation.TrainingRun",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    score = models.FloatField(null=True)
    served_at = models.DateTimeField(db_default=Now())
    lease_expires_at = models.DateTimeField()
    # When the state was set last: a switch of the queue counts anew what changed meanwhile.
    changed_at = models.DateTimeField(db_default=Now())
    # Shown to nobody by person; null where none was given.
    skip_reason = models.CharField(max_length=12, choices=SkipReason, null=True)  # noqa: DJ001
    # Whoever answered this known pair was told the answer, so that theirs stays as it was.
    answer_told = models.BooleanField(default=False, db_default=False)
    # From when a skipped pair may be handed to the same person again; null: never.
    comes_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "pair", "assistant"], name="assignment_once_a_person"
            ),
            # What a label's composite foreign key points at (see the migration).
            models.UniqueConstraint(
                fields=["id", "campaign", "pair", "assistant"], name="assignment_identity"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["leased", "labelled", "skipped", "expired"]),
                name="assignment_state_known",
            ),
            models.CheckConstraint(
                condition=Q(skip_reason__in=["unreadable", "gone", "conflict", "other"]),
                name="assignment_skip_reason_known",
            ),
            # Whatever the rule of the campaign: nobody is asked again what they cannot judge.
            models.CheckConstraint(
                condition=Q(comes_back_at=None)
                | Q(skip_reason__isnull=False, skip_reason__in=PASSING),
                name="assignment_comes_back_if_it_may",
            ),
        ]
        indexes = [
            # Which leases have run out, and which a person still holds.
            models.Index(
                fields=["campaign", "lease_expires_at"],
                condition=Q(state="leased"),
                name="assignment_leases",
            ),
            models.Index(
                fields=["assistant", "served_at"],
                condition=Q(state="leased"),
                name="assignment_held",
            ),
            models.Index(fields=["campaign", "changed_at"], name="assignment_changed"),
            # Few rows: what is counted by pair for coordinators.
            models.Index(
                fields=["campaign", "pair"],
                condition=Q(state="skipped", skip_reason__isnull=False),
                name="assignment_skip_reasons",
            ),
            # How many pairs a person was handed: which of the next are known ones, or repeats.
            models.Index(fields=["assistant", "campaign"], name="assignment_of_person"),
        ]
