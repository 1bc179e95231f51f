from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from annotation.models import Assignment, Campaign, QueueItem, User
from annotation.services.claim import claim
from annotation.services.labels import Answer, skip, submit
from annotation.services.leases import release_expired
from tests.factories import UserFactory, campaign_with_pairs, queue_of

pytestmark = pytest.mark.django_db

NOT_SIMILAR = Answer(verdict="not_similar")


def run_out(assignment: Assignment) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Assignment.objects.filter(pk=assignment.pk).update(lease_expires_at=past)


def test_pairs_come_in_the_order_of_the_queue() -> None:
    campaign = campaign_with_pairs(5)
    person = UserFactory()
    wanted = list(queue_of(campaign).items.order_by("rank").values_list("pair_id", flat=True))
    got = []
    for _ in range(5):
        (assignment,) = claim(assistant=person)
        submit(assistant=person, assignment_id=assignment.pk, answer=NOT_SIMILAR)
        got.append(assignment.pair_id)
    assert got == wanted
    assert claim(assistant=person) == []


def test_a_reload_shows_the_same_pair_again() -> None:
    campaign_with_pairs(5)
    person = UserFactory()
    assert claim(assistant=person) == claim(assistant=person)
    assert Assignment.objects.count() == 1


def test_pairs_that_the_page_holds_are_not_given_again() -> None:
    campaign_with_pairs(5)
    person = UserFactory()
    first = claim(assistant=person, count=2)
    more = claim(assistant=person, count=2, holding=[a.pk for a in first])
    assert len({a.pair_id for a in [*first, *more]}) == 4


def test_two_people_never_hold_the_same_pair_that_wants_one_label() -> None:
    campaign_with_pairs(1)
    assert len(claim(assistant=UserFactory())) == 1
    assert claim(assistant=UserFactory()) == []


def test_a_pair_that_wants_two_labels_goes_to_two_people_and_no_third() -> None:
    campaign_with_pairs(1, labels_per_pair=2)
    handed = [len(claim(assistant=UserFactory())) for _ in range(3)]
    assert handed == [1, 1, 0]


def test_a_lease_that_ran_out_frees_the_pair_for_someone_else() -> None:
    campaign_with_pairs(1)
    slow, other = UserFactory(), UserFactory()
    (assignment,) = claim(assistant=slow)
    run_out(assignment)
    (again,) = claim(assistant=other)
    assert again.pair_id == assignment.pair_id
    assignment.refresh_from_db()
    assert assignment.state == Assignment.State.EXPIRED


def test_a_lease_that_ran_out_may_come_back_to_the_same_person_with_its_identity() -> None:
    campaign_with_pairs(1)
    person = UserFactory()
    (assignment,) = claim(assistant=person)
    run_out(assignment)
    (again,) = claim(assistant=person)
    assert again.pk == assignment.pk
    assert again.lease_expires_at > timezone.now()


def test_a_held_pair_whose_lease_ran_out_does_not_stand_in_the_way_of_the_next() -> None:
    campaign_with_pairs(5)
    person = UserFactory()
    (held,) = claim(assistant=person)
    run_out(held)
    release_expired()
    (other,) = claim(assistant=person, holding=[held.pk])
    assert other.pair_id != held.pair_id


def test_releasing_twice_frees_a_pair_once() -> None:
    campaign = campaign_with_pairs(1)
    (assignment,) = claim(assistant=UserFactory())
    run_out(assignment)
    assert (release_expired(), release_expired()) == (1, 0)
    assert queue_of(campaign).items.get().slots == 1


def test_a_skipped_pair_goes_to_someone_else_and_never_back() -> None:
    campaign_with_pairs(1)
    person, other = UserFactory(), UserFactory()
    (assignment,) = claim(assistant=person)
    skip(assistant=person, assignment_id=assignment.pk)
    assert claim(assistant=person) == []
    assert [a.pair_id for a in claim(assistant=other)] == [assignment.pair_id]


def test_people_get_pairs_in_the_languages_they_read() -> None:
    campaign = campaign_with_pairs(3, languages="de")
    assert claim(assistant=UserFactory(languages=["en", "fr"])) == []
    (assignment,) = claim(assistant=UserFactory(languages=["de"]))
    assert assignment.campaign_id == campaign.pk


def test_a_paused_or_closed_campaign_hands_nothing_out() -> None:
    campaign = campaign_with_pairs(3)
    for state in (Campaign.State.PAUSED, Campaign.State.CLOSED):
        Campaign.objects.filter(pk=campaign.pk).update(state=state)
        assert claim(assistant=UserFactory()) == []


def test_the_campaign_of_highest_priority_is_served_first() -> None:
    campaign_with_pairs(1, priority=1)
    urgent = campaign_with_pairs(1, priority=5)
    (assignment,) = claim(assistant=UserFactory())
    assert assignment.campaign_id == urgent.pk


def test_a_claim_costs_a_fixed_number_of_queries(django_assert_max_num_queries) -> None:
    campaign_with_pairs(10)
    person = UserFactory()
    with django_assert_max_num_queries(10):
        claim(assistant=person, count=2)


@pytest.mark.django_db(transaction=True)
def test_many_people_at_once_never_get_more_of_a_pair_than_it_wants() -> None:
    campaign = campaign_with_pairs(40, labels_per_pair=2)
    people = [UserFactory() for _ in range(12)]

    def work(person: User) -> list[int]:
        done = []
        try:
            while found := claim(assistant=person, count=2):
                for assignment in found:
                    submit(assistant=person, assignment_id=assignment.pk, answer=NOT_SIMILAR)
                    done.append(assignment.pair_id)
        finally:
            connections.close_all()
        return done

    with ThreadPoolExecutor(max_workers=12) as pool:
        results = list(pool.map(work, people))
    assert all(len(done) == len(set(done)) for done in results)
    counts = [sum(done.count(pk) for done in results) for pk in set().union(*results)]
    assert counts == [2] * 40
    assert not QueueItem.objects.filter(generation=queue_of(campaign).pk, slots__gt=0).exists()


@pytest.mark.django_db(transaction=True)
def test_two_people_racing_for_the_last_pair_get_it_once() -> None:
    for _ in range(5):
        campaign = campaign_with_pairs(1)
        people = [UserFactory(), UserFactory()]

        def race(person: User) -> int:
            try:
                return len(claim(assistant=person))
            finally:
                connections.close_all()

        with ThreadPoolExecutor(max_workers=2) as pool:
            assert sorted(pool.map(race, people)) == [0, 1]
        Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.CLOSED)


@pytest.mark.django_db(transaction=True)
def test_two_windows_of_one_person_never_take_the_same_pair_twice() -> None:
    campaign = campaign_with_pairs(20, labels_per_pair=3)
    person = UserFactory()

    def window(_: int) -> None:
        try:
            claim(assistant=person, count=5, holding=[])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=6) as pool:
        list(pool.map(window, range(6)))
    leased = Assignment.objects.filter(assistant=person).count()
    taken = sum(3 - item.slots for item in queue_of(campaign).items.all())
    assert leased == taken == 5
