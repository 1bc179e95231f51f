"""What a pair is held to be: by its people, with the model, by a decision; and what uses it."""

import csv
import io
import json
from uuid import uuid4

import psycopg
import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from annotation.models import (
    Adjudication,
    Campaign,
    ConsensusState,
    CrossValidation,
    OutOfSample,
    Pair,
    PairConsensus,
    Prediction,
    Promotion,
    TrainingRun,
)
from annotation.queries.training_set import labelled_pairs
from annotation.services.claim import claim
from annotation.services.consensus import refresh_consensus
from annotation.services.cross_validation import attend_to_cross_validation, cross_validate
from annotation.services.figures import refresh_figures
from annotation.services.labels import Answer, revise, submit
from tests.factories import RunFactory, UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db
METHODS = Campaign.Consensus.values


@pytest.fixture
def campaign() -> Campaign:
    """Twelve pairs, none held out, three labels each: all three agree but on the first two."""
    campaign = campaign_with_pairs(12, labels_per_pair=3)
    Pair.objects.update(held_out=False)
    pairs = list(Pair.objects.order_by("pk").values_list("pk", flat=True))
    for number, name in enumerate(["ana", "bo", "cy"]):
        answers = {
            pair: "similar" if index % 2 else "not_similar" for index, pair in enumerate(pairs)
        }
        if number == 2:
            answers[pairs[0]], answers[pairs[1]] = "similar", "unsure"
        label_each(UserFactory(username=name), answers)
    return campaign


def label_each(person, answers: dict[int, str]) -> None:
    for _ in answers:
        (assignment,) = claim(assistant=person)
        verdict = answers[assignment.pair_id]
        answer = Answer(verdict, ("other",) if verdict == "similar" else (), "Why.", seconds=9)
        submit(assistant=person, assignment_id=assignment.pk, answer=answer)


def held() -> dict[int, PairConsensus]:
    return {row.pair_id: row for row in PairConsensus.objects.all()}


def serve(campaign: Campaign) -> TrainingRun:
    run = RunFactory(
        campaign=campaign, status="succeeded", artefact="m", finished_at=timezone.now()
    )
    Promotion.objects.create(campaign=campaign, run=run, reason="for the test")
    return run


def decide(campaign: Campaign, pair: int, verdict: str | None, **fields) -> Adjudication:
    return Adjudication.objects.create(
        campaign=campaign, pair_id=pair, policy=campaign.policy, verdict=verdict,
        reasons=["other"] if verdict == "similar" else [], rationale="Both show the same.",
        decided_by=UserFactory(), **fields,
    )  # fmt: skip


def decide_elsewhere(campaign: Campaign, pair: int, earlier: Adjudication) -> None:
    decide(campaign, pair, "similar", supersedes=earlier)
    transaction.get_connection().check_constraints()


@pytest.mark.parametrize("method", METHODS)
def test_every_labelled_pair_has_a_posterior_within_its_interval(campaign, method) -> None:
    campaign.consensus_method = method
    campaign.save()
    state = refresh_consensus(campaign=campaign)
    rows = held()
    pairs = list(Pair.objects.order_by("pk").values_list("pk", flat=True))
    assert state.method == method
    assert set(rows) == set(pairs)
    assert all((rows[pair].posterior > 0.5) == bool(index % 2) for index, pair in enumerate(pairs))
    assert all(row.low < row.posterior < row.high for row in rows.values())
    assert {pair for pair, row in rows.items() if row.contrast} == set(pairs[:2])
    assert [rows[pairs[0]].with_model, rows[pairs[0]].model] == [None, None]


def test_nothing_is_computed_again_until_a_source_changes(
    campaign, django_assert_max_num_queries
) -> None:
    first = refresh_consensus(campaign=campaign)
    with django_assert_max_num_queries(6):
        again = refresh_consensus(campaign=campaign)
    assert again.computed_at == first.computed_at
    campaign.consensus_method = "majority"
    campaign.save()
    assert refresh_consensus(campaign=campaign).method == "majority"
    assert refresh_consensus(campaign=campaign_with_pairs(1)) is None


