from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from annotation.models import Assignment, Label
from annotation.services.claim import claim
from annotation.services.labels import (
    Answer,
    ConflictingLabelError,
    InvalidAnswerError,
    UnknownAssignmentError,
    revise,
    skip,
    submit,
)
from annotation.services.leases import release_expired
from tests.factories import PolicyFactory, RunFactory, UserFactory, campaign_with_pairs, queue_of

pytestmark = pytest.mark.django_db

SIMILAR = Answer(verdict="similar", reasons=("same_persons",), comment=" Both talk. ", seconds=12.5)
NOT_SIMILAR = Answer(verdict="not_similar")


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def assignment(person) -> Assignment:
    campaign_with_pairs(3)
    return claim(assistant=person)[0]


def test_a_label_keeps_the_answer_and_how_its_pair_was_chosen(person, assignment) -> None:
    run = RunFactory(campaign=assignment.campaign)
    Assignment.objects.update(strategy="uncertainty", run=run, score=0.48)
    label = submit(assistant=person, assignment_id=assignment.pk, answer=SIMILAR).label
    label.refresh_from_db()
    assert (label.verdict, label.reasons, label.comment) == (
        "similar", ["same_persons"], "Both talk.",
    )  # fmt: skip
    assert (label.strategy, label.run, label.score, label.seconds) == (
        "uncertainty", run, 0.48, 12.5,
    )  # fmt: skip
    assert label.policy == assignment.campaign.policy
    assert not label.late


def test_the_same_answer_twice_makes_one_label(person, assignment) -> None:
    first = submit(assistant=person, assignment_id=assignment.pk, answer=SIMILAR)
    second = submit(assistant=person, assignment_id=assignment.pk, answer=SIMILAR)
    assert (first.created, second.created) == (True, False)
    assert first.label == second.label
    assert Label.objects.count() == 1


def test_another_answer_to_the_same_assignment_is_refused(person, assignment) -> None:
    submit(assistant=person, assignment_id=assignment.pk, answer=SIMILAR)
    with pytest.raises(ConflictingLabelError):
        submit(assistant=person, assignment_id=assignment.pk, answer=NOT_SIMILAR)
    assert Label.objects.get().verdict == "similar"


def test_nobody_answers_for_somebody_else(assignment) -> None:
    with pytest.raises(UnknownAssignmentError):
        submit(assistant=UserFactory(), assignment_id=assignment.pk, answer=SIMILAR)
    assert not Label.objects.exists()


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        (Answer(verdict="maybe"), "verdict"),
        (Answer(verdict="similar"), "reasons"),
        (Answer(verdict="unsure", reasons=("other",)), "reasons"),
        (Answer(verdict="similar", reasons=("colour",)), "reasons"),
        (Answer(verdict="unsure", comment="x" * 2001), "comment"),
        (Answer(verdict="unsure", comment="a\x00b"), "comment"),
    ],
)
def test_an_answer_against_the_policy_is_refused_by_field(
    person, assignment, answer, field
) -> None:
    with pytest.raises(InvalidAnswerError) as refused:
        submit(assistant=person, assignment_id=assignment.pk, answer=answer)
    assert list(refused.value.errors) == [field]
    assert not Label.objects.exists()


def test_a_late_label_is_accepted_and_marked_late(person, assignment) -> None:
    Assignment.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    release_expired()
    label = submit(assistant=person, assignment_id=assignment.pk, answer=SIMILAR).label
    assert label.late
    items = queue_of(assignment.campaign).items
    assert items.get(pair=assignment.pair_id).slots == 0


def test_a_label_after_a_skip_is_accepted(person, assignment) -> None:
    skip(assistant=person, assignment_id=assignment.pk)
    assert submit(assistant=person, assignment_id=assignment.pk, answer=SIMILAR).created
    with pytest.raises(ConflictingLabelError):
        skip(assistant=person, assignment_id=assignment.pk)


def test_a_revision_supersedes_and_keeps_the_first_answer(person, assignment) -> None:
    old = submit(assistant=person, assignment_id=assignment.pk, answer=SIMILAR).label
    key = uuid4()
    new = revise(assistant=person, label_id=old.pk, submission=key, answer=NOT_SIMILAR)
    again = revise(assistant=person, label_id=old.pk, submission=key, answer=NOT_SIMILAR)
    assert (new.created, again.created) == (True, False)
    assert new.label.supersedes == old
    assert list(Label.objects.current()) == [new.label]
    assert Label.objects.count() == 2
    with pytest.raises(ConflictingLabelError):
        revise(assistant=person, label_id=old.pk, submission=uuid4(), answer=SIMILAR)


