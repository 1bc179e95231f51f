"""Plans in closed form: as exact as the simulation that they stand in for, without numpy."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.agreement.alpha_width import AlphaWidth, alpha_width
from modeling.agreement.auroc_planning import units_for_auroc
from modeling.agreement.expected_answers import expected_answers, mean_confusion, settled
from modeling.agreement.planning import half_widths, likely_answers, units_for_alpha
from modeling.stopping import TYPICAL, Confusion
from tests.modeling.test_planning import PEOPLE, shares

THEM = [Confusion(tuple(person[0]), tuple(person[1])) for person in PEOPLE.tolist()]


@given(
    st.lists(st.tuples(shares(), shares()), min_size=1, max_size=5), st.floats(0, 1),
    st.integers(1, 4),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_what_people_say_is_the_same_with_and_without_arrays(people, prevalence, each):
    them = [Confusion(tuple(similar), tuple(other)) for similar, other in people]
    found = expected_answers(them, prevalence=prevalence, each=each).shares()
    assert sum(found.values()) == pytest.approx(1)
    if each < 2:
        return
    asked = people if len(people) >= each else [_rows(mean_confusion(them))]
    likely = likely_answers(asked, prevalence=prevalence, each=each)
    patterns = map(tuple, likely.counts.astype(int).tolist())
    assert found == pytest.approx(dict(zip(patterns, likely.probability, strict=True)))


@pytest.mark.parametrize("prevalence", [0.05, 0.28, 0.5])
@pytest.mark.parametrize("each", [2, 3])
@pytest.mark.parametrize("half_width", [0.1, 0.04])
def test_plans_are_as_large_as_simulated_ones(prevalence, each, half_width):
    simulated = units_for_alpha(
        likely_answers(PEOPLE, prevalence=prevalence, each=each), half_width, seed=1
    )
    width = alpha_width(expected_answers(THEM, prevalence=prevalence, each=each))
    # Larger by less than a tenth, smaller only by what the simulation itself is off.
    assert 0.97 <= width.units(half_width) / simulated.units <= 1.09
    assert width.alpha == pytest.approx(simulated.alpha)


@pytest.mark.parametrize("assurance", [0.5, 0.8, 0.95])
def test_the_share_of_studies_that_are_narrow_enough_is_the_wanted_one(assurance):
    likely = likely_answers(PEOPLE, prevalence=0.28, each=2)
    wanted = alpha_width(expected_answers(THEM, prevalence=0.28, each=2)).half_width(400, assurance)
    narrow = np.mean(half_widths(likely, 400, studies=600) <= wanted)
    # Rather more of them than fewer: three standard errors of 600 studies are 0.06.
    assert assurance - 0.05 <= narrow <= assurance + 0.11


def test_more_pairs_make_it_narrower_and_the_plan_is_the_smallest_that_does():
    width = alpha_width(expected_answers([TYPICAL], prevalence=0.28, each=2))
    units = width.units(0.05)
    assert width.half_width(units) <= 0.05 < width.half_width(units - 1)
    assert width.half_width(4 * units) < width.half_width(units) / 1.9


def test_what_settles_a_pair_and_how_often_it_is_right():
    one = settled(expected_answers([TYPICAL], prevalence=0.5, each=1))
    assert one.share == pytest.approx(0.97)
    assert one.right == pytest.approx((0.83 + 0.87) / 2 / one.share)
    three = settled(expected_answers([TYPICAL], prevalence=0.5, each=3))
    assert one.right < three.right < 1
    assert one.best_auroc < three.best_auroc < 1


def test_what_a_perfect_model_would_show_is_what_it_shows():
    rng = np.random.default_rng(0)
    truth = rng.random(400_000) < 0.3
    said = np.where(truth, rng.random(400_000) < 0.85, rng.random(400_000) < 0.1)
    score = truth + rng.random(400_000)
    order = score.argsort().argsort() + 1
    shown = (order[said].sum() - said.sum() * (said.sum() + 1) / 2) / (said.sum() * (~said).sum())
    person = Confusion((0.85, 0.15, 0.0), (0.1, 0.9, 0.0))
    best = settled(expected_answers([person], prevalence=0.3, each=1)).best_auroc
    assert best == pytest.approx(shown, abs=0.004)


def test_people_who_never_err_have_an_interval_of_no_width():
    perfect = Confusion((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    width = alpha_width(expected_answers([perfect], prevalence=0.3, each=2))
    assert width == AlphaWidth(1.0, 0.0, 0.0)
    assert width.units(0.01) == 20


def test_what_makes_no_sense_is_refused_with_the_reason():
    with pytest.raises(ValueError, match="two labels a pair"):
        alpha_width(expected_answers([TYPICAL], prevalence=0.3, each=1))
    always = Confusion((1.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    with pytest.raises(ValueError, match="only one label"):
        alpha_width(expected_answers([always], prevalence=0.3, each=2))
    with pytest.raises(ValueError, match="somebody"):
        expected_answers([], prevalence=0.3, each=2)
    with pytest.raises(ValueError, match="prevalence"):
        expected_answers([TYPICAL], prevalence=1.3, each=2)
    with pytest.raises(ValueError, match="one label or more"):
        expected_answers([TYPICAL], prevalence=0.3, each=0)
    width = alpha_width(expected_answers([TYPICAL], prevalence=0.28, each=2))
    with pytest.raises(ValueError, match="more than 5,000,000"):
        width.units(0.0001)
    with pytest.raises(ValueError, match="assurance"):
        width.units(0.1, assurance=1)


def test_a_plan_loads_no_numpy():
    loaded = (
        "import sys, modeling.agreement.alpha_width, modeling.agreement.auroc_planning;"
        "print([m for m in ('numpy', 'scipy', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
    assert units_for_auroc(0.05, auroc=0.9, prevalence=0.3).units > 100


def _rows(confusion: Confusion) -> list[tuple[float, float, float]]:
    return [confusion.similar, confusion.not_similar]