def test_a_model_speaks_of_pairs_only_whose_labels_it_has_not_seen(campaign) -> None:
    trained, validated, later = Pair.objects.order_by("pk").values_list("pk", flat=True)[:3]
    run = serve(campaign)
    for pair in (trained, validated, later):
        Prediction.objects.create(run=run, pair_id=pair, probability=0.9, logit=2, variant="nt")
    OutOfSample.objects.create(run=run, pair_id=validated, probability=0.2, leverage=0.4)
    CrossValidation.objects.create(run=run, pairs=1)
    refresh_consensus(campaign=campaign)
    assert {pair: row.model for pair, row in held().items() if row.model} == {validated: 0.2}
    # As if the run had been trained before any label came.
    TrainingRun.objects.update(finished_at="2000-01-01T00:00Z")
    ConsensusState.objects.all().delete()
    refresh_consensus(campaign=campaign)
    rows = held()
    assert [rows[pair].model for pair in (trained, validated, later)] == [0.9, 0.2, 0.9]
    assert rows[trained].with_model > rows[trained].posterior
    assert rows[trained].with_model_low <= rows[trained].with_model <= rows[trained].with_model_high


def test_a_correction_after_the_training_unsays_nothing_that_the_model_has_seen(campaign) -> None:
    run = serve(campaign)
    pair = Pair.objects.order_by("pk").first()
    Prediction.objects.create(run=run, pair=pair, probability=0.9, logit=2, variant="nt")
    for label in pair.labels.all():
        given = {"assistant": label.assistant, "label_id": label.pk, "submission": uuid4()}
        revise(**given, answer=Answer("unsure"))
    refresh_consensus(campaign=campaign)
    assert held()[pair.pk].model is None


def test_a_held_out_pair_has_no_consensus_with_the_model(campaign) -> None:
    pair = Pair.objects.order_by("pk").first()
    Pair.objects.filter(pk=pair.pk).update(held_out=True)
    run = serve(campaign)
    Prediction.objects.create(run=run, pair=pair, probability=0.9, logit=2, variant="nt")
    OutOfSample.objects.create(run=run, pair=pair, probability=0.9, leverage=0.4)
    CrossValidation.objects.create(run=run, pairs=1)
    assert refresh_consensus(campaign=campaign).run == run
    assert held()[pair.pk].with_model is None


def test_pairs_that_people_or_model_dispute_come_first_by_importance(campaign) -> None:
    pairs = list(Pair.objects.order_by("pk").values_list("pk", flat=True))
    run = serve(campaign)
    OutOfSample.objects.create(run=run, pair_id=pairs[3], probability=0.01, leverage=0.5)
    OutOfSample.objects.create(run=run, pair_id=pairs[5], probability=0.99, leverage=0.1)
    CrossValidation.objects.create(run=run, pairs=2)
    refresh_consensus(campaign=campaign)
    disputed = PairConsensus.objects.filter(disputed=True).order_by("-importance")
    assert disputed[0].pair_id == pairs[3]
    assert {row.pair_id for row in disputed} == {pairs[0], pairs[1], pairs[3]}


def test_training_learns_what_people_hold_likely_and_what_was_decided(campaign) -> None:
    pairs = list(Pair.objects.order_by("pk").values_list("pk", flat=True))
    refresh_consensus(campaign=campaign)
    rows = held()
    targets = {pair.pk: pair.target for pair in labelled_pairs(campaign=campaign)}
    assert targets == {pair: row.posterior for pair, row in rows.items()}
    decide(campaign, pairs[0], "similar")
    decide(campaign, pairs[1], "unsure")
    first = decide(campaign, pairs[2], "similar")
    decide(campaign, pairs[2], None, supersedes=first)
    targets = {pair.pk: pair.target for pair in labelled_pairs(campaign=campaign)}
    assert targets[pairs[0]] == 1
    assert pairs[1] not in targets
    assert targets[pairs[2]] == rows[pairs[2]].posterior


