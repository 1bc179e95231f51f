"""Of pairs that are twins one is judged, by the campaign's rule."""

from collections.abc import Callable

import pytest
from django.db.models import Q

from annotation.models import (
    Adjudication,
    Campaign,
    GoldAnswer,
    LearningPair,
    Pair,
    PairTwin,
    Role,
    User,
    Video,
)
from annotation.queries.not_queued import why_not_queued
from annotation.services.campaigns import set_state
from annotation.services.claim import claim
from annotation.services.labels import Answer, skip, submit
from annotation.services.queue import rerank
from annotation.services.ranking import is_due, rank
from tests.annotation.twins import merged
from tests.factories import UserFactory, campaign_with_pairs, queue_of

pytestmark = pytest.mark.django_db


def twin_campaign(**fields: object) -> tuple[Campaign, list[int]]:
    """A campaign of four pairs, the first two of which are twins."""
    campaign = campaign_with_pairs(4, **fields)
    pairs = sorted(campaign.pool.values_list("pair_id", flat=True))
    PairTwin.objects.bulk_create(PairTwin(pair_id=pk, group_id=pairs[0]) for pk in pairs[:2])
    return campaign, pairs


def queued(campaign: Campaign) -> set[int]:
    generation = rerank(campaign=campaign, run=None)
    return set(generation.items.values_list("pair_id", flat=True))


@pytest.mark.parametrize("rule", ["merge", "propagate"])
def test_one_of_two_twins_is_queued(rule: str) -> None:
    campaign, pairs = twin_campaign(duplicates=rule)
    assert queued(campaign) == {pairs[0], *pairs[2:]}


def test_twins_are_judged_each_where_the_campaign_says_so() -> None:
    campaign, pairs = twin_campaign(duplicates="separate")
    assert queued(campaign) == set(pairs)


def test_a_pair_whose_twin_is_labelled_costs_no_second_judgement() -> None:
    campaign, pairs = twin_campaign()
    person = UserFactory()
    while found := claim(assistant=person):
        answer = Answer(verdict="unsure")
        if found[0].pair_id == pairs[1]:
            submit(assistant=person, assignment_id=found[0].pk, answer=answer)
            break
        submit(assistant=person, assignment_id=found[0].pk, answer=answer)
    done = set(campaign.labels.values_list("pair_id", flat=True))
    assert queued(campaign) == set(pairs) - done - {pairs[0]}


def test_the_twin_that_somebody_has_open_stays_the_one_that_is_judged() -> None:
    campaign, pairs = twin_campaign()
    person = UserFactory()
    held = claim(assistant=person, count=4)
    others = [lease for lease in held if lease.pair_id != pairs[1]]
    for lease in others:
        lease.state = "expired"
        lease.save()
    assert pairs[0] not in queued(campaign)
    assert pairs[1] in queued(campaign)


def in_german(campaign: Campaign, pair: int) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(languages=["en"])
    sides = Q(pairs_rejected=pair) | Q(pairs_recommended=pair)
    Video.objects.filter(sides).update(language="de")


def in_a_round(campaign: Campaign, pair: int) -> None:
    LearningPair.objects.create(
        campaign=campaign, pair_id=pair, position=1, round="practice", verdicts=["unsure"],
        explanation="So it is.",
    )  # fmt: skip


def known(campaign: Campaign, pair: int) -> None:
    GoldAnswer.objects.create(campaign=campaign, pair_id=pair, verdict="unsure")


def why_not(campaign: Campaign, pair: int) -> str:
    campaign = Campaign.objects.get(pk=campaign.pk)
    return why_not_queued(campaign=campaign, pair=Pair.objects.get(pk=pair))


@pytest.mark.parametrize("rule", ["merge", "propagate"])
@pytest.mark.parametrize("keep_off", [in_german, in_a_round, known])
def test_of_twins_one_that_the_campaign_may_serve_is_judged(
    keep_off: Callable[[Campaign, int], None], rule: str
) -> None:
    """Another language, a practice pair or a known answer hides no twin."""
    campaign, pairs = twin_campaign(duplicates=rule)
    keep_off(campaign, pairs[0])
    assert queued(campaign) == set(pairs[1:])
    assert "twin" not in why_not(campaign, pairs[1])


