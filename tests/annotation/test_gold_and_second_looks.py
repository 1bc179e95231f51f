"""Pairs whose answer is known, and pairs that have their labels already, mixed in."""

import pytest

from annotation.models import (
    Assignment,
    Campaign,
    GoldAnswer,
)
from annotation.queries.mixed_in import is_gold
from annotation.services import gold
from annotation.services.labels import skip
from annotation.services.leases import release_expired
from annotation.services.queue import rerank
from tests.annotation.bulk import campaign_of, many_pairs
from tests.annotation.campaign_work import EN, answer, run_out, take
from tests.annotation.guarantees import check_guarantees
from tests.factories import UserFactory, queue_of

pytestmark = pytest.mark.django_db


def gold_campaign(known: int, **fields: object) -> Campaign:
    pairs = many_pairs([EN] * (known + 60))
    campaign = campaign_of(pairs, ranked=False, **fields)
    GoldAnswer.objects.bulk_create(
        GoldAnswer(campaign=campaign, pair=pair, verdict="similar") for pair in pairs[:known]
    )
    rerank(campaign=campaign, run=None)
    return campaign


def test_about_the_share_of_a_persons_pairs_are_known_ones_and_none_comes_twice() -> None:
    campaign = gold_campaign(20, gold_share=0.2)
    person = UserFactory()
    for _ in range(6):
        take(person, 10)
    got = Assignment.objects.filter(assistant=person)
    # Which of them depends on their ids, so that sixty may well have six or twenty.
    drawn = sum(is_gold(campaign, person.pk, number) for number in range(2000))
    assert 320 <= drawn <= 480
    numbers = sum(is_gold(campaign, person.pk, number) for number in range(60))
    assert got.filter(strategy="gold").count() == min(numbers, 20)
    assert got.count() == got.values("pair").distinct().count() == 60
    assert not queue_of(campaign).items.filter(pair__in=campaign.gold.values("pair")).exists()


def test_known_pairs_that_all_have_been_seen_leave_their_place_to_others() -> None:
    gold_campaign(2, gold_share=1)
    person = UserFactory()
    strategies = [a.strategy for a in take(person, 5)]
    assert strategies.count("gold") == 2
    assert len(strategies) == 5


def test_a_known_pair_is_asked_in_languages_that_the_person_reads() -> None:
    gold_campaign(2, gold_share=1)
    assert take(UserFactory(languages=["de"]), 3) == []


def test_a_known_pair_that_is_skipped_or_runs_out_does_not_come_back() -> None:
    gold_campaign(2, gold_share=1)
    person = UserFactory()
    first, second = take(person, 2)
    skip(assistant=person, assignment_id=first.pk)
    run_out(second)
    release_expired()
    assert {a.strategy for a in take(person, 3)} == {"random"}


def test_a_pair_whose_answer_became_known_is_not_in_the_queue_any_more() -> None:
    campaign = campaign_of(many_pairs([EN] * 2), gold_share=1)
    known, other = queue_of(campaign).items.order_by("rank").values_list("pair_id", flat=True)
    GoldAnswer.objects.create(campaign=campaign, pair_id=known, verdict="similar")
    assert gold.take_known_out(campaign=campaign) == 1
    handed = [take(person, 2) for person in (UserFactory(), UserFactory())]
    assert [{(a.pair_id, a.strategy) for a in got} for got in handed] == [
        {(known, "gold"), (other, "random")},
        {(known, "gold")},
    ]
    check_guarantees(campaign)


def test_second_looks_make_up_their_share_and_want_one_label_more() -> None:
    campaign = campaign_of(many_pairs([EN] * 50))
    person = UserFactory()
    for given in take(person, 20):
        answer(given)
    Campaign.objects.filter(pk=campaign.pk).update(relabel_share=0.25)
    rerank(campaign=campaign, run=None)
    again = queue_of(campaign).items.filter(strategy="relabel")
    assert again.count() == 10
    assert set(again.values_list("wanted", "slots")) == {(2, 1)}
    assert len(take(person, 50)) == 30
    assert len(take(UserFactory(), 50)) == 10
    assert take(UserFactory(), 50) == []
