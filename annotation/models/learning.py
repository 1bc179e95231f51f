"""What a campaign teaches before it serves: practice with feedback, then a qualification.

None of this is a label: an answer here stays here, and counts for nothing but what it is for and
the hours of the person who gave it.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotation.models.campaigns import Campaign
from annotation.models.labels import DAY_SECONDS, MAX_COMMENT, Verdict
from annotation.models.pairs import Pair
from annotation.models.policy import ReasonCode

MAX_EXPLANATION = 2_000


class Round(models.TextChoices):
    PRACTICE = "practice", _("Practice")
    QUALIFICATION = "qualification", _("Qualification")


def _round_is_known(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(round__in=Round.values), name=name)


def _seconds_in_a_day(field: str, name: str) -> models.CheckConstraint:
    within = Q(**{f"{field}__gte": 0, f"{field}__lte": DAY_SECONDS})
    return models.CheckConstraint(condition=within, name=name)


class LearningPair(models.Model):
    """A pair with the policy's answer, and why. It is in one round only: the answer of a practice
    pair has been told. While it stands here, nobody is served it as a real pair."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="learning_pairs", db_index=False
    )
    round = models.CharField(max_length=13, choices=Round)
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField(help_text=_("The lowest comes first."))
    verdicts = ArrayField(
        models.CharField(max_length=12, choices=Verdict),
        help_text=_("The policy’s answer first, then others that count as right too."),
    )
    reasons = ArrayField(
        models.CharField(max_length=32, choices=ReasonCode), default=list, blank=True
    )
    explanation = models.TextField(
        max_length=MAX_EXPLANATION,
        help_text=_("Why, in the words that people read afterwards."),
    )
    in_use = models.BooleanField(default=True, help_text=_("Off: not asked in any new attempt."))
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "pair"], name="learning_pair_once"),
            _round_is_known("learning_pair_round_known"),
            models.CheckConstraint(
                condition=Q(verdicts__len__gte=1, verdicts__contained_by=Verdict.values),
                name="learning_pair_verdicts_known",
            ),
            models.CheckConstraint(
                condition=Q(reasons__contained_by=ReasonCode.values),
                name="learning_pair_reasons_known",
            ),
            models.CheckConstraint(
                condition=Q(verdicts__contains=[Verdict.SIMILAR], reasons__len__gte=1)
                | (~Q(verdicts__contains=[Verdict.SIMILAR]) & Q(reasons=[])),
                name="learning_pair_reasons_if_similar",
            ),
            models.CheckConstraint(condition=~Q(explanation=""), name="learning_pair_explained"),
        ]

    def __str__(self) -> str:
        return f"{self.pair} ({self.get_round_display()})"

    @property
    def verdict(self) -> str:
        return self.verdicts[0]

    @property
    def also_right(self) -> list[str]:
        return self.verdicts[1:]


class LearningAttempt(models.Model):
    """One person's way through one round. `passed` opens the campaign to them: of a practice when
    it is finished, of a qualification by the mark that held when it was."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="learning_attempts", db_index=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="learning_attempts"
    )
    round = models.CharField(max_length=13, choices=Round)
    number = models.PositiveSmallIntegerField()
    pass_mark = models.FloatField(help_text=_("Share of right answers that passes."))
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    right = models.PositiveSmallIntegerField(null=True)
    total = models.PositiveSmallIntegerField()
    passed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "person", "round", "number"], name="learning_attempt_once"
            ),
            models.UniqueConstraint(
                fields=["campaign", "person", "round"],
                condition=Q(finished_at=None),
                name="learning_attempt_one_open",
            ),
            _round_is_known("learning_attempt_round_known"),
            models.CheckConstraint(
                condition=Q(finished_at=None, right=None, passed=False)
                | Q(finished_at__isnull=False, right__isnull=False),
                name="learning_attempt_result_when_finished",
            ),
            models.CheckConstraint(
                condition=Q(right=None) | Q(right__lte=F("total")), name="learning_attempt_right"
            ),
            models.CheckConstraint(condition=Q(total__gte=1), name="learning_attempt_has_pairs"),
        ]
        indexes = [
            # What every claim of a campaign asks that requires this.
            models.Index(
                fields=["person", "campaign"], condition=Q(passed=True), name="learning_passed"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_round_display()} {self.number} of {self.person}"

    @property
    def score(self) -> float | None:
        return None if self.right is None else self.right / self.total


class LearningTask(models.Model):
    """A pair of an attempt, drawn when it began, so that coming back finds the same order."""

    attempt = models.ForeignKey(
        LearningAttempt, on_delete=models.PROTECT, related_name="tasks", db_index=False
    )
    key = models.ForeignKey(LearningPair, on_delete=models.PROTECT, related_name="tasks")
    position = models.PositiveSmallIntegerField()
    shown_at = models.DateTimeField(null=True)
    # When the feedback was left for the next pair: until then, coming back shows it again.
    read_at = models.DateTimeField(null=True)
    reading_seconds = models.FloatField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="learning_task_place"),
            models.UniqueConstraint(fields=["attempt", "key"], name="learning_task_pair_once"),
            _seconds_in_a_day("reading_seconds", "learning_task_seconds_in_a_day"),
        ]


class LearningAnswer(models.Model):
    """The one answer to a task. Append-only, by a trigger. `right` is by the key as it was then."""

    task = models.OneToOneField(LearningTask, on_delete=models.PROTECT, related_name="answer")
    verdict = models.CharField(max_length=12, choices=Verdict)
    reasons = ArrayField(models.CharField(max_length=32, choices=ReasonCode), default=list)
    comment = models.TextField(max_length=MAX_COMMENT, blank=True)
    flagged = models.BooleanField(default=False)
    seconds = models.FloatField(help_text=_("Time from seeing the pair to answering, as measured."))
    right = models.BooleanField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="learning_answer_verdict_known"
            ),
            models.CheckConstraint(
                condition=Q(reasons__contained_by=ReasonCode.values),
                name="learning_answer_reasons_known",
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.SIMILAR, reasons__len__gte=1)
                | (~Q(verdict=Verdict.SIMILAR) & Q(reasons=[])),
                name="learning_answer_reasons_if_similar",
            ),
            _seconds_in_a_day("seconds", "learning_answer_seconds_in_a_day"),
        ]


class Waiver(models.Model):
    """That a coordinator waved somebody through, and perhaps took it back."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="waivers", db_index=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="waivers", db_index=False
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "campaign"],
                condition=Q(taken_back_at=None),
                name="waiver_one_in_force",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at=None, taken_back_by=None)
                | Q(taken_back_at__isnull=False, taken_back_by__isnull=False),
                name="waiver_taken_back_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} waved through by {self.by}"


class ExtraAttempt(models.Model):
    """One more attempt at a qualification than the campaign allows."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="extra_attempts", db_index=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["campaign", "person"], name="extra_attempts")]