def test_a_label_names_the_policy_that_lay_beside_the_pair(person, assignment) -> None:
    shown = assignment.policy
    assignment.campaign.policy = PolicyFactory()
    assignment.campaign.save()
    label = submit(assistant=person, assignment_id=assignment.pk, answer=SIMILAR).label
    assert label.policy == shown
    revised = revise(assistant=person, label_id=label.pk, submission=uuid4(), answer=NOT_SIMILAR)
    assert revised.label.policy == assignment.campaign.policy


def test_a_revision_cannot_take_the_id_of_something_else(person) -> None:
    campaign_with_pairs(3)
    mine, still_open = claim(assistant=person, count=2)
    other = UserFactory()
    (foreign,) = claim(assistant=other)
    submit(assistant=other, assignment_id=foreign.pk, answer=NOT_SIMILAR)
    label = submit(assistant=person, assignment_id=mine.pk, answer=SIMILAR).label
    for taken in (foreign.pk, still_open.pk, mine.pk):
        with pytest.raises(ConflictingLabelError):
            revise(assistant=person, label_id=label.pk, submission=taken, answer=NOT_SIMILAR)
    assert submit(assistant=person, assignment_id=still_open.pk, answer=SIMILAR).created


def test_a_label_can_be_neither_changed_nor_deleted(person, assignment) -> None:
    label = submit(assistant=person, assignment_id=assignment.pk, answer=SIMILAR).label
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Label.objects.filter(pk=label.pk).update(verdict="unsure")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        label.delete()


def _label(assignment: Assignment, **fields: object) -> Label:
    given = {
        "assignment": assignment,
        "campaign": assignment.campaign,
        "pair": assignment.pair,
        "assistant": assignment.assistant,
        "policy": assignment.campaign.policy,
        "verdict": "not_similar",
        "strategy": "random",
        "seconds": 1,
        **fields,
    }
    return Label(**given)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"verdict": "maybe"}, "label_verdict_known"),
        ({"verdict": "similar"}, "label_reasons_if_similar"),
        ({"reasons": ["other"]}, "label_reasons_if_similar"),
        ({"verdict": "similar", "reasons": ["colour"]}, "label_reasons_known"),
        ({"seconds": -1}, "label_seconds_in_a_day"),
        ({"strategy": "whim"}, "label_strategy_known"),
    ],
)
def test_postgres_itself_refuses_a_wrong_label(assignment, fields, constraint) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        _label(assignment, **fields).save()


def test_postgres_refuses_a_second_first_label_of_an_assignment(assignment) -> None:
    _label(assignment).save()
    Assignment.objects.filter(pk=assignment.pk).update(state="labelled")
    with pytest.raises(IntegrityError, match="label_first_once"), transaction.atomic():
        _label(assignment).save()


@pytest.mark.django_db(transaction=True)
def test_postgres_refuses_a_label_that_names_another_person_than_its_assignment(person) -> None:
    campaign_with_pairs(1)
    (assignment,) = claim(assistant=person)
    with pytest.raises(IntegrityError, match="label_of_its_assignment"):
        _label(assignment, assistant=UserFactory()).save()


@pytest.mark.django_db(transaction=True)
def test_postgres_refuses_a_label_without_its_state_and_a_state_without_its_label(person) -> None:
    campaign_with_pairs(2)
    first, second = claim(assistant=person, count=2)
    with pytest.raises(IntegrityError, match="labelled_means_a_label"):
        _label(first).save()
    with pytest.raises(IntegrityError, match="labelled_means_a_label"):
        Assignment.objects.filter(pk=second.pk).update(state="labelled")
    submit(assistant=person, assignment_id=first.pk, answer=NOT_SIMILAR)
    with pytest.raises(IntegrityError, match="labelled_means_a_label"):
        Assignment.objects.filter(pk=first.pk).update(state="skipped")


@pytest.mark.django_db(transaction=True)
def test_postgres_refuses_a_correction_of_somebody_elses_label(person) -> None:
    campaign_with_pairs(2)
    first, second = claim(assistant=person, count=2)
    label = submit(assistant=person, assignment_id=first.pk, answer=NOT_SIMILAR).label
    with pytest.raises(IntegrityError, match="label_supersedes_own"):
        _label(second, supersedes=label).save()


@pytest.mark.django_db(transaction=True)
def test_the_same_answer_sent_at_the_same_time_makes_one_label(person) -> None:
    campaign_with_pairs(1)
    (assignment,) = claim(assistant=person)

    def send(_: int) -> bool:
        try:
            return submit(assistant=person, assignment_id=assignment.pk, answer=SIMILAR).created
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=6) as pool:
        created = list(pool.map(send, range(6)))
    assert sorted(created) == [False] * 5 + [True]
    assert Label.objects.count() == 1
