"""Practice and qualification: beginning, answering, reading what was said.

Right is a verdict that the key allows; the ways are shown in the feedback and not scored. Which
ways belong to a pair is a matter of degree on which careful people differ, and each may be
argued; the verdict is what the study counts.
"""

from collections import Counter
from hashlib import blake2b

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.lanes import lane_of, lanes_read_by
from annotation.models import (
    Campaign,
    LearningAnswer,
    LearningAttempt,
    LearningPair,
    LearningTask,
    Round,
    User,
)
from annotation.models.labels import COUNTED_SECONDS
from annotation.queries.learning import Learning, learnable_by, learning_of
from annotation.services.clock import ClockTimestamp
from annotation.services.labels import Answer, InvalidAnswerError
from annotation.services.locks import hold_learning
from annotation.services.timing import believable

ROUNDING = 1e-9


class LearningRefusedError(Exception):
    """It was not done; the message is for the person."""


@transaction.atomic
def begin(*, person: User, campaign: Campaign, round_: Round) -> LearningAttempt:
    """An attempt at a round with its pairs drawn; the one under way, if there is one.

    Raises: LearningRefusedError.
    """
    hold_learning(person.pk)
    learning = learning_of(person=person, campaign=campaign)
    state = learning.of(round_)
    if state.under_way:
        return state.under_way
    _refuse_to_begin(person, learning, round_)
    number = len(state.attempts) + 1
    keys = _draw(person, campaign, round_, number)
    if not keys:
        raise LearningRefusedError(_("There are no pairs here yet. Your coordinator adds them."))
    attempt = LearningAttempt.objects.create(
        campaign=campaign,
        person=person,
        round=round_,
        number=number,
        pass_mark=campaign.pass_mark,
        total=len(keys),
    )
    LearningTask.objects.bulk_create(
        LearningTask(attempt=attempt, key=key, position=position)
        for position, key in enumerate(keys, start=1)
    )
    return attempt


def _refuse_to_begin(person: User, learning: Learning, round_: Round) -> None:
    state = learning.of(round_)
    if not (state.is_on and learnable_by(person).filter(pk=learning.campaign.pk).exists()):
        raise LearningRefusedError(_("This campaign does not ask for it now."))
    if round_ == Round.PRACTICE:
        return
    if learning.practice_comes_first:
        raise LearningRefusedError(_("The practice round comes first."))
    if state.is_passed:
        raise LearningRefusedError(_("You have passed already."))
    if state.left == 0:
        raise LearningRefusedError(
            _("All attempts are made. Your coordinator will talk it over with you.")
        )


def _draw(person: User, campaign: Campaign, round_: Round, number: int) -> list[LearningPair]:
    """The pairs of an attempt: those in languages that the person reads, as long as there are any;
    for a qualification so many as the campaign says, those in front that were not asked before.
    The first attempt keeps the order of the round, later ones have their own."""
    keys = list(
        LearningPair.objects.filter(campaign=campaign, round=round_, in_use=True)
        .select_related("pair__rejected", "pair__recommended")
        .order_by("position", "pk")
    )
    before = LearningTask.objects.filter(attempt__person=person, key__in=keys)
    asked = Counter(before.order_by().values_list("key", flat=True))
    readable = _readable(person, keys)
    if round_ == Round.PRACTICE:
        chosen = [key for key in keys if key.pk in readable] or keys
    else:
        # A pair in a language that they do not read comes only where there are too few others.
        ranked = sorted(keys, key=lambda key: (key.pk not in readable, asked[key.pk]))
        chosen = ranked[: campaign.qualification_pairs]
        chosen.sort(key=lambda key: (key.position, key.pk))
    return chosen if number == 1 else _in_another_order(chosen, person, number)


def _readable(person: User, keys: list[LearningPair]) -> set[int]:
    lanes = set(lanes_read_by(person.languages))
    return {
        key.pk
        for key in keys
        if person.any_language
        or lane_of(key.pair.rejected.language, key.pair.recommended.language) in lanes
    }


def _in_another_order(keys: list[LearningPair], person: User, number: int) -> list[LearningPair]:
    """An order that differs from the round's own, the same whenever it is asked for."""

    def place(key: LearningPair) -> bytes:
        return blake2b(f"{person.pk}/{number}/{key.pk}".encode(), digest_size=8).digest()

    mixed = sorted(keys, key=place)
    return mixed if mixed != keys else keys[1:] + keys[:1]


def show(*, task: LearningTask) -> None:
    """Note when a pair was shown first: the only measure where a browser runs no script."""
    LearningTask.objects.filter(pk=task.pk, shown_at=None).update(shown_at=ClockTimestamp())


@transaction.atomic
def answer(*, person: User, task: LearningTask, answer: Answer) -> LearningAnswer:
    """Record the answer to a pair of one's own attempt. The first that comes counts: another, of a
    second tab or a second press, changes nothing and gets the first back.

    Raises: InvalidAnswerError.
    """
    hold_learning(person.pk)
    if stands := LearningAnswer.objects.filter(task=task).first():
        return stands
    if errors := answer.errors():
        raise InvalidAnswerError(errors)
    given = LearningAnswer.objects.create(
        task=task,
        verdict=answer.verdict,
        reasons=sorted(set(answer.reasons)),
        comment=answer.comment.strip(),
        flagged=answer.flagged,
        seconds=as_it_counts(answer.seconds),
        right=answer.verdict in task.key.verdicts,
    )
    _finish_if_done(task.attempt)
    return given


def _finish_if_done(attempt: LearningAttempt) -> None:
    answers = LearningAnswer.objects.filter(task__attempt=attempt)
    counts = answers.aggregate(given=Count("pk"), right=Count("pk", filter=Q(right=True)))
    if counts["given"] < attempt.total:
        return
    share = counts["right"] / attempt.total
    passed = attempt.round == Round.PRACTICE or share >= attempt.pass_mark - ROUNDING
    LearningAttempt.objects.filter(pk=attempt.pk, finished_at=None).update(
        finished_at=ClockTimestamp(), right=counts["right"], passed=passed
    )


@transaction.atomic
def note_read(*, person: User, task: LearningTask, seconds: float | None) -> None:
    """That the feedback on a pair was left for what comes next; once. `seconds`: as the page
    measured, None where it could not."""
    hold_learning(person.pk)
    now = timezone.now()
    given = LearningAnswer.objects.filter(task=task).first()
    if given is None:
        return
    if seconds is None:
        seconds = (now - given.created_at).total_seconds()
    LearningTask.objects.filter(pk=task.pk, read_at=None).update(
        read_at=now, reading_seconds=as_it_counts(seconds)
    )


def seconds_since_shown(*, task: LearningTask) -> float:
    if task.shown_at is None:
        return 0.0
    return as_it_counts((timezone.now() - task.shown_at).total_seconds())


def as_it_counts(seconds: float) -> float:
    """Of a page that was left open, of which nobody can say more than when it was asked for, and of
    what a browser measured, which may be anything, no more than what counts of a pair."""
    return believable(seconds, within=COUNTED_SECONDS)
