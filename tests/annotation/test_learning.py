"""Practice and qualification: what an answer does, and what it does not."""

import threading

import pytest
from django.db import Error, connection, transaction

from annotation.models import (
    Campaign,
    Label,
    LearningAnswer,
    LearningAttempt,
    LearningTask,
    Waiver,
)
from annotation.queries.learning import learning_of, seconds_learning
from annotation.queries.pace import is_enough_today
from annotation.queries.progress import own_progress
from annotation.services import learning
from annotation.services.labels import Answer, InvalidAnswerError
from annotation.services.learning import LearningRefusedError
from annotation.services.learning_decisions import allow_another, take_back, waive
from annotation.services.queue import rerank
from tests.annotation.campaign_work import append_only_off
from tests.factories import UserFactory, queue_of
from tests.learning import (
    DIFFERENT,
    PRACTICE,
    SIMILAR,
    UNSURE,
    begin,
    go_through,
    keys,
    tasks,
    teaching_campaign,
)

pytestmark = pytest.mark.django_db


def asked(attempt: LearningAttempt) -> list[int]:
    return [task.key_id for task in tasks(attempt)]


def test_a_practice_is_passed_by_going_through_it_whatever_was_answered() -> None:
    person, campaign = UserFactory(), teaching_campaign()
    attempt = go_through(person, campaign, PRACTICE, DIFFERENT)
    assert (attempt.right, attempt.total, attempt.passed) == (0, 2, True)
    again = begin(person, campaign, PRACTICE)
    assert again.number == 2
    assert asked(again) == asked(attempt)[::-1]


@pytest.mark.parametrize(("answers", "passed"), [("sssd", True), ("ssdd", False), ("susd", False)])
def test_a_qualification_is_passed_by_the_mark(answers: str, passed: bool) -> None:
    campaign = teaching_campaign(practice=0, qualification=4, pass_mark=0.75)
    Campaign.objects.update(practice="off")
    campaign.refresh_from_db()
    person = UserFactory()
    attempt = begin(person, campaign)
    by = {"s": SIMILAR, "d": DIFFERENT, "u": UNSURE}
    for task, letter in zip(tasks(attempt), answers, strict=True):
        assert LearningAttempt.objects.get(pk=attempt.pk).finished_at is None
        learning.answer(person=person, task=task, answer=by[letter])
    attempt.refresh_from_db()
    assert (attempt.passed, attempt.right) == (passed, answers.count("s"))


def test_unsure_is_right_where_the_key_allows_it_and_other_ways_do_not_count_against() -> None:
    campaign = teaching_campaign(practice=0, qualification=0)
    keys(campaign, PRACTICE, 1, verdicts=["similar", "unsure"], reasons=["same_persons"])
    unsure = go_through(UserFactory(), campaign, PRACTICE, UNSURE)
    other_way = go_through(UserFactory(), campaign, PRACTICE, SIMILAR)
    assert (unsure.right, other_way.right) == (1, 1)


def test_the_second_attempt_asks_other_pairs_where_there_are_enough() -> None:
    campaign = teaching_campaign(practice=0, qualification=6, qualification_pairs=3)
    Campaign.objects.update(practice="off")
    campaign.refresh_from_db()
    person = UserFactory()
    first, second = (go_through(person, campaign, answer=DIFFERENT) for _ in range(2))
    assert not set(asked(first)) & set(asked(second))
    assert len(asked(second)) == 3
    with pytest.raises(LearningRefusedError, match="All attempts are made"):
        begin(person, campaign)


def test_the_second_attempt_asks_the_same_in_another_order_where_there_are_not() -> None:
    campaign = teaching_campaign(qualification=3, practice=0)
    Campaign.objects.update(practice="off")
    campaign.refresh_from_db()
    person = UserFactory()
    first, second = (go_through(person, campaign, answer=DIFFERENT) for _ in range(2))
    assert sorted(asked(first)) == sorted(asked(second))
    assert asked(first) != asked(second)


def test_practice_comes_first_and_a_passed_qualification_is_not_repeated() -> None:
    campaign, person = teaching_campaign(), UserFactory()
    with pytest.raises(LearningRefusedError, match="practice round comes first"):
        begin(person, campaign)
    go_through(person, campaign, PRACTICE)
    assert go_through(person, campaign).passed
    with pytest.raises(LearningRefusedError, match="passed already"):
        begin(person, campaign)


def test_a_round_that_is_off_closed_or_for_others_is_not_begun() -> None:
    campaign, person = teaching_campaign(), UserFactory()
    for change in ({"practice": "off"}, {"everyone": False}, {"state": "paused"}):
        back = {name: getattr(campaign, name) for name in change}
        Campaign.objects.update(**change)
        campaign.refresh_from_db()
        with pytest.raises(LearningRefusedError, match="does not ask"):
            begin(person, campaign, PRACTICE)
        Campaign.objects.update(**back)
        campaign.refresh_from_db()
    assert begin(person, campaign, PRACTICE) == begin(person, campaign, PRACTICE)


def test_pairs_in_languages_that_a_person_does_not_read_are_left_to_others() -> None:
    campaign = teaching_campaign(practice=1, qualification=2, qualification_pairs=2)
    foreign = keys(campaign, PRACTICE, 1, language="fi") + keys(
        campaign, "qualification", 2, language="fi"
    )
    reader = UserFactory(languages=["en"], any_language=False)
    rounds = [go_through(reader, campaign, PRACTICE), go_through(reader, campaign)]
    assert not {key.pk for key in foreign} & {pk for each in rounds for pk in asked(each)}
    assert len(asked(go_through(UserFactory(), campaign, PRACTICE))) == 2


