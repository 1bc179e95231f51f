"""Campaigns that teach, and people who learn."""

from typing import Any

from annotation.models import (
    Campaign,
    LearningAttempt,
    LearningPair,
    LearningTask,
    ReasonCode,
    Round,
    User,
)
from annotation.services import learning
from annotation.services.labels import Answer
from tests.factories import PairFactory, campaign_with_pairs

SIMILAR = Answer(verdict="similar", reasons=("similar_subject",), seconds=20)
DIFFERENT = Answer(verdict="not_similar", seconds=20)
UNSURE = Answer(verdict="unsure", seconds=20)
PRACTICE, QUALIFICATION = Round.PRACTICE, Round.QUALIFICATION


def keys(campaign: Campaign, round_: str, count: int, **fields: Any) -> list[LearningPair]:
    """Pairs of a round that are similar, by the policy."""
    fields = {"verdicts": ["similar"], "reasons": [ReasonCode.SIMILAR_SUBJECT.value], **fields}
    language = fields.pop("language", "en")
    return [
        LearningPair.objects.create(
            campaign=campaign,
            round=round_,
            position=position,
            explanation=f"Both are about number {position}.",
            pair=PairFactory(rejected__language=language, recommended__language=language),
            **fields,
        )
        for position in range(1, count + 1)
    ]


def teaching_campaign(
    *, practice: int = 2, qualification: int = 3, queue: int = 4, **fields: Any
) -> Campaign:
    """A campaign with so many pairs in its rounds and in its queue, that requires both rounds."""
    stages = {"practice": "required", "qualification": "required"}
    campaign = campaign_with_pairs(queue, **stages, **fields)
    keys(campaign, PRACTICE, practice)
    keys(campaign, QUALIFICATION, qualification)
    return campaign


def begin(person: User, campaign: Campaign, round_: Round = QUALIFICATION) -> LearningAttempt:
    return learning.begin(person=person, campaign=campaign, round_=round_)


def tasks(attempt: LearningAttempt) -> list[LearningTask]:
    return list(attempt.tasks.select_related("key", "attempt"))


def go_through(
    person: User, campaign: Campaign, round_: Round = QUALIFICATION, answer: Answer = SIMILAR
) -> LearningAttempt:
    """A whole attempt with the same answer to every pair."""
    attempt = begin(person, campaign, round_)
    for task in tasks(attempt):
        learning.answer(person=person, task=task, answer=answer)
    attempt.refresh_from_db()
    return attempt