def test_labels_newer_than_the_consensus_count_by_their_shares(campaign) -> None:
    assert {pair.target for pair in labelled_pairs(campaign=campaign)} == {0.0, 1 / 3, 1.0}


def test_the_export_has_both_consensuses_and_the_decision(campaign, capsys) -> None:
    pairs = list(Pair.objects.order_by("pk"))
    decide(campaign, pairs[0].pk, "similar")
    call_command("export_labels", "--kind", "consensus", "--campaign", campaign.slug)
    rows = {row["pair_id"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    decided, agreed = rows[pairs[0].pair_id], rows[pairs[3].pair_id]
    assert (decided["consensus"], decided["adjudicated"]) == ("similar", "similar")
    assert json.loads(decided["adjudicated_reasons"]) == ["other"]
    assert decided["rationale"] == "Both show the same."
    assert float(decided["posterior"]) < 0.5
    assert (agreed["consensus"], agreed["adjudicated"]) == ("similar", "")
    assert float(agreed["low"]) < float(agreed["posterior"]) < float(agreed["high"])
    assert agreed["posterior_with_model"] == ""
    assert agreed["consensus_method"] == "dawid-skene"


def test_postgres_refuses_a_consensus_or_a_decision_that_makes_no_sense(campaign) -> None:
    pair = Pair.objects.order_by("pk").first()
    refresh_consensus(campaign=campaign)
    wrong = [
        {"low": 0.9, "posterior": 0.5},
        {"with_model": 0.4},
        {"high": 1.5},
        {"votes_unsure": 7},
        {"model": 2, "with_model": 0.4, "with_model_low": 0.1, "with_model_high": 0.5},
    ]
    for fields in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            PairConsensus.objects.filter(pair=pair).update(**fields)
    decision = decide(campaign, pair.pk, "similar")
    other = campaign_with_pairs(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        decide(campaign, pair.pk, "similar")
    with pytest.raises(IntegrityError), transaction.atomic():
        decide_elsewhere(other, pair.pk, decision)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Adjudication.objects.update(verdict="unsure")
    for fields in ({"reasons": ["other"]}, {"rationale": ""}):
        given = {"reasons": [], "rationale": "Open again."} | fields
        with pytest.raises(IntegrityError), transaction.atomic():
            Adjudication.objects.create(
                campaign=other, pair=pair, policy=other.policy, decided_by=UserFactory(), **given
            )


def test_a_served_run_judges_each_labelled_pair_by_the_others_once(campaign, monkeypatch) -> None:
    from annotation.services import training_queue

    sent = []
    monkeypatch.setattr(
        training_queue.current_app, "send_task", lambda name, args, **_: sent.append((name, args))
    )
    run = serve(campaign)
    assert attend_to_cross_validation() == [run.pk]
    assert sent == [("annotation.tasks.cross_validate", [run.pk])]
    assert cross_validate(run=run) == 12
    found = OutOfSample.objects.filter(run=run)
    assert found.count() == 12
    assert all(0 < row.probability < 1 and 0 <= row.leverage <= 1 for row in found)
    assert cross_validate(run=run) == 0
    assert attend_to_cross_validation() == []
    assert refresh_consensus(campaign=campaign).cross_validated == 12


def test_too_few_labels_to_leave_any_out_are_noted_and_not_asked_for_again() -> None:
    run = serve(campaign_with_pairs(2))
    assert cross_validate(run=run) == 0
    assert CrossValidation.objects.get(run=run).pairs == 0
    assert attend_to_cross_validation() == []


def test_of_two_refreshes_at_once_the_second_leaves_it_to_the_first(campaign) -> None:
    with psycopg.connect(**connection.get_connection_params()) as other:
        lock = "SELECT pg_advisory_lock(hashtext('figures'), %s)"
        other.execute(lock, [campaign.pk])
        assert not refresh_figures(campaign=campaign)
        assert not PairConsensus.objects.exists()
        other.execute("SELECT pg_advisory_unlock(hashtext('figures'), %s)", [campaign.pk])
    assert refresh_figures(campaign=campaign)
    assert PairConsensus.objects.count() == 12
