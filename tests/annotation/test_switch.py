"""The queue is switched while people work: every pair still adds up afterwards."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from annotation.models import Assignment, Campaign, Promotion, User
from annotation.services import promotion
from annotation.services.claim import claim
from annotation.services.labels import Answer, skip, submit
from annotation.services.leases import release_expired
from annotation.services.queue import rerank
from tests.factories import RunFactory, UserFactory, campaign_with_pairs, queue_of

pytestmark = pytest.mark.django_db(transaction=True)


def check_slots(campaign: Campaign) -> None:
    campaign.refresh_from_db()
    for item in queue_of(campaign).items.all():
        taken = Assignment.objects.filter(
            campaign=campaign, pair=item.pair_id, state__in=["leased", "labelled"]
        ).count()
        assert item.slots == max(campaign.labels_per_pair - taken, 0), item.pair_id


def closing(work: Any) -> Any:
    def worker(*args: Any) -> Any:
        try:
            return work(*args)
        finally:
            connections.close_all()

    return worker


@pytest.mark.parametrize("wanted", [1, 2])
def test_people_and_two_rankings_at_once_leave_every_slot_right(wanted: int) -> None:
    campaign = campaign_with_pairs(30, labels_per_pair=wanted, lease_seconds=1)
    people = [UserFactory() for _ in range(6)]
    over = threading.Event()

    @closing
    def work(person: User) -> int:
        done = 0
        while not over.is_set():
            for number, assignment in enumerate(claim(assistant=person, count=2)):
                if (number + done) % 3 == 0:
                    skip(assistant=person, assignment_id=assignment.pk)
                elif (number + done) % 3 == 1:
                    answer = Answer(verdict="unsure")
                    submit(assistant=person, assignment_id=assignment.pk, answer=answer)
                done += 1
            release_expired()
        return done

    @closing
    def rank(_: int) -> None:
        for _ in range(12):
            rerank(campaign=Campaign.objects.get(pk=campaign.pk), run=None)

    with ThreadPoolExecutor(max_workers=8) as pool:
        working = [pool.submit(work, person) for person in people]
        list(pool.map(rank, range(2)))
        over.set()
        assert sum(future.result() for future in working) > 0
    check_slots(campaign)
    assert queue_of(campaign).number == 25


def test_a_ranking_that_fails_promotes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = campaign_with_pairs(5)
    before = queue_of(campaign)
    run = RunFactory(campaign=campaign, artefact="run-1")

    def promote_and_break() -> None:
        promotion.promote(run=run, by=None, reason="better")
        raise RuntimeError("in the middle of the switch")

    with pytest.raises(RuntimeError):
        rerank(campaign=campaign, run=run, on_switch=promote_and_break)
    assert not Promotion.objects.exists()
    assert queue_of(campaign) == before
    assert len(claim(assistant=UserFactory())) == 1
    assert rerank(campaign=campaign, run=None).items.count() == 5
