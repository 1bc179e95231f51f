"""GLAD, MACE and Dawid-Skene for any labels, against literal versions and against the truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from modeling.agreement import dawid_skene_labels, glad, mace
from tests.modeling.crowds import crowd, share_right, vote_shares
from tests.modeling.literal_crowd_models import literal_dawid_skene, literal_glad, literal_mace

MODELS = {"glad": glad.fit, "mace": mace.fit, "dawid-skene": dawid_skene_labels.fit}
every_model = pytest.mark.parametrize("fit", MODELS.values(), ids=MODELS)
# A unit is a list of labels by annotator, None where missing.
tables = st.lists(
    st.lists(st.sampled_from([None, 0, 1, 2]), min_size=4, max_size=4), min_size=1, max_size=10
)


def codes(table):
    said = [(u, a, x) for u, unit in enumerate(table) for a, x in enumerate(unit) if x is not None]
    return np.array(said, dtype=int).reshape(-1, 3).T


def sizes(table):
    return {"n_units": len(table), "n_annotators": 4, "n_labels": 3}


def small_crowd(n_labels):
    _, *votes = crowd(12, 3, seed=4, skills=[0.9, 0.8, 0.7, 0.4], n_labels=n_labels)
    return votes


@pytest.mark.parametrize("k", [2, 3])
def test_glad_is_at_the_maximum_of_the_papers_posterior(k):
    votes = small_crowd(k)
    n, m = 12, 4

    def loss(x):
        return -literal_glad(x[:m], x[m:], votes, n, k)[0]

    best = minimize(loss, np.ones(m + n), method="BFGS", options={"gtol": 1e-6})
    fitted = glad.fit(*votes, tolerance=1e-12, max_iterations=5000)
    assert fitted.bounds[-1] == pytest.approx(-best.fun, abs=1e-6)
    assert fitted.ability == pytest.approx(best.x[:m], abs=2e-3)
    assert fitted.ease == pytest.approx(best.x[m:], abs=2e-3)
    _, posterior = literal_glad(fitted.ability, fitted.ease, votes, n, k)
    assert fitted.posterior == pytest.approx(posterior, abs=1e-9)


@pytest.mark.parametrize("k", [2, 3])
def test_mace_is_the_papers_variational_em(k):
    votes = small_crowd(k)
    posterior, knowing = literal_mace(votes, 12, 4, k, rounds=6)
    fitted = mace.fit(*votes, restarts=1, max_iterations=6, tolerance=0)
    assert len(fitted.bounds) == 6
    assert fitted.posterior == pytest.approx(posterior, abs=1e-9)
    assert fitted.knowing == pytest.approx(knowing, abs=1e-9)


@pytest.mark.parametrize("k", [2, 3])
def test_dawid_skene_is_a_plain_em(k):
    votes = small_crowd(k)
    fitted = dawid_skene_labels.fit(*votes, max_iterations=5, tolerance=0)
    assert fitted.posterior == pytest.approx(literal_dawid_skene(votes, 12, 4, k, 5), abs=1e-9)


@every_model
@given(table=tables)
@settings(max_examples=60, deadline=None)
def test_posteriors_sum_to_one_and_no_step_lowers_the_bound(fit, table):
    fitted = fit(*codes(table), **sizes(table))
    assert fitted.posterior.shape == (len(table), 3)
    assert fitted.posterior.sum(axis=1) == pytest.approx(1.0)
    assert np.all(np.diff(fitted.bounds) >= -1e-9)


@every_model
@given(table=tables, data=st.data())
@settings(max_examples=60, deadline=None)
def test_other_names_for_units_annotators_and_labels_change_only_names(fit, table, data):
    # MACE's random starts are not the same by another name, its first one is.
    options = sizes(table) | ({"restarts": 1} if fit is mace.fit else {})
    units, annotators, labels = codes(table)
    u, a, y = (np.array(data.draw(st.permutations(range(n)))) for n in (len(table), 4, 3))
    before = fit(units, annotators, labels, **options)
    after = fit(u[units], a[annotators], y[labels], **options)
    assert after.posterior[u][:, y] == pytest.approx(before.posterior, abs=1e-6)
    assert after.quality[a] == pytest.approx(before.quality, abs=1e-6, nan_ok=True)


@every_model
@pytest.mark.parametrize("seed", range(5))
def test_each_annotator_twice_flips_no_unanimous_unit(fit, seed):
    _, units, annotators, labels = crowd(60, 3, seed=seed, n_labels=3)
    shares = vote_shares(units, labels, 3, 60)
    unanimous = shares.max(axis=1) == 1
    assert unanimous.sum() > 10
    twice = fit(
        np.tile(units, 2), np.concatenate([annotators, annotators + 10]), np.tile(labels, 2)
    )
    for fitted in (fit(units, annotators, labels), twice):
        assert np.array_equal(fitted.posterior[unanimous].argmax(1), shares[unanimous].argmax(1))


# The gain was 0.040 to 0.066 with two labels, 0.027 to 0.043 with three.
@every_model
@pytest.mark.parametrize(("n_labels", "least"), [(2, 0.03), (3, 0.02)])
def test_annotators_of_different_reliability_are_better_weighed_than_counted(fit, n_labels, least):
    gains = []
    for seed in range(5):
        truth, *votes = crowd(2000, 5, seed=seed, n_labels=n_labels)
        majority = share_right(vote_shares(votes[0], votes[2], n_labels, 2000), truth)
        gains.append(share_right(fit(*votes).posterior, truth) - majority)
    assert min(gains) > least


@every_model
def test_quality_follows_reliability(fit):
    skills = np.linspace(0.5, 0.95, 10)
    _, *votes = crowd(2000, 5, seed=1, skills=skills)
    quality = fit(*votes, n_annotators=11).quality
    assert np.corrcoef(quality[:10], skills)[0, 1] > 0.97
    # Of the eleventh nothing is known.
    assert np.isnan(quality[10]) or quality[:10].min() < quality[10] < quality[:10].max()


def test_glad_finds_the_difficult_units():
    rng = np.random.default_rng(0)
    easy = rng.random(1000) < 0.5
    units, annotators = np.repeat(np.arange(1000), 8), np.tile(np.arange(8), 1000)
    labels = (rng.random(8000) < np.where(easy, 0.97, 0.6)[units]).astype(int)
    ease = glad.fit(units, annotators, labels).ease
    assert ease[easy].mean() > ease[~easy].mean() + 0.5


def test_mace_is_the_same_again_with_the_same_seed_and_uses_restarts():
    _, *votes = crowd(200, 3)
    first, again = (mace.fit(*votes, seed=3) for _ in range(2))
    assert np.array_equal(first.posterior, again.posterior)
    assert first.bounds[-1] >= mace.fit(*votes, restarts=1).bounds[-1] - 1e-3


def test_mace_on_a_sample_of_starts_ends_where_all_labels_lead(monkeypatch):
    _, *votes = crowd(2000, 3)
    whole = mace.fit(*votes, tolerance=1e-9)
    monkeypatch.setattr(mace, "SAMPLE", 1000)
    sampled = mace.fit(*votes, tolerance=1e-9)
    # The bound is flat around its top, so posteriors are compared on the whole.
    assert sampled.bounds[-1] == pytest.approx(whole.bounds[-1], abs=0.5)
    assert np.abs(sampled.posterior - whole.posterior).mean() < 0.01


def test_single_labels_everywhere_are_believed_by_dawid_skene():
    _, units, annotators, labels = crowd(400, 1, n_labels=3)
    fitted = dawid_skene_labels.fit(units, annotators, labels)
    assert np.array_equal(fitted.posterior.argmax(axis=1), labels)


@every_model
@pytest.mark.parametrize(
    ("votes", "options", "message"),
    [
        (([0], [0], [2]), {"n_labels": 2}, "codes must lie within 0 and 1"),
        (([-1], [0], [1]), {}, "codes must lie within"),
        (([0, 1], [0], [1]), {}, "of one length"),
        (([0], [0], [0]), {}, "n_labels must be 2 or more"),
        (([0], [0], [1]), {"max_iterations": 0}, "max_iterations"),
    ],
)
def test_what_does_not_fit_together_is_refused(fit, votes, options, message):
    with pytest.raises(ValueError, match=message):
        fit(*votes, **options)
