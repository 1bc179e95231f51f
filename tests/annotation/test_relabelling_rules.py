"""How many labels a pair gets, by each rule, and who is asked about a hard one."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from annotation.models import (
    Assignment,
    Campaign,
    QueueItem,
    Specialist,
    User,
)
from annotation.services import queue, records
from annotation.services.labels import Answer, revise, skip
from annotation.services.queue import rerank
from tests.annotation.bulk import campaign_of, many_pairs, run_saying
from tests.annotation.campaign_work import EN, NOT_SIMILAR, SIMILAR, answer, label_one, take
from tests.factories import UserFactory, queue_of

pytestmark = pytest.mark.django_db


def test_an_overlap_doubles_the_same_share_of_pairs_at_every_ranking() -> None:
    campaign = campaign_of(
        many_pairs([EN] * 400), relabelling="overlap", labels_per_pair=3, overlap_share=0.25
    )
    first = dict(queue_of(campaign).items.values_list("pair_id", "wanted"))
    assert set(first.values()) == {1, 3}
    assert 0.18 < sum(wanted == 3 for wanted in first.values()) / 400 < 0.32
    rerank(campaign=campaign, run=None, seed=1)
    assert dict(queue_of(campaign).items.values_list("pair_id", "wanted")) == first
    other = campaign_of(
        [p.pair for p in campaign.pool.all()],
        relabelling="overlap",
        labels_per_pair=3,
        overlap_share=0.25,
    )
    assert dict(queue_of(other).items.values_list("pair_id", "wanted")) != first


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        ([SIMILAR], 2),
        ([SIMILAR, SIMILAR], 2),
        ([SIMILAR, NOT_SIMILAR], 3),
        ([SIMILAR, NOT_SIMILAR, SIMILAR], 3),
    ],
)
def test_two_opinions_and_a_third_if_they_differ(answers, wanted) -> None:
    campaign = campaign_of(many_pairs([EN]), relabelling="differ", labels_per_pair=3)
    for with_ in answers:
        label_one(UserFactory(), with_)
    item = queue_of(campaign).items.get()
    assert (item.wanted, item.slots) == (wanted, wanted - len(answers))
    assert campaign.demand.get().wanted == wanted


def posterior_campaign(count: int = 1, *, held_out: bool = False, **fields: object) -> Campaign:
    pairs = many_pairs([EN] * count, held_out=range(count) if held_out else ())
    fields = {"relabelling": "posterior", "labels_per_pair": 4, "stop_at": 0.95} | fields
    return campaign_of(pairs, ranked=False, **fields)


def ranked_saying(campaign: Campaign, probability: float) -> QueueItem:
    pairs = campaign.pool.values_list("pair_id", flat=True)
    rerank(campaign=campaign, run=run_saying(campaign, dict.fromkeys(pairs, probability)))
    return queue_of(campaign).items.order_by("rank")[0]


def test_a_label_that_agrees_with_a_sure_model_is_enough() -> None:
    campaign = posterior_campaign()
    ranked_saying(campaign, 0.97)
    label_one(UserFactory(), SIMILAR)
    assert campaign.demand.get().wanted == 1
    assert campaign.demand.get().posterior > 0.95
    assert take(UserFactory()) == []


def test_labels_that_contradict_each_other_go_on_to_the_most_and_no_further() -> None:
    campaign = posterior_campaign(route_hours=0)
    ranked_saying(campaign, 0.5)
    for with_ in (SIMILAR, NOT_SIMILAR, SIMILAR, NOT_SIMILAR):
        label_one(UserFactory(), with_)
    assert campaign.demand.get().wanted == 4
    assert take(UserFactory()) == []


def test_of_a_held_out_pair_the_model_has_no_say_by_label_or_by_ranking() -> None:
    campaign = posterior_campaign(held_out=True)
    ranked_saying(campaign, 0.98)
    label_one(UserFactory(), SIMILAR)
    by_label = campaign.demand.get()
    assert (by_label.wanted, by_label.posterior < 0.95) == (2, True)
    ranked_saying(campaign, 0.98)
    by_ranking = campaign.demand.get()
    assert by_ranking.wanted == 2
    assert by_ranking.posterior < 0.95


def test_a_ranking_does_not_undo_what_a_newer_label_said(monkeypatch) -> None:
    """Someone answers while a ranking has read the labels and not yet stored what they say."""
    campaign = posterior_campaign(route_hours=0)
    ranked_saying(campaign, 0.5)
    label_one(UserFactory(), SIMILAR)
    (late,) = take(UserFactory())
    read = records.read_votes

    def read_and_answer(**of):
        found = read(**of)
        if Assignment.objects.get(pk=late.pk).state == "leased":
            answer(late, NOT_SIMILAR)
        return found

    monkeypatch.setattr(records, "read_votes", read_and_answer)
    rerank(campaign=campaign, run=None)
    demand = campaign.demand.get()
    assert (demand.labels, demand.wanted) == (2, 3)
    assert len(take(UserFactory())) == 1


def test_a_ranking_does_not_undo_a_newer_correction(monkeypatch) -> None:
    campaign = campaign_of(many_pairs([EN]), relabelling="differ", labels_per_pair=3, route_hours=0)
    first = answer(take(UserFactory())[0], SIMILAR)
    answer(take(UserFactory())[0], SIMILAR)
    read = records.read_votes

    def read_and_correct(**of):
        found = read(**of)
        revise(assistant=first.assistant, label_id=first.pk, submission=uuid4(), answer=NOT_SIMILAR)
        return found

    monkeypatch.setattr(records, "read_votes", read_and_correct)
    rerank(campaign=campaign, run=None)
    assert campaign.demand.get().wanted == 3
    assert queue_of(campaign).items.filter(slots=1).exists()


def test_a_correction_in_the_moment_before_the_switch_counts_in_the_new_queue(monkeypatch) -> None:
    campaign = campaign_of(
        many_pairs([EN]), relabelling="differ", labels_per_pair=3, route_hours=0, relabel_share=0.5
    )
    given = [take(UserFactory())[0] for _ in range(2)]
    first = answer(given[0], SIMILAR)
    switch = queue._switch

    def answer_correct_and_switch(*args):
        revise(assistant=first.assistant, label_id=first.pk, submission=uuid4(), answer=NOT_SIMILAR)
        switch(*args)

    answer(given[1], NOT_SIMILAR)
    assert campaign.demand.get().wanted == 3
    monkeypatch.setattr(queue, "_switch", answer_correct_and_switch)
    rerank(campaign=campaign, run=None)
    item = queue_of(campaign).items.get()
    assert (item.wanted, item.slots) == (2, 0)


def make_specialists(campaign: Campaign, people: list[User]) -> None:
    Specialist.objects.bulk_create(
        Specialist(campaign=campaign, lane="en", kind="unclear", assistant=person)
        for person in people
    )


@pytest.fixture
def hard():
    """A pair with two answers that differ, and those who are best at such pairs."""
    campaign = posterior_campaign(route_hours=24)
    ranked_saying(campaign, 0.5)
    specialists, asked = [UserFactory() for _ in range(2)], [UserFactory() for _ in range(2)]
    make_specialists(campaign, [*specialists, asked[0]])
    for person, with_ in zip(asked, (SIMILAR, NOT_SIMILAR), strict=True):
        label_one(person, with_)
    return campaign, specialists, asked


def test_a_hard_pair_waits_for_those_who_are_best_at_it(hard) -> None:
    campaign, specialists, asked = hard
    item = queue_of(campaign).items.get()
    assert set(item.routed_to) == {person.pk for person in specialists}
    assert take(UserFactory()) == []
    assert [len(take(person)) for person in (*asked, specialists[0])] == [0, 0, 1]


def test_after_its_time_a_hard_pair_goes_to_anybody(hard) -> None:
    campaign, _, _ = hard
    queue_of(campaign).items.update(routed_until=timezone.now() - timedelta(seconds=1))
    assert len(take(UserFactory())) == 1


def test_a_new_ranking_keeps_whom_a_hard_pair_waits_for(hard) -> None:
    campaign, _, _ = hard
    before = queue_of(campaign).items.get()
    rerank(campaign=campaign, run=None)
    after = queue_of(campaign).items.get()
    assert (after.routed_to, after.routed_until) == (before.routed_to, before.routed_until)


def test_a_pair_that_got_hard_during_a_ranking_waits_too(hard, monkeypatch) -> None:
    campaign, specialists, _ = hard
    (given,) = take(specialists[0])
    switch = queue._switch

    def answer_and_switch(*args):
        # The ranking has looked for specialists anew, and three answers make none.
        make_specialists(campaign, specialists)
        answer(given, Answer("unsure"))
        switch(*args)

    monkeypatch.setattr(queue, "_switch", answer_and_switch)
    rerank(campaign=campaign, run=None)
    assert queue_of(campaign).items.get().routed_to == [specialists[1].pk]


def test_a_hard_pair_does_not_wait_for_someone_who_passed_it_on() -> None:
    campaign = posterior_campaign(route_hours=24)
    ranked_saying(campaign, 0.5)
    specialist = UserFactory()
    make_specialists(campaign, [specialist])
    skip(assistant=specialist, assignment_id=take(specialist)[0].pk)
    for with_ in (SIMILAR, NOT_SIMILAR):
        label_one(UserFactory(), with_)
    assert len(take(UserFactory())) == 1
