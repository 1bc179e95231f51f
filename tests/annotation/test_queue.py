import numpy as np
import pytest

from annotation.models import Campaign, Prediction, QueueItem
from annotation.services.claim import claim
from annotation.services.labels import Answer, submit
from annotation.services.queue import rerank
from tests.factories import (
    RunFactory,
    UserFactory,
    add_pairs,
    campaign_with_pairs,
    queue_of,
)

pytestmark = pytest.mark.django_db


def predict(campaign: Campaign, rng: np.random.Generator):
    run = RunFactory(campaign=campaign)
    Prediction.objects.bulk_create(
        Prediction(run=run, pair_id=pk, probability=p, logit=0, variant="nt")
        for pk, p in zip(
            campaign.pool.values_list("pair_id", flat=True), rng.random(10_000), strict=False
        )
    )
    return run


def test_reranking_puts_the_uncertain_first_and_a_fifth_at_random() -> None:
    campaign = campaign_with_pairs(400)
    run = predict(campaign, np.random.default_rng(1))
    generation = rerank(campaign=campaign, run=run)
    items = list(generation.items.order_by("rank"))
    doubts = [abs(i.score - 0.5) for i in items if i.strategy == "uncertainty"]
    assert doubts == sorted(doubts)
    share = sum(i.strategy == "random" for i in items[:100]) / 100
    assert 0.15 <= share <= 0.25
    assert queue_of(campaign) == generation
    assert generation.run == run


def test_held_out_pairs_are_reached_by_random_draw_only() -> None:
    campaign = campaign_with_pairs(300)
    generation = rerank(campaign=campaign, run=predict(campaign, np.random.default_rng(2)))
    held_out = generation.items.filter(pair__held_out=True)
    assert held_out.exists()
    assert set(held_out.values_list("strategy", flat=True)) == {"random"}


def test_a_cold_start_is_all_random() -> None:
    generation = queue_of(campaign_with_pairs(50))
    assert set(generation.items.values_list("strategy", flat=True)) == {"random"}


def test_a_pair_that_came_after_the_run_counts_as_most_uncertain() -> None:
    campaign = campaign_with_pairs(50)
    run = predict(campaign, np.random.default_rng(3))
    newcomers = {p.pk for p in add_pairs(campaign, 5) if not p.held_out}
    generation = rerank(campaign=campaign, run=run)
    uncertain = list(
        generation.items.filter(strategy="uncertainty")
        .order_by("rank")
        .values_list("pair_id", flat=True)
    )
    chosen = newcomers & set(uncertain)  # the others were drawn at random before
    assert chosen
    assert set(uncertain[: len(chosen)]) == chosen


def test_the_switch_keeps_what_people_hold_and_drops_what_is_done() -> None:
    campaign = campaign_with_pairs(10)
    person = UserFactory()
    held, done = claim(assistant=person, count=2)
    submit(assistant=person, assignment_id=done.pk, answer=Answer(verdict="unsure"))
    generation = rerank(campaign=campaign, run=None)
    assert generation.items.get(pair=held.pair_id).slots == 0
    assert not generation.items.filter(pair=done.pair_id).exists()
    assert claim(assistant=person) == [held]


def test_old_generations_leave_no_items_behind() -> None:
    campaign = campaign_with_pairs(10)
    for _ in range(3):
        rerank(campaign=campaign, run=None)
    assert QueueItem.objects.count() == 10
    assert campaign.generations.count() == 4


def test_the_queue_is_bounded() -> None:
    campaign = campaign_with_pairs(30, queue_size=7)
    assert queue_of(campaign).items.count() == 7
