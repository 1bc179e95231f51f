"""Labels and decisions that count for the twins of a pair."""

from typing import Any

import pytest

from annotation.models import (
    Adjudication,
    Campaign,
    Label,
    Pair,
    PoolPair,
)
from annotation.queries.training_set import labelled_pairs, pair_texts
from annotation.services.consensus import refresh_consensus
from annotation.services.duplicates import decisions
from annotation.services.duplicates.grouping import regroup
from annotation.services.examples import pair_example
from annotation.services.labels import Answer
from modeling.dataset import prepare_splits
from tests.annotation.twins import SIMILAR, consensus, label, merged, pairs_of, twice
from tests.factories import CampaignFactory, PairFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("rule", "counted"), [("merge", 1), ("separate", 1), ("propagate", 2)])
def test_a_label_counts_for_twins_where_the_campaign_says_so(rule: str, counted: int) -> None:
    campaign = CampaignFactory(duplicates=rule)
    first, second = pairs_of(merged(*twice()), campaign)
    regroup()
    label(first, campaign, SIMILAR)
    rows = consensus()
    assert rows[first.pair_id]["propagated_from"] is None
    assert len(rows) == len(labelled_pairs(campaign=campaign)) == counted
    if counted == 2:
        twin = rows[second.pair_id]
        assert (twin["label"], twin["labels"], twin["reasons"]) == (1, 1, {"same_persons": 1})
        assert twin["propagated_from"] == [first.pair_id]
    assert Label.objects.count() == 1


def test_twins_that_were_both_judged_share_their_votes() -> None:
    campaign = CampaignFactory(duplicates="propagate")
    first, second = pairs_of(merged(*twice()), campaign)
    regroup()
    label(first, campaign, SIMILAR)
    label(second, campaign, Answer("not_similar"))
    assert [pair.target for pair in labelled_pairs(campaign=campaign)] == [0.5, 0.5]
    assert {row["label"] for row in consensus().values()} == {"unsure"}


def test_merging_telling_apart_and_the_rule_are_in_the_consensus_without_a_further_label() -> None:
    campaign = CampaignFactory(duplicates="propagate")
    twin = merged(*twice())
    first, second = pairs_of(twin, campaign)
    label(first, campaign, SIMILAR)

    def held() -> set[int]:
        refresh_consensus(campaign=campaign)
        return set(campaign.consensus.values_list("pair", flat=True))

    assert held() == {first.pk}
    regroup()
    assert held() == {first.pk, second.pk}
    row = consensus()[second.pair_id]
    assert (row["consensus"], row["propagated_from"]) == ("similar", [first.pair_id])
    campaign.duplicates = "separate"
    campaign.save()
    assert held() == {first.pk}
    campaign.duplicates = "propagate"
    campaign.save()
    assert held() == {first.pk, second.pk}
    decisions.reject(twin=twin, by=UserFactory())
    assert held() == {first.pk}


def test_no_label_goes_to_a_held_out_pair_or_comes_from_one_or_leaves_the_pool() -> None:
    campaign = CampaignFactory(duplicates="propagate")
    twin = merged(*twice())
    kept, given = pairs_of(twin, campaign)
    Pair.objects.filter(pk=kept.pk).update(held_out=True)
    outside, inside = pairs_of(twin)
    PoolPair.objects.create(campaign=campaign, pair=inside, held_out=False)
    regroup()
    label(given, campaign, SIMILAR)
    label(inside, campaign, SIMILAR)
    assert {row.pk for row in labelled_pairs(campaign=campaign)} == {given.pk, inside.pk}
    label(kept, campaign, Answer("not_similar"))
    targets = {row.pk: row.target for row in labelled_pairs(campaign=campaign)}
    assert targets == {kept.pk: 0, given.pk: 1, inside.pk: 1}
    assert {row["labels"] for row in consensus().values()} == {1}
    assert outside.pair_id not in consensus()


def test_a_training_pair_with_a_copy_of_a_held_out_video_is_left_out() -> None:
    twin = merged(*twice())
    held_out, copied = PairFactory(rejected=twin.video), PairFactory(recommended=twin.twin)
    unrelated = PairFactory()
    pks = [held_out.pk, copied.pk, unrelated.pk]
    examples = [
        pair_example(texts, target=1.0, split="test" if texts["pk"] == held_out.pk else None)
        for texts in pair_texts(pks)
    ]
    splits = prepare_splits(examples)
    assert [example.pair_id for example in splits.train] == [unrelated.pair_id]
    assert splits.dropped["dropped_shared_with_test"] == 1


def targets_of(campaign: Campaign) -> dict[int, float]:
    return {row.pk: row.target for row in labelled_pairs(campaign=campaign)}


def decide(pair: Pair, verdict: str | None, **fields: Any) -> Adjudication:
    campaign = pair.labels.get().campaign
    return Adjudication.objects.create(
        campaign=campaign, pair=pair, policy=campaign.policy, verdict=verdict,
        decided_by=UserFactory(), rationale="So it is.", **fields,
    )  # fmt: skip


def estimates(campaign: Campaign) -> list[tuple[int, int, float]]:
    refresh_consensus(campaign=campaign)
    rows = consensus().values()
    return [(row["labels"], row["votes_similar"], row["posterior"]) for row in rows]


def test_somebody_who_judged_both_twins_is_one_person_in_the_consensus() -> None:
    campaign, person = CampaignFactory(duplicates="propagate"), UserFactory()
    first, second = pairs_of(merged(*twice()), campaign)
    for pair in (first, second):
        label(pair, campaign, SIMILAR, by=person)
    apart = estimates(campaign)
    assert {row[:2] for row in apart} == {(1, 1)}
    regroup()
    assert estimates(campaign) == apart
    label(second, campaign, SIMILAR)
    assert {row[:2] for row in estimates(campaign)} == {(2, 2)}


def test_of_answers_on_several_twins_a_person_s_own_counts_else_the_latest() -> None:
    campaign, person = CampaignFactory(duplicates="propagate"), UserFactory()
    first, second, third = pairs_of(merged(*twice()), campaign, more=1)
    label(first, campaign, SIMILAR, by=person)
    label(second, campaign, Answer("not_similar"), by=person)
    assert targets_of(campaign) == {first.pk: 1, second.pk: 0, third.pk: 0}
    assert [row["label"] for row in consensus().values()] == [1, 0, 0]
    assert [row["labels"] for row in consensus().values()] == [1, 1, 1]


def test_a_label_that_was_overruled_does_not_go_on_teaching_through_its_twin() -> None:
    campaign = CampaignFactory(duplicates="propagate")
    first, second, held_out = pairs_of(merged(*twice()), campaign, more=1)
    Pair.objects.filter(pk=held_out.pk).update(held_out=True)
    for pair in (first, held_out):
        label(pair, campaign, SIMILAR)
    decided = decide(first, "not_similar")
    refresh_consensus(campaign=campaign)
    targets = targets_of(campaign)
    assert (targets[first.pk], targets[second.pk], targets[held_out.pk] > 0.5) == (0, 0, True)
    rows = consensus()
    assert [rows[pair.pair_id]["adjudicated"] for pair in (first, second, held_out)] == [
        "not_similar", "not_similar", None,
    ]  # fmt: skip
    assert rows[second.pair_id]["consensus"] == "not_similar"
    decide(first, None, supersedes=decided)
    assert targets_of(campaign)[second.pk] > 0.5
    assert consensus()[second.pair_id]["adjudicated"] is None