def test_a_decision_on_one_of_twins_settles_them_and_is_named() -> None:
    campaign, pairs = twin_campaign()
    decided = Adjudication.objects.create(
        campaign=campaign, pair_id=pairs[1], policy=campaign.policy, verdict="unsure",
        decided_by=UserFactory(), rationale="So it is.",
    )  # fmt: skip
    assert queued(campaign) == set(pairs[2:])
    assert why_not(campaign, pairs[0]).startswith("Somebody decided what its twin, pair")
    Adjudication.objects.create(
        campaign=campaign, pair_id=pairs[1], policy=campaign.policy, supersedes=decided,
        decided_by=UserFactory(), rationale="Once more.",
    )  # fmt: skip
    assert queued(campaign) == {pairs[0], *pairs[2:]}


def test_a_twin_with_all_its_labels_is_the_one_that_was_judged_whatever_is_served_now() -> None:
    campaign, pairs = twin_campaign()
    answer(campaign, pairs[0], UserFactory())
    in_german(campaign, pairs[0])
    assert queued(campaign) == set(pairs[2:])


def answer(campaign: Campaign, pair: int, person: User) -> None:
    for lease in claim(assistant=person, count=4):
        if lease.pair_id == pair:
            submit(assistant=person, assignment_id=lease.pk, answer=Answer(verdict="unsure"))
        else:
            skip(assistant=person, assignment_id=lease.pk)


@pytest.mark.parametrize(("rule", "held_out", "wanted"), [
    ("propagate", None, 0), ("propagate", 0, 1), ("propagate", 1, 1), ("merge", None, 1),
])  # fmt: skip
def test_where_labels_count_for_twins_they_count_towards_the_labels_that_are_wanted(
    rule: str, held_out: int | None, wanted: int
) -> None:
    campaign, pairs = twin_campaign(duplicates=rule, labels_per_pair=2)
    Pair.objects.update(held_out=False)
    if held_out is not None:
        Pair.objects.filter(pk=pairs[held_out]).update(held_out=True)
    answer(campaign, pairs[0], UserFactory())
    answer(campaign, pairs[1], UserFactory())
    assert len(queued(campaign) & set(pairs[:2])) == wanted
    if not wanted:
        assert "with those of its twins" in why_not(campaign, pairs[0])


def test_somebody_who_judged_both_twins_leaves_one_label_to_be_given() -> None:
    campaign, pairs = twin_campaign(duplicates="propagate", labels_per_pair=2)
    Pair.objects.update(held_out=False)
    person = UserFactory()
    for lease in claim(assistant=person, count=4):
        if lease.pair_id in pairs[:2]:
            submit(assistant=person, assignment_id=lease.pk, answer=Answer(verdict="unsure"))
    assert pairs[0] in queued(campaign)


def test_twins_that_are_told_apart_again_come_back() -> None:
    campaign, pairs = twin_campaign()
    assert pairs[1] not in queued(campaign)
    PairTwin.objects.all().delete()
    assert queued(campaign) == set(Pair.objects.values_list("pk", flat=True))


def test_what_was_merged_during_a_pause_is_one_when_the_campaign_is_opened_again() -> None:
    campaign = campaign_with_pairs(2)
    one, other = Pair.objects.order_by("pk")
    Pair.objects.filter(pk=other.pk).update(recommended=one.recommended)
    coordinator = UserFactory(role=Role.COORDINATOR)
    set_state(campaign=campaign, state=Campaign.State.PAUSED, by=coordinator)
    merged(one.rejected, other.rejected)
    set_state(campaign=campaign, state=Campaign.State.OPEN, by=coordinator)
    assert is_due(Campaign.objects.get(pk=campaign.pk))
    rank(campaign=campaign)
    assert not is_due(Campaign.objects.get(pk=campaign.pk))
    assert queue_of(campaign).size == 1