def test_the_first_answer_to_a_pair_counts_and_none_is_changed_or_deleted() -> None:
    campaign, person = teaching_campaign(), UserFactory()
    task = tasks(begin(person, campaign, PRACTICE))[0]
    with pytest.raises(InvalidAnswerError):
        learning.answer(person=person, task=task, answer=Answer(verdict="similar"))
    first = learning.answer(person=person, task=task, answer=SIMILAR)
    assert learning.answer(person=person, task=task, answer=DIFFERENT) == first
    for write in (
        lambda: LearningAnswer.objects.update(verdict="unsure", reasons=[]),
        lambda: LearningAnswer.objects.all()._raw_delete("default"),
        lambda: LearningAnswer.objects.create(task=task, verdict="unsure", seconds=1, right=False),
    ):
        with pytest.raises(Error), transaction.atomic():
            write()


def test_answers_are_no_labels_and_count_as_hours_of_work() -> None:
    campaign, person = teaching_campaign(), UserFactory()
    attempt = go_through(person, campaign, PRACTICE)
    for task in tasks(attempt):
        for seconds in (10, 500):
            learning.note_read(person=person, task=task, seconds=seconds)
    assert not Label.objects.exists()
    assert seconds_learning(person=person) == 2 * (20 + 10)
    progress = own_progress(person)
    assert (progress.total, round(progress.hours * 3600)) == (0, 60)


def test_practice_of_today_is_part_of_the_time_that_is_enough_for_a_day() -> None:
    campaign, person = teaching_campaign(), UserFactory(daily_minutes=10)
    first, second = tasks(go_through(person, campaign, PRACTICE))
    learning.note_read(person=person, task=first, seconds=10)
    progress = own_progress(person)
    assert (progress.spent, progress.spent_today) == (50, 50)
    with append_only_off():
        LearningAnswer.objects.filter(task=first).update(created_at="2026-01-01T08:00Z")
    progress = own_progress(person)
    assert (progress.spent, progress.spent_today) == (50, 30)
    learning.note_read(person=person, task=second, seconds=570)
    assert is_enough_today(person, own_progress(person))


def test_where_a_page_measured_nothing_a_night_in_between_does_not_count() -> None:
    campaign, person = teaching_campaign(), UserFactory()
    task = tasks(begin(person, campaign, PRACTICE))[0]
    assert learning.seconds_since_shown(task=task) == 0
    learning.show(task=task)
    LearningTask.objects.update(shown_at="2026-01-01T08:00Z")
    task.refresh_from_db()
    assert learning.seconds_since_shown(task=task) == 900


def test_a_waiver_is_kept_with_who_gave_it_and_who_took_it_back() -> None:
    campaign, person, ana, ben = teaching_campaign(), *(UserFactory() for _ in range(3))
    assert waive(campaign=campaign, person=person, by=ana) == waive(
        campaign=campaign, person=person, by=ben
    )
    assert learning_of(person=person, campaign=campaign).has_learnt
    assert take_back(campaign=campaign, person=person, by=ben)
    assert not take_back(campaign=campaign, person=person, by=ben)
    assert not learning_of(person=person, campaign=campaign).has_learnt
    kept = Waiver.objects.get()
    assert (kept.by, kept.taken_back_by) == (ana, ben)


def test_another_attempt_is_allowed_once_a_time_and_only_to_whom_none_is_left() -> None:
    campaign, person, ana = teaching_campaign(), UserFactory(), UserFactory()
    go_through(person, campaign, PRACTICE)
    go_through(person, campaign, answer=DIFFERENT)
    assert not allow_another(campaign=campaign, person=person, by=ana)
    go_through(person, campaign, answer=DIFFERENT)
    assert learning_of(person=person, campaign=campaign).qualification.is_used_up
    assert allow_another(campaign=campaign, person=person, by=ana)
    assert not allow_another(campaign=campaign, person=person, by=ana)
    assert go_through(person, campaign).passed


def test_a_pair_whose_answer_is_told_is_not_ranked() -> None:
    campaign = teaching_campaign(practice=0, qualification=0)
    told = queue_of(campaign).items.values_list("pair_id", flat=True)[0]
    keys(campaign, PRACTICE, 1)[0].delete()
    campaign.learning_pairs.create(
        round=PRACTICE, pair_id=told, position=1, verdicts=["unsure"], explanation="See."
    )
    rerank(campaign=campaign, run=None)
    assert not queue_of(campaign).items.filter(pair=told).exists()
    assert queue_of(campaign).size == 3


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_answer_one_pair_at_once_leave_one_answer_and_no_error() -> None:
    campaign, person = teaching_campaign(practice=1), UserFactory()
    attempts: list[int] = []
    together = threading.Barrier(2)
    got: list[int] = []

    def tab(answer: Answer) -> None:
        together.wait()
        attempt = begin(person, campaign, PRACTICE)
        attempts.append(attempt.pk)
        task = tasks(attempt)[0]
        together.wait()
        got.append(learning.answer(person=person, task=task, answer=answer).pk)
        connection.close()

    threads = [threading.Thread(target=tab, args=[each]) for each in (SIMILAR, DIFFERENT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == 2
    assert len(set(got)) == len(set(attempts)) == LearningAnswer.objects.count() == 1
    assert LearningAttempt.objects.get().passed
