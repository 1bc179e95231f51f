"""What two people do at the same moment: one transaction is still open when the other begins."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import uuid4

import pytest
from django.db import connection, transaction

from annotation.models import Assignment, Label, User, Video
from annotation.services.claim import claim
from annotation.services.labels import Answer, revise, submit
from tests.annotation.many_at_once import in_thread
from tests.factories import UserFactory, campaign_with_pairs
from tests.studies import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
FLAGGED, PLAIN = Answer("unsure", flagged=True), Answer("unsure")
PATIENCE = 30
T = TypeVar("T")


def meanwhile(first: Callable[[], object], second: Callable[[], T]) -> T:
    """What `second` gives that began while the transaction of `first` was open, which ends when
    `second` has ended or waits for it."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            running = pool.submit(in_thread, second)
            end = time.monotonic() + PATIENCE
            while not (running.done() or somebody_waits()) and time.monotonic() < end:
                time.sleep(0.02)
        return running.result()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def labelled_by(person: User, answer: Answer = PLAIN) -> Label:
    (given,) = claim(assistant=person)
    return submit(assistant=person, assignment_id=given.pk, answer=answer).label


def test_an_id_that_two_people_use_at_once_goes_to_one_and_the_other_hears_a_conflict() -> None:
    campaign_with_pairs(1, labels_per_pair=2)
    people = UserFactory(), UserFactory()
    labels = [labelled_by(person) for person in people]
    change = {"verdict": "not_similar", "submission": str(uuid4())}

    def post(n: int) -> int:
        url = f"/api/v1/labels/{labels[n].pk}/revise/"
        return signed_in(people[n]).post(url, change, content_type="application/json").status_code

    assert meanwhile(lambda: post(0), lambda: post(1)) == 409
    assert Label.objects.get(submission=change["submission"]).supersedes == labels[0]


@pytest.mark.parametrize("flag_comes_first", [True, False])
def test_a_flag_that_is_being_given_while_another_is_taken_back_keeps_its_warning(
    flag_comes_first: bool,
) -> None:
    campaign_with_pairs(1, labels_per_pair=2)
    one, other = UserFactory(), UserFactory()
    old = labelled_by(one, FLAGGED)
    (given,) = claim(assistant=other)

    def flag() -> None:
        submit(assistant=other, assignment_id=given.pk, answer=FLAGGED)

    def take_back() -> None:
        revise(assistant=one, label_id=old.pk, submission=uuid4(), answer=PLAIN)

    meanwhile(*((flag, take_back) if flag_comes_first else (take_back, flag)))
    assert Label.objects.current().get(flagged=True).assistant == other
    assert Video.objects.get(pk=old.pair.recommended_id).warns
    assert Assignment.objects.filter(state="labelled").count() == 2
