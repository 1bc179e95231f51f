import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import betaln

from modeling.agreement.shrinkage import shrink, wilson


def by_quadrature(successes, trials, person):
    """Posterior mean and 95% interval of one person by scipy's beta functions, on a grid of its
    own of the group's distribution; shares are not put on a grid."""
    means = (np.arange(200) + 0.5) / 200
    strengths = 2 * ((np.arange(12) + 0.5) / 12) ** -2.0
    mean, strength = (g.ravel() for g in np.meshgrid(means, strengths))
    a, b = mean * strength, (1 - mean) * strength
    logs = np.zeros(len(a))
    for s, n in zip(successes, trials, strict=True):
        logs += betaln(a + s, b + n - s) - betaln(a, b)
    s, n = successes[person], trials[person]
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()

    def cdf(x):
        return float(weight @ stats.beta.cdf(x, a + s, b + n - s))

    grid = np.linspace(0, 1, 401)
    bounds = np.interp([0.025, 0.975], [cdf(x) for x in grid], grid)
    above = float(weight @ stats.beta.sf(mean, a + s, b + n - s))
    return float(weight @ ((a + s) / (a + b + n))), *bounds, above


@pytest.mark.parametrize("person", range(4))
def test_the_posterior_is_that_of_quadrature_with_beta_functions(person):
    successes, trials = [45, 180, 7, 0], [50, 200, 12, 0]
    drawn = shrink(successes, trials)
    value, low, high, above = by_quadrature(successes, trials, person)
    assert drawn.value[person] == pytest.approx(value, abs=0.0005)
    assert drawn.low[person] == pytest.approx(low, abs=0.003)
    assert drawn.high[person] == pytest.approx(high, abs=0.003)
    assert drawn.above[person] == pytest.approx(above, abs=0.003)


def test_few_labels_are_drawn_to_the_others_and_many_are_not():
    successes, trials = [900] * 8 + [5, 500], [1000] * 8 + [10, 1000]
    drawn = shrink(successes, trials)
    assert 0.6 < drawn.value[8] < 0.9
    assert drawn.value[9] == pytest.approx(0.5, abs=0.02)
    assert drawn.high[8] - drawn.low[8] > 2 * (drawn.high[9] - drawn.low[9])


def test_intervals_hold_the_true_share_about_as_often_as_they_say():
    rng, held = np.random.default_rng(0), []
    for _ in range(60):
        shares = rng.beta(18, 2, size=8)
        trials = rng.integers(0, 40, size=8)
        drawn = shrink(rng.binomial(trials, shares), trials)
        held.append((drawn.low <= shares) & (shares <= drawn.high))
    # 0.95 give or take three standard errors of 480.
    assert 0.92 <= np.mean(held) <= 0.98


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=6))
@settings(max_examples=40, deadline=None)
def test_every_figure_is_a_share_and_lies_within_its_interval(pairs):
    drawn = shrink([s for s, _ in pairs], [s + f for s, f in pairs])
    for of in (drawn.value, drawn.low, drawn.high, drawn.usual, drawn.above):
        assert np.all((of >= 0) & (of <= 1 + 1e-9))
    assert np.all(drawn.low <= drawn.high)
    assert np.all((drawn.low <= drawn.value) & (drawn.value <= drawn.high))


def test_a_crowd_of_one_kind_and_somebody_quite_unlike_it_give_numbers():
    drawn = shrink([19_000] * 400 + [10], [20_000] * 400 + [20_000])
    assert drawn.value[400] < 0.01
    assert drawn.above[400] < 1e-6
    assert np.all(np.isfinite(drawn.high))


def test_the_interval_of_one_share_is_wilsons():
    # Newcombe 1998, table I: 81 of 263.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(0, 0) == (0, 1)


@pytest.mark.parametrize(("s", "n"), [([2], [1]), ([-1], [1]), ([1, 2], [3])])
def test_impossible_counts_are_refused(s, n):
    with pytest.raises(ValueError, match="successes"):
        shrink(s, n)
