"""Why a pair that wants labels is not in the queue."""

import pytest

from annotation.models import (
    Campaign,
    Pair,
    Prediction,
)
from annotation.services.queue import rerank
from tests.annotation.asking import asked, change, first_pair
from tests.annotation.twins import merged
from tests.factories import (
    PairFactory,
    RunFactory,
    UserFactory,
    add_pairs,
    campaign_with_pairs,
)

pytestmark = pytest.mark.django_db


def test_a_pair_the_model_is_sure_of_is_said_with_its_place() -> None:
    campaign = campaign_with_pairs(10, random_share=0)
    run = RunFactory(campaign=campaign, status="succeeded", artefact="somewhere")
    pairs = list(campaign.pool.values_list("pair_id", flat=True).order_by("pair_id"))
    campaign.pool.update(held_out=False)
    Pair.objects.update(held_out=False)
    Prediction.objects.bulk_create(
        Prediction(run=run, pair_id=pair, probability=0.5 + 0.04 * place, logit=0, variant="nt")
        for place, pair in enumerate(pairs)
    )
    change(campaign, queue_size=4)
    rerank(campaign=Campaign.objects.get(pk=campaign.pk), run=run)
    found = asked(campaign, pairs[8], UserFactory())
    assert "the model is sure of it (82% similar)" in found.says
    assert "the pair is 9th, and the queue of 4 took the first 4" in found.says


def test_a_pair_whose_twin_is_judged_names_it() -> None:
    campaign = campaign_with_pairs(1)
    one = Pair.objects.get()
    other = PairFactory(rejected=one.rejected)
    campaign.pool.create(pair=other, held_out=other.held_out)
    merged(one.recommended, other.recommended)
    rerank(campaign=Campaign.objects.get(pk=campaign.pk), run=None)
    judged = first_pair(campaign)
    left_out = other if judged == one.pk else one
    says = asked(campaign, left_out.pk, UserFactory()).says
    assert says.startswith(f"Its twin, pair {Pair.objects.get(pk=judged).pair_id}, is judged")
    change(campaign, duplicates="separate")
    rerank(campaign=Campaign.objects.get(pk=campaign.pk), run=None)
    assert asked(campaign, left_out.pk, UserFactory()).is_served


def test_other_reasons_for_not_being_in_the_queue_are_told() -> None:
    campaign = campaign_with_pairs(3)
    (late,) = add_pairs(campaign, 1)
    assert "Came after the queue was ranked" in asked(campaign, late.pk, UserFactory()).says
    change(campaign, languages=["fr"])
    assert "takes pairs with a video in French" in asked(campaign, late.pk, UserFactory()).says
    (stranger,) = add_pairs(campaign_with_pairs(1, state="closed"), 1)
    assert "not in the campaign’s pool" in asked(campaign, stranger.pk, UserFactory()).says
    change(campaign, languages=[], queue_size=1)
    rerank(campaign=Campaign.objects.get(pk=campaign.pk), run=None)
    inside = first_pair(campaign)
    outside = campaign.pool.exclude(pair=inside).values_list("pair_id", flat=True)[0]
    assert "Not drawn for the queue of 1 pairs" in asked(campaign, outside, UserFactory()).says
