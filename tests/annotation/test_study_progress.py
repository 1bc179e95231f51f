"""How far a study is: whose time counts, and what was done today."""

from uuid import uuid4

import pytest

from annotation.models import Campaign, Label, User
from annotation.queries.progress import own_progress
from annotation.queries.report import count_work
from annotation.queries.study import labels_by_day, progress_by_assistant, totals
from annotation.services.labels import Answer, revise
from tests.annotation.campaign_work import answer, days_later, take
from tests.factories import UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign() -> Campaign:
    return campaign_with_pairs(2)


@pytest.fixture
def person() -> User:
    return UserFactory()


def correct(label: Label, *, seconds: float = 0.0) -> Label:
    """`seconds`: 0, as the page says on which an answer is changed."""
    given = {"assistant": label.assistant, "label_id": label.pk, "submission": uuid4()}
    return revise(**given, answer=Answer("unsure", seconds=seconds)).label


def test_a_correction_takes_nothing_from_the_time_of_the_answer_and_adds_its_own(
    campaign, person
) -> None:
    label = answer(take(person)[0], Answer("not_similar", seconds=60))
    for seconds, spent in ((0.0, 60), (5.0, 65)):
        label = correct(label, seconds=seconds)
        assert totals(campaign=campaign)["seconds"] == spent
        assert count_work(campaign=campaign)["seconds"] == spent
        (row,) = progress_by_assistant(campaign=campaign)
        assert (row["labels"], row["unsure"], row["spent"]) == (1, 1, spent)
        assert own_progress(person).spent == spent


def test_a_label_of_another_day_that_was_corrected_today_is_none_of_today(campaign, person) -> None:
    label = answer(take(person)[0])
    days_later(3)
    correct(label)
    (row,) = progress_by_assistant(campaign=campaign)
    assert (row["labels"], row["today"]) == (1, 0)
    assert labels_by_day(campaign=campaign)[-1][1] == 0
    correct(answer(take(person)[0]))
    (row,) = progress_by_assistant(campaign=campaign)
    assert (row["labels"], row["today"]) == (2, 1)
    assert labels_by_day(campaign=campaign)[-1][1] == 1


def test_who_did_nothing_this_week_stands_there_without_time(campaign, person) -> None:
    answer(take(person)[0])
    days_later(8)
    (row,) = progress_by_assistant(campaign=campaign)
    assert (row["labels"], row["today"], row["spent"]) == (1, 0, 0)
