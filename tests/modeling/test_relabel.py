import numpy as np
import pytest
from cleanlab.multiannotator import get_active_learning_scores

from modeling.acquisition.relabel import choose, expected_gain
from modeling.relabelling_simulation import Policy, outcome, run
from modeling.simulated_study import Setting, invent
from modeling.stopping import Rule

SIMILAR, NOT_SIMILAR, UNSURE = range(3)


def test_the_scores_are_those_of_cleanlab():
    rng = np.random.default_rng(0)
    table = np.full((60, 5), np.nan)
    for row in table:
        row[rng.choice(5, size=rng.integers(1, 4), replace=False)] = 1
    table[~np.isnan(table)] = rng.integers(0, 2, int((~np.isnan(table)).sum()))
    p, new = rng.random(60), rng.random(30)
    items, annotators = np.nonzero(~np.isnan(table))
    said = np.where(table[items, annotators] == 1, SIMILAR, NOT_SIMILAR)
    theirs = get_active_learning_scores(table, np.c_[1 - p, p], np.c_[1 - new, new])
    for ours, reference in zip(expected_gain(items, annotators, said, p, new), theirs, strict=True):
        assert ours == pytest.approx(reference)


def test_disputed_pairs_are_worth_more_than_agreed_ones_and_doubtful_new_ones_more_than_sure_ones():
    items = np.repeat(np.arange(8), 2)
    said = [SIMILAR, SIMILAR] * 3 + [NOT_SIMILAR, NOT_SIMILAR] * 4 + [SIMILAR, NOT_SIMILAR]
    p = np.array([0.9, 0.9, 0.8, 0.1, 0.1, 0.1, 0.1, 0.5])
    labelled, new = expected_gain(items, [0, 1] * 8, said, p, np.array([0.5, 0.95, np.nan]))
    assert labelled.argmin() == 7
    assert new[0] < new[1]
    assert new[2] == pytest.approx(new[0])


def test_a_pair_that_only_got_unsure_counts_as_a_new_one():
    labelled, new = expected_gain(
        [0, 1, 1], [4, 4, 9], [UNSURE, SIMILAR, SIMILAR], np.array([0.7, 0.8]), np.array([0.7])
    )
    assert labelled[0] == new[0]
    assert labelled[1] > new[0]


def test_of_two_votes_by_one_annotator_the_later_counts_also_where_it_is_unsure():
    model, new = [0.3, 0.6], [0.5]
    replaced = expected_gain([0, 1, 1, 1], [0, 0, 1, 1], [0, 1, 0, 2], model, new)
    once = expected_gain([0, 1, 1], [0, 0, 1], [0, 1, 2], model, new)
    for found, expected in zip(replaced, once, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_tie_of_votes_and_model_gives_the_same_scores_each_time():
    args = [0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 0, 0], np.array([0.5, np.nan]), np.array([0.5])
    first, again = (np.concatenate(expected_gain(*args)) for _ in range(2))
    assert first.tolist() == again.tolist()


def test_there_may_be_nothing_labelled_nothing_new_or_nothing_at_all():
    none = np.empty(0)
    labelled, new = expected_gain([], [], [], none, np.array([0.5, 0.9]))
    assert (labelled.shape, new.shape) == ((0,), (2,))
    labelled, new = expected_gain([0], [3], [SIMILAR], np.array([0.9]), none)
    assert (labelled.shape, new.shape) == ((1,), (0,))
    assert [len(scores) for scores in expected_gain([], [], [], none, none)] == [0, 0]


@pytest.mark.parametrize(
    ("votes", "message"),
    [
        (([1], [0], [0]), "no probability"),
        (([0], [0], [3]), "codes of"),
        (([0], [0, 1], [0]), "one length"),
    ],
)
def test_votes_that_make_no_sense_are_refused(votes, message):
    with pytest.raises(ValueError, match=message):
        expected_gain(*votes, np.array([0.5]), np.array([0.5]))


def test_the_budget_goes_to_the_lowest_scores_and_to_new_pairs_where_they_are_equal():
    choice = choose(np.array([0.9, 0.2, 0.5]), np.array([0.5, 0.8]), budget=4)
    assert choice.index.tolist() == [1, 0, 2, 1]
    assert choice.labelled.tolist() == [True, False, True, False]
    assert len(choose(np.array([0.9]), np.empty(0), budget=5).index) == 1
    with pytest.raises(ValueError, match="negative"):
        choose(np.empty(0), np.empty(0), budget=-1)


@pytest.fixture(scope="module")
def simulated():
    """Policy -> figures on one study of random pairs, by the product's own rules."""
    study = invent(Setting("random"), people=12, pairs=300, rng=np.random.default_rng(3))
    policies = {
        "three": Policy("three", Rule.FIXED, base=3),
        "differ": Policy("differ", Rule.DIFFER, most=3),
        "posterior": Policy("posterior", Rule.POSTERIOR),
        "routed": Policy("routed", Rule.POSTERIOR, routed=True),
    }
    runs = {name: run(study, each, np.random.default_rng(0)) for name, each in policies.items()}
    for labelling in runs.values():
        assert not np.any(labelling.seen & ~study.reads)
        assert labelling.count.max() <= 5
    return {name: outcome(labelling) for name, labelling in runs.items()}


def test_the_posterior_stop_takes_well_under_two_thirds_of_the_labels_of_three_each(simulated):
    assert simulated["three"]["labels"] == 3
    assert 1 < simulated["posterior"]["labels"] < 2
    assert 2 < simulated["differ"]["labels"] < 2.5
    assert simulated["posterior"]["accuracy"] >= simulated["three"]["accuracy"] - 0.01


def test_a_consensus_without_the_model_stays_right_where_disputed_pairs_have_most_of_the_votes(
    simulated,
):
    for rule in ("posterior", "routed"):
        without = simulated[rule]["without_model"]
        assert without >= simulated["three"]["without_model"] - 0.02


def test_routing_costs_no_more_labels(simulated):
    assert simulated["routed"]["labels"] < simulated["posterior"]["labels"] + 0.15


def test_activelab_spends_its_budget_and_no_more():
    study = invent(Setting("random"), people=6, pairs=60, rng=np.random.default_rng(0))
    labelling = run(study, Policy("a", Rule.ACTIVELAB), np.random.default_rng(0), budget=130)
    assert labelling.seen.sum() == 130
