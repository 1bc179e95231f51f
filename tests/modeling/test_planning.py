import csv
import json
import time
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.agreement.alpha import alpha_nominal
from modeling.agreement.auroc_planning import auroc_error, units_for_auroc
from modeling.agreement.planning import (
    half_widths,
    likely_answers,
    observed_answers,
    units_for_alpha,
)
from modeling.agreement.ratings import Patterns
from modeling.agreement.report import agreement_report
from modeling.cli import main
from modeling.errors import TrainingCancelled
from modeling.progress import TrainingCallback
from modeling.stopping import VERDICTS

PEOPLE = np.array([
    [[0.9, 0.07, 0.03], [0.05, 0.92, 0.03]],
    [[0.8, 0.15, 0.05], [0.1, 0.85, 0.05]],
    [[0.7, 0.2, 0.1], [0.2, 0.7, 0.1]],
    [[0.85, 0.15, 0.0], [0.1, 0.9, 0.0]],
])  # fmt: skip


def shares():
    return st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(
        lambda parts: [p / sum(parts) for p in parts]
    )


@given(
    st.lists(st.tuples(shares(), shares()), min_size=3, max_size=5), st.floats(0, 1),
    st.integers(2, 3),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_what_a_unit_may_get_is_exact(people, prevalence, each):
    likely = likely_answers(people, prevalence=prevalence, each=each)
    expected = dict.fromkeys(map(tuple, likely.counts.astype(int).tolist()), 0.0)
    subsets = list(combinations(people, each))
    for subset, said in product(subsets, product(range(3), repeat=each)):
        for truth, share in ((0, prevalence), (1, 1 - prevalence)):
            chance = np.prod([who[truth][v] for who, v in zip(subset, said, strict=True)])
            expected[tuple(said.count(v) for v in range(3))] += share * chance / len(subsets)
    assert likely.probability == pytest.approx(list(expected.values()), abs=1e-12)
    assert likely.probability.sum() == pytest.approx(1)


def simulate(rng, units):
    """Rows of a study by PEOPLE, two of them a unit, 30% similar."""
    truth = np.where(rng.random(units) < 0.3, 0, 1)
    for unit in range(units):
        for who in rng.choice(len(PEOPLE), size=2, replace=False):
            yield unit, int(who), VERDICTS[rng.choice(3, p=PEOPLE[who, truth[unit]])]


def test_studies_of_the_planned_size_have_intervals_of_the_wanted_width():
    likely = likely_answers(PEOPLE, prevalence=0.3, each=2)
    plan = units_for_alpha(likely, 0.1, assurance=0.8)
    narrow, values = [], []
    for study in range(60):
        rows = simulate(np.random.default_rng(study), plan.units)
        figure = agreement_report(rows, resamples=400, seed=study)["alpha_nominal"]
        narrow.append((figure["high"] - figure["low"]) / 2 <= 0.1)
        values.append(figure["value"])
    # 0.8 give or take three standard errors of 60 studies.
    assert 0.64 <= np.mean(narrow) <= 0.96
    assert np.mean(values) == pytest.approx(plan.alpha, abs=0.025)
    assert plan.typical_half_width <= plan.half_width == pytest.approx(0.1, rel=0.03)
    fewer = half_widths(likely, round(plan.units * 0.9))
    assert np.mean(fewer <= 0.1) < 0.5


def test_narrower_takes_more_and_the_same_seed_plans_the_same():
    likely = likely_answers(PEOPLE[:1], prevalence=0.3, each=3)
    wide, narrow = (units_for_alpha(likely, w) for w in (0.1, 0.05))
    assert narrow.units == pytest.approx(4 * wide.units, rel=0.1)
    assert narrow.labels == 3 * narrow.units
    assert units_for_alpha(likely, 0.1) == wide


def test_a_plan_can_rest_on_what_pairs_were_given_so_far():
    patterns = Patterns(np.array([[2.0, 0, 0], [1, 1, 0], [0, 2, 0], [0, 1, 0]]),
                        np.array([30.0, 10, 60, 400]))  # fmt: skip
    likely = observed_answers(patterns, each=2)
    assert likely.probability.tolist() == pytest.approx([0.3, 0.1, 0.6])
    expected = alpha_nominal(np.array([[3e8, 1e8, 6e8]]), patterns.counts[:3])
    assert units_for_alpha(likely, 0.1).alpha == pytest.approx(expected[0], abs=1e-6)
    with pytest.raises(ValueError, match="no pair has exactly 3"):
        observed_answers(patterns, each=3)


def test_planning_stops_when_asked_and_says_how_far_it_is():
    class Impatient(TrainingCallback):
        heard = 0

        def progress(self, fraction, message):
            self.heard += 1
            assert 0 <= fraction <= 1
            assert message.startswith("studies of ")
            # A ticker asks twice a second whether to stop, and a quick plan takes less.
            time.sleep(0.6)

        def should_stop(self):
            return self.heard > 0

    with pytest.raises(TrainingCancelled):
        units_for_alpha(likely_answers(PEOPLE, prevalence=0.3, each=2), 0.004, callback=Impatient())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"confusions": PEOPLE[:, 0]}, "people, 2, 3"),
        ({"confusions": PEOPLE * 1.1}, "three shares of 1"),
        ({"prevalence": 1.5}, "prevalence must lie"),
        ({"each": 1}, "two labels a pair"),
        ({"each": 5}, "take as many people; there are 4"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        likely_answers(**{"confusions": PEOPLE, "prevalence": 0.3, "each": 2, **options})


def test_a_plan_that_cannot_be_kept_is_refused():
    likely = likely_answers(PEOPLE, prevalence=0.3, each=2)
    with pytest.raises(ValueError, match="takes more than 5,000,000"):
        units_for_alpha(likely, 0.0001)
    with pytest.raises(ValueError, match="half-width must lie"):
        units_for_alpha(likely, 0)
    one = likely_answers([[[1, 0, 0], [0, 1, 0]]], prevalence=1, each=2)
    with pytest.raises(ValueError, match="only one label"):
        units_for_alpha(one, 0.1)


def test_the_error_of_an_auroc_is_that_of_the_paper():
    # Their example: area 0.893, 51 abnormal and 58 normal images.
    assert auroc_error(0.893, 51, 58) == pytest.approx(0.032, abs=1e-3)


@pytest.mark.parametrize("auroc", [0.7, 0.9, 0.97])
@pytest.mark.parametrize("prevalence", [0.05, 0.28, 0.9])
def test_the_planned_pairs_are_the_fewest(auroc, prevalence):
    plan = units_for_auroc(0.03, auroc=auroc, prevalence=prevalence)

    def width(n):
        p, m = n * prevalence, n * (1 - prevalence)
        q1, q2 = auroc / (2 - auroc), 2 * auroc**2 / (1 + auroc)
        top = auroc * (1 - auroc) + (p - 1) * (q1 - auroc**2) + (m - 1) * (q2 - auroc**2)
        return 1.959964 * (top / (p * m)) ** 0.5

    assert width(plan.units) <= 0.03 < width(plan.units - 1)
    assert plan.half_width == pytest.approx(width(plan.units))


def test_intervals_of_auroc_hold_it_about_as_often_as_planned():
    # Exponential scores, for which the paper's approximation is exact: P(X > Y) = r / (1 + r).
    rng, ratio = np.random.default_rng(0), 9.0
    plan = units_for_auroc(0.05, auroc=0.9, prevalence=0.3)
    near = []
    for _ in range(400):
        x = rng.exponential(ratio, size=plan.similar)
        y = rng.exponential(1.0, size=plan.units - plan.similar)
        near.append(abs(np.mean(x[:, None] > y) - 0.9) <= 0.05)
    assert 0.92 <= np.mean(near) <= 0.98


def command(capsys, *arguments):
    status = main(["plan", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, json.loads(captured.out.splitlines()[-1]) if not status else captured.err


def test_the_command_plans_from_guesses(capsys):
    status, found = command(capsys, "--alpha", 0.1, "--auroc", 0.03, "--accuracy", 0.9)
    assert status == 0
    assert found["alpha"]["labels"] == 2 * found["alpha"]["units"]
    assert found["auroc"]["labels"] > found["auroc"]["units"]
    assert found["assumed"] == {"people": 1, "prevalence": 0.28, "unsure": pytest.approx(0.03)}


def test_the_command_plans_from_what_people_have_shown(capsys, tmp_path):
    path = tmp_path / "labels.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["unit", "annotator", "label"])
        writer.writerows(simulate(np.random.default_rng(0), 600))
    status, found = command(capsys, "--alpha", 0.1, "--labels", path)
    assert status == 0
    expected = likely_answers(PEOPLE, prevalence=0.3, each=2)
    assert found["alpha"]["alpha"] == pytest.approx(units_for_alpha(expected, 0.1).alpha, abs=0.15)
    assert found["assumed"]["people"] == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "say what is wanted"),
        (["--alpha", 2], "half-width must lie"),
        (["--alpha", 0.1, "--accuracy", 1.2], "--accuracy must lie within 0 and 1"),
        (["--alpha", 0.1, "--per-pair", 1], "two labels a pair"),
        (["--alpha", 0.1, "--assurance", 1], "assurance must lie"),
        (["--auroc", 0.1, "--prevalence", 0], "prevalence must lie between"),
        (["--auroc", 0.1, "--expected-auroc", 1], "expected AUROC"),
        (["--alpha", 0.1, "--labels", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_the_command_says_what_is_wrong(capsys, arguments, message):
    status, complaint = command(capsys, *arguments)
    assert status == 1
    assert message in complaint
