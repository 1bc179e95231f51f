"""P(similar) by people and with a model, labels that both doubt, and words that no label swayed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from modeling.agreement.dawid_skene import fit
from modeling.agreement.label_errors import doubted_labels
from modeling.agreement.methods import consensus
from modeling.agreement.pair_consensus import METHODS, pair_consensus
from modeling.agreement.ratings import read_ratings
from modeling.config import TrainingConfig
from modeling.errors import NotEnoughData
from modeling.out_of_sample import leverage, out_of_sample
from modeling.schema import PairExample, VideoText

VERDICTS = ("similar", "not_similar", "unsure")
ANSWERS = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 4), st.sampled_from(VERDICTS)),
    min_size=1,
    max_size=40,
)


def simulated(units: int = 200, seed: int = 0):
    """Ratings by six people of growing skill, the truth, and a fairly good model."""
    rng = np.random.default_rng(seed)
    truth = rng.random(units) < 0.4
    rows = [
        (unit, int(who), VERDICTS[int(truth[unit] != (rng.random() < 0.7 + 0.04 * who))])
        for unit in range(units)
        for who in rng.choice(6, 3, replace=False)
    ]
    model = np.clip(np.where(truth, 0.75, 0.25) + rng.normal(0, 0.15, units), 0.01, 0.99)
    return read_ratings(rows), truth, model


@given(rows=ANSWERS, method=st.sampled_from(METHODS), seed=st.integers(0, 99))
def test_every_posterior_lies_in_its_interval_and_only_told_units_have_the_model(
    rows, method, seed
) -> None:
    ratings = read_ratings(rows)
    model = np.random.default_rng(seed).random(len(ratings.units))
    model[::2] = np.nan
    found = pair_consensus(ratings, method, model=model)
    for estimates in (found.people, found.with_model):
        told = np.isfinite(estimates.posterior)
        p, low, high = (getattr(estimates, each)[told] for each in ("posterior", "low", "high"))
        assert np.all((low >= 0) & (low <= p) & (p <= high) & (high <= 1))
    assert np.isfinite(found.people.posterior).all()
    assert (np.isfinite(found.with_model.posterior) == np.isfinite(model)).all()


@given(rows=ANSWERS, method=st.sampled_from(METHODS))
def test_the_people_s_consensus_does_not_depend_on_the_model(rows, method) -> None:
    ratings = read_ratings(rows)
    nothing = np.full(len(ratings.units), np.nan)
    certain = np.full(len(ratings.units), 0.99)
    one, other = (pair_consensus(ratings, method, model=m).people for m in (nothing, certain))
    np.testing.assert_array_equal(one.posterior, other.posterior)
    np.testing.assert_array_equal(one.low, other.low)


def test_a_majority_is_a_share_with_jeffreys_interval() -> None:
    rows = [("a", who, "similar") for who in range(3)] + [
        ("a", 3, "not_similar"),
        ("b", 0, "unsure"),
    ]
    found = pair_consensus(read_ratings(rows), "majority", model=np.array([0.9, np.nan]))
    assert found.people.posterior == pytest.approx([3.5 / 5, 0.5])
    assert found.people.low[0] == pytest.approx(beta.ppf(0.025, 3.5, 1.5))
    assert found.people.high[0] == pytest.approx(beta.ppf(0.975, 3.5, 1.5))
    assert found.with_model.posterior[0] == pytest.approx(3.9 / 5)


@pytest.mark.parametrize("method", ["glad", "mace"])
def test_the_model_s_odds_take_the_place_of_even_ones(method) -> None:
    ratings, _, model = simulated()
    found = pair_consensus(ratings, method, model=model)
    own = consensus(ratings, method, labels=VERDICTS[:2]).posterior[:, 0]
    word = np.clip(model, 0.02, 0.98)
    odds = own / (1 - own) * word / (1 - word)
    np.testing.assert_allclose(found.with_model.posterior, odds / (1 + odds), rtol=1e-6)


@pytest.mark.parametrize("units", [1, 5, 150])
def test_the_model_s_odds_take_the_place_of_the_fitted_base_rate(units) -> None:
    ratings, _, model = simulated(units)
    found = pair_consensus(ratings, "dawid-skene", model=model)
    base = fit(ratings.unit, ratings.annotator, _codes(ratings)).prevalence
    word, own = np.clip(model, 0.02, 0.98), found.people.posterior
    odds = own / (1 - own) * word / (1 - word) / (base / (1 - base))
    np.testing.assert_allclose(found.with_model.posterior, odds / (1 + odds), rtol=1e-6)


def _codes(ratings) -> np.ndarray:
    return np.array([VERDICTS.index(label) for label in ratings.labels])[ratings.label]


def test_where_nobody_was_sure_with_the_model_it_is_the_model_s_word() -> None:
    rows = [(unit, who, VERDICTS[unit % 2]) for unit in range(20) for who in range(3)]
    rows += [(unit, who, "unsure") for unit in range(20, 26) for who in range(3)]
    found = pair_consensus(read_ratings(rows), "dawid-skene", model=np.full(26, 0.8))
    assert found.people.posterior[20:] == pytest.approx(np.full(6, 0.5), abs=0.05)
    assert found.with_model.posterior[20:] == pytest.approx(np.full(6, 0.8))


@pytest.mark.parametrize("method", METHODS)
def test_a_good_model_makes_the_consensus_better(method) -> None:
    ratings, truth, model = simulated(1000)
    found = pair_consensus(ratings, method, model=model)
    assert found.method == method
    truth = truth[np.array(ratings.units)]
    alone, together = (
        np.mean((each.posterior - truth) ** 2) for each in (found.people, found.with_model)
    )
    assert together < alone


def test_without_overlap_crowdlab_gives_way_to_the_majority() -> None:
    rows = [(unit, unit % 2, "similar") for unit in range(6)]
    assert (
        pair_consensus(read_ratings(rows), "crowdlab", model=np.full(6, 0.5)).method == "majority"
    )


@pytest.mark.parametrize("model", [np.array([0.5]), np.array([0.5, 1.2])])
def test_a_model_s_word_must_fit(model) -> None:
    ratings = read_ratings([("a", 0, "similar"), ("b", 0, "unsure")])
    with pytest.raises(ValueError, match="probability"):
        pair_consensus(ratings, "majority", model=model)
    with pytest.raises(ValueError, match="not among"):
        pair_consensus(ratings, "loudest", model=np.full(2, 0.5))


def test_a_label_is_doubted_where_consensus_and_model_both_say_the_other() -> None:
    posterior = np.array([0.9, 0.1, 0.9, 0.9, 0.1])
    model = np.array([0.8, 0.2, 0.1, np.nan, 0.4])
    unit, verdict = np.array([0, 0, 1, 1, 2, 3, 4, 0]), np.array([0, 1, 0, 1, 1, 1, 0, 2])
    found = doubted_labels(unit, verdict, posterior, model)
    # Mean word where similar is the consensus, and where not similar is.
    assert found.thresholds == pytest.approx((0.45, 0.7))
    assert found.doubted.tolist() == [False, True, True, False, False, False, False, False]


def test_confident_learning_thresholds_are_those_of_a_literal_version() -> None:
    ratings, _, model = simulated(300, seed=3)
    posterior = pair_consensus(ratings, "dawid-skene", model=model).people.posterior
    found = doubted_labels(ratings.unit, 1 - ratings.label // 2, posterior, model)
    sums = {True: [], False: []}
    for p, q in zip(posterior, model, strict=True):
        sums[bool(p > 0.5)].append(q if p > 0.5 else 1 - q)
    means = {answer: sum(words) / len(words) for answer, words in sums.items()}
    for unit, label, doubted in zip(ratings.unit, ratings.label, found.doubted, strict=True):
        says = bool(label == 2)
        other = 1 - model[unit] if says else model[unit]
        expected = (posterior[unit] > 0.5) != says and other >= means[not says]
        assert bool(doubted) == expected


def examples(count: int, flipped: frozenset[int] = frozenset()) -> list[PairExample]:
    """Even ones share their title; the labels of those in `flipped` are wrong."""

    def pair(i: int) -> PairExample:
        left = VideoText(title=f"maps of town number {i}", channel="a")
        right = left if i % 2 == 0 else VideoText(title=f"bread in oven {i * 7}", channel="b")
        target = float((i % 2 == 0) != (i in flipped))
        return PairExample(f"p{i}", left, right, target=target)

    return [pair(i) for i in range(count)]


def test_a_wrong_label_is_not_repeated_by_a_model_that_has_not_seen_it(tmp_path) -> None:
    flipped = frozenset({4, 11, 30})
    config = TrainingConfig(seed=1, embedding_cache=tmp_path / "embeddings.sqlite")
    found = out_of_sample(examples(60, flipped), config=config)
    agrees = (found.probability > 0.5) == np.array([e.target == 1 for e in examples(60)])
    assert agrees.mean() > 0.95
    assert agrees[list(flipped)].all()
    assert np.all((found.leverage >= 0) & (found.leverage <= 1))
    again = out_of_sample(examples(60, flipped), config=config)
    np.testing.assert_array_equal(found.probability, again.probability)


def test_too_few_of_a_class_to_leave_any_out_is_said() -> None:
    with pytest.raises(NotEnoughData, match="Too few"):
        out_of_sample([], config=TrainingConfig())
    one_sided = [e for e in examples(40) if e.target == 1]
    with pytest.raises(NotEnoughData, match="Too few"):
        out_of_sample(one_sided, config=TrainingConfig())


def test_leverage_is_the_diagonal_of_the_hat_matrix() -> None:
    rng = np.random.default_rng(0)
    x, p, w = rng.normal(size=(30, 3)), rng.uniform(0.1, 0.9, 30), rng.uniform(0.5, 2, 30)
    design = np.column_stack([np.ones(30), (x - x.mean(0)) / x.std(0)])
    half = np.diag(np.sqrt(w * p * (1 - p)))
    penalty = np.diag([1e-9, 1, 1, 1])
    hat = half @ design @ np.linalg.inv(design.T @ half @ half @ design + penalty) @ design.T @ half
    np.testing.assert_allclose(leverage(x, p, w), np.diag(hat), rtol=1e-9)
