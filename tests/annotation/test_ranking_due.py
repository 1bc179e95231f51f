"""When a queue is ranked anew, and that it always can be."""

from typing import Any

import pytest

from annotation.models import Campaign, Role, TrainingRun
from annotation.services import predictions, promotion, queue, ranking
from annotation.services.adjudication import Decision, adjudicate, open_again
from annotation.services.claim import claim
from annotation.services.labels import Answer, submit
from modeling.errors import ArtefactError
from tests.factories import RunFactory, UserFactory, add_pairs, campaign_with_pairs, queue_of
from tests.studies import signed_in

pytestmark = pytest.mark.django_db


def is_due(campaign: Campaign) -> bool:
    return ranking.is_due(Campaign.objects.get(pk=campaign.pk))


def serve(campaign: Campaign, artefact: str) -> TrainingRun:
    run = RunFactory(campaign=campaign, status="succeeded", artefact=artefact)
    promotion.promote(run=run, by=None, reason="the first")
    return run


def test_a_pair_that_is_opened_again_after_a_decision_comes_back_to_the_queue() -> None:
    campaign = campaign_with_pairs(40, labels_per_pair=3)
    (assignment,) = claim(assistant=UserFactory())
    submit(assistant=assignment.assistant, assignment_id=assignment.pk, answer=Answer("unsure"))
    case: dict[str, Any] = {
        "campaign": campaign,
        "pair": assignment.pair,
        "by": UserFactory(role=Role.COORDINATOR),
    }
    made = adjudicate(**case, decision=Decision("not_similar", "Two people."))
    assert not is_due(campaign)
    open_again(**case, rationale="The policy changed.", known=made.pk)
    assert is_due(campaign)
    ranking.rank(campaign=campaign)
    assert queue_of(campaign).items.filter(pair=assignment.pair).exists()
    assert not is_due(campaign)


@pytest.mark.parametrize("asked_before", [False, True])
def test_what_is_asked_for_during_a_ranking_is_still_due_after_it(asked_before: bool) -> None:
    campaign = campaign_with_pairs(30)
    if asked_before:
        ranking.ask_for_ranking(campaign.pk)
    queue.rerank(
        campaign=campaign, run=None, on_switch=lambda: ranking.ask_for_ranking(campaign.pk)
    )
    assert is_due(campaign)
    ranking.rank(campaign=campaign)
    assert not is_due(campaign)


@pytest.mark.parametrize("size", [1, 15, 30])
def test_a_queue_that_is_small_by_rule_is_not_due_as_soon_as_it_is_ranked(size: int) -> None:
    campaign = campaign_with_pairs(50, queue_size=size)
    assert not is_due(campaign)
    queue_of(campaign).items.update(slots=0)
    assert is_due(campaign)


def test_a_served_model_that_is_gone_leaves_people_their_pairs_and_the_page_says_so() -> None:
    campaign = campaign_with_pairs(3)
    add_pairs(campaign, 30)
    run = serve(campaign, "gone")
    assert is_due(campaign)
    ranking.rank(campaign=campaign)
    generation = queue_of(campaign)
    assert (generation.run, generation.size) == (run, 33)
    assert not is_due(campaign)
    page = signed_in(UserFactory(role=Role.COORDINATOR)).get("/study/queue/").content.decode()
    assert "The served model could not judge pairs that are new to it" in page
    assert "gone" in page


def test_what_a_model_said_before_its_encoder_was_gone_counts_until_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    campaign = campaign_with_pairs(30)
    run = serve(campaign, "whole")
    said = predictions.Prediction.objects.create(
        run=run, pair=campaign.pool.first().pair, probability=0.9, logit=2.2, variant="nt"
    )

    class Model:
        def predict(self, examples: Any, embedding_cache: Any) -> Any:
            raise ArtefactError("encoder 'a/b' was not found")

    monkeypatch.setattr(predictions, "model_of", lambda run: Model())
    ranking.rank(campaign=campaign)
    scores = queue_of(campaign).items.values_list("score", flat=True).order_by("score")
    assert (scores[0], len(scores)) == (said.probability, 30)
    assert campaign.ranking_problem == "encoder 'a/b' was not found"
    queue.rerank(campaign=campaign, run=run)
    campaign.refresh_from_db()
    assert campaign.ranking_problem == ""
