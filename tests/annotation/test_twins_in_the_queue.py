"""Of pairs that are twins one is judged, by the campaign's rule."""

import pytest

from annotation.models import Campaign, Pair, PairTwin
from annotation.services.claim import claim
from annotation.services.labels import Answer, submit
from annotation.services.queue import rerank
from tests.factories import UserFactory, campaign_with_pairs

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


def test_twins_that_are_told_apart_again_come_back() -> None:
    campaign, pairs = twin_campaign()
    assert pairs[1] not in queued(campaign)
    PairTwin.objects.all().delete()
    assert queued(campaign) == set(Pair.objects.values_list("pk", flat=True))
