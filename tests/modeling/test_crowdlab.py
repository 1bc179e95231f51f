import contextlib
import io
import warnings

import numpy as np
import pytest
from cleanlab.multiannotator import get_label_quality_multiannotator
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.agreement import crowdlab, dawid_skene_labels, glad, mace
from tests.modeling.crowds import crowd, share_right


def random_case(seed):
    """A table of labels with NaN where missing, some agreement, and a model's probabilities."""
    rng = np.random.default_rng(seed)
    n, m, k = rng.integers(8, 60), rng.integers(2, 9), rng.integers(2, 5)
    table = rng.integers(k, size=(n, m)).astype(float)
    truth = np.repeat(rng.integers(k, size=(n, 1)), m, axis=1)
    table = np.where(rng.random((n, m)) < 0.6, truth, table)
    table[rng.random((n, m)) < rng.uniform(0, 0.7)] = np.nan
    # cleanlab refuses units and annotators without labels, and needs some overlap.
    table[0, :] = truth[0]
    table = table[~np.isnan(table).all(axis=1)]
    return table, rng.dirichlet(np.ones(k), size=len(table))


def by_cleanlab(table, probabilities):
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return get_label_quality_multiannotator(
            table, probabilities, return_weights=True, verbose=False
        )


def fit_table(table, probabilities):
    units, annotators = np.nonzero(~np.isnan(table))
    labels = table[units, annotators].astype(int)
    return crowdlab.fit(
        units, annotators, labels, probabilities=probabilities, n_annotators=table.shape[1]
    )


def assert_is_cleanlabs(table, probabilities):
    theirs, ours = by_cleanlab(table, probabilities), fit_table(table, probabilities)
    quality = theirs["label_quality"]
    said = quality["consensus_label"].to_numpy()
    assert np.array_equal(ours.consensus, said)
    own = ours.posterior[np.arange(len(table)), said]
    assert own == pytest.approx(quality["consensus_quality_score"].to_numpy(), abs=1e-9)
    assert ours.annotator_weight == pytest.approx(theirs["annotator_weight"], abs=1e-9)
    assert ours.model_weight == pytest.approx(theirs["model_weight"], abs=1e-9)
    # The posterior of every label that somebody gave.
    detailed = theirs["detailed_label_quality"].to_numpy()
    units, annotators = np.nonzero(~np.isnan(table))
    given = ours.posterior[units, table[units, annotators].astype(int)]
    assert given == pytest.approx(detailed[units, annotators], abs=1e-9)
    stats = theirs["annotator_stats"].sort_index()["annotator_quality"].to_numpy()
    assert ours.quality == pytest.approx(stats, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("seed", range(30))
def test_crowdlab_is_that_of_cleanlab(seed):
    assert_is_cleanlabs(*random_case(seed))


def test_ties_that_the_model_cannot_break_go_to_the_rarer_label_as_in_cleanlab():
    table = np.array([[0, 1, np.nan], [0, 0, 0], [0, 0, np.nan], [1, 0, 1], [1, 1, 0]], dtype=float)
    probabilities = np.array([[0.5, 0.5], [0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.2, 0.8]])
    assert_is_cleanlabs(table, probabilities)


def test_somebody_who_shares_no_unit_has_the_mean_weight_as_in_cleanlab():
    rng = np.random.default_rng(0)
    table = np.full((20, 4), np.nan)
    table[:12, :3] = rng.integers(2, size=(12, 3))
    table[12:, 3] = rng.integers(2, size=8)
    assert_is_cleanlabs(table, rng.dirichlet([1, 1], size=20))


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_posteriors_sum_to_one_and_names_do_not_matter(seed):
    table, probabilities = random_case(seed)
    k, rng = probabilities.shape[1], np.random.default_rng(seed)
    fitted = fit_table(table, probabilities)
    assert fitted.posterior.sum(axis=1) == pytest.approx(1.0)
    units, people, new = (rng.permutation(size) for size in (*table.shape, k))
    renamed = np.where(np.isnan(table), np.nan, new[np.nan_to_num(table).astype(int)])
    inverse = np.argsort(new)
    after = fit_table(renamed[units][:, people], probabilities[units][:, inverse])
    # Which label is the commonest may be a tie, which is broken by code; the share is the same.
    assert after.posterior[:, new] == pytest.approx(fitted.posterior[units], abs=1e-9)
    assert after.quality == pytest.approx(fitted.quality[people], abs=1e-9, nan_ok=True)


def test_a_unit_without_labels_is_what_the_model_says():
    fitted = crowdlab.fit(
        [0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 1, 1], probabilities=[[0.8, 0.2], [0.3, 0.7], [0.6, 0.4]]
    )
    assert fitted.posterior[2] == pytest.approx([0.6, 0.4])


def informed(truth, seed, separation=2.5):
    """Calibrated probabilities of a model with AUROC 0.96."""
    rng = np.random.default_rng(seed + 1000)
    evidence = rng.normal(np.where(truth == 1, separation, 0.0), 1.0)
    p = 1 / (1 + np.exp(-(separation * evidence - separation**2 / 2)))
    return np.stack([1 - p, p], axis=1)


# The gain over the best of the three was 0.078 to 0.097.
@pytest.mark.parametrize("seed", range(5))
def test_with_an_informative_model_it_beats_those_without(seed):
    truth, *votes = crowd(2000, 2, seed=seed)
    p = informed(truth, seed)
    with_model = share_right(crowdlab.fit(*votes, probabilities=p).posterior, truth)
    others = [share_right(m.fit(*votes).posterior, truth) for m in (glad, mace, dawid_skene_labels)]
    assert with_model > max(others) + 0.05
    assert with_model > share_right(p, truth)


@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        ([[0.5, 0.6]], "a distribution over the labels"),
        ([[1.5, -0.5]], "a distribution over the labels"),
        ([[np.nan, 0.5]], "a distribution over the labels"),
        ([0.5], "a row for each unit"),
        ([[0.4, 0.6]], "labels of two annotators"),
    ],
)
def test_what_cannot_be_used_is_refused(probabilities, message):
    with pytest.raises(ValueError, match=message):
        crowdlab.fit([0], [0], [1], probabilities=probabilities)
