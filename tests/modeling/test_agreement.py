import json
import sys
import time
from itertools import combinations

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from modeling.agreement.consensus import majority
from modeling.agreement.kappa import pairwise_kappas
from modeling.agreement.ratings import read_ratings
from modeling.agreement.report import NO_OVERLAP, agreement_report

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C; * is missing.
TEXTBOOK = """
1 2 3 3 2 1 4 1 2 * * *
1 2 3 3 2 2 4 1 2 5 * 3
* 3 3 3 2 3 4 2 2 5 1 *
1 2 3 3 2 4 4 1 2 5 1 *
"""
LABELS = ("not_similar", "unsure", "similar")
# A unit is a list of labels by annotator, None where missing.
tables = st.lists(
    st.lists(st.sampled_from([None, *LABELS]), min_size=4, max_size=4), min_size=2, max_size=12
)


def rows_of(table):
    return [
        (u, f"a{a}", label) for u, unit in enumerate(table) for a, label in enumerate(unit) if label
    ]


def textbook_rows():
    lines = [line.split() for line in TEXTBOOK.strip().splitlines()]
    return [
        (unit, annotator, "" if label == "*" else label)
        for annotator, line in enumerate(lines)
        for unit, label in enumerate(line)
    ]


def test_alpha_is_that_of_krippendorffs_own_example():
    report = agreement_report(textbook_rows())
    assert report["alpha_nominal"]["value"] == pytest.approx(0.743, abs=5e-4)
    assert report["alpha_ordinal"]["value"] == pytest.approx(0.815, abs=5e-4)


def test_fleiss_kappa_is_that_of_the_published_example():
    # Fleiss 1971 as worked in the literature: 10 units, 14 ratings each, kappa 0.210.
    counts = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
    rows = []
    for unit, row in enumerate(counts):
        said = [str(label) for label, n in enumerate(row) for _ in range(n)]
        rows += [(unit, annotator, label) for annotator, label in enumerate(said)]
    report = agreement_report(rows, resamples=50)
    assert report["fleiss_kappa"]["value"] == pytest.approx(0.210, abs=5e-4)
    assert report["percent_agreement"]["value"] == pytest.approx(0.378, abs=5e-4)


def test_gwet_ac1_stays_high_where_kappa_collapses():
    # Gwet 2008, the paradox: 118 of 125 agree on a rare trait; AC1 by hand from its formula.
    rows = []
    pairs = [("+", "+")] * 118 + [("+", "-")] * 5 + [("-", "+")] * 2
    for unit, (a, b) in enumerate(pairs):
        rows += [(unit, "a", a), (unit, "b", b)]
    report = agreement_report(rows, resamples=50)
    share = (123 + 120) / 250
    chance = 2 * share * (1 - share)
    assert report["gwet_ac1"]["value"] == pytest.approx((118 / 125 - chance) / (1 - chance))
    assert report["fleiss_kappa"]["value"] < 0


@given(tables)
@settings(max_examples=150, deadline=None)
def test_alpha_equals_that_of_the_independent_library(table):
    report = agreement_report(rows_of(table), resamples=0)
    codes = [[np.nan if c is None else LABELS.index(c) for c in unit] for unit in table]
    pairable = [[c for c in unit if not np.isnan(c)] for unit in codes]
    used = {c for unit in pairable if len(unit) > 1 for c in unit}
    for level in ("nominal", "ordinal"):
        ours = report[f"alpha_{level}"]["value"]
        if len(used) < 2:
            assert ours is None
        else:
            theirs = krippendorff.alpha(
                reliability_data=np.array(codes).T, level_of_measurement=level
            )
            assert ours == pytest.approx(theirs, abs=1e-9)


@given(tables)
@settings(max_examples=100, deadline=None)
def test_pairwise_kappa_equals_that_of_scikit_learn(table):
    kappas = {
        (k["a"], k["b"]): k for k in agreement_report(rows_of(table), resamples=0)["cohen_kappa"]
    }
    found = {frozenset(names): k for names, k in kappas.items()}
    for a, b in combinations(range(4), 2):
        both = [(u[a], u[b]) for u in table if u[a] and u[b]]
        if not both:
            assert frozenset((f"a{a}", f"a{b}")) not in found
            continue
        kappa = found[frozenset((f"a{a}", f"a{b}"))]
        assert kappa["n"] == len(both)
        if len({label for pair in both for label in pair}) == 1:
            assert kappa["value"] is None
            assert kappa["why"]
        else:
            expected = cohen_kappa_score(*zip(*both, strict=True))
            assert kappa["value"] == pytest.approx(expected, abs=1e-9)


def test_many_labels_take_no_table_of_all_by_all():
    import tracemalloc

    rng = np.random.default_rng(0)
    said = rng.integers(2000, size=(2000, 2))
    rows = [(u, a, f"label {label}") for u, both in enumerate(said) for a, label in enumerate(both)]
    ratings = read_ratings(rows)
    tracemalloc.start()
    (found,) = pairwise_kappas(ratings, resamples=20, seed=0)
    assert tracemalloc.get_traced_memory()[1] < 10e6
    tracemalloc.stop()
    assert found["value"] == pytest.approx(cohen_kappa_score(said[:, 0], said[:, 1]))


@given(tables, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_of_rows_and_the_names_of_units_do_not_matter(table, random):
    rows = rows_of(table)
    renamed = [(f"unit {u}", a, label) for u, a, label in rows]
    random.shuffle(renamed)
    before, after = (agreement_report(r, resamples=0) for r in (rows, renamed))
    for name in ("alpha_nominal", "alpha_ordinal", "fleiss_kappa", "gwet_ac1"):
        assert after[name]["value"] == pytest.approx(before[name]["value"], nan_ok=True)


@given(st.lists(st.sampled_from(LABELS), min_size=2, max_size=20), st.integers(2, 5))
@settings(max_examples=50, deadline=None)
def test_perfect_agreement_is_one(labels, annotators):
    rows = [(u, a, label) for u, label in enumerate(labels) for a in range(annotators)]
    report = agreement_report(rows, resamples=20)
    assert report["percent_agreement"]["value"] == 1
    for name in ("alpha_nominal", "alpha_ordinal", "fleiss_kappa", "gwet_ac1"):
        value = report[name]["value"]
        one_label_only = len(set(labels)) == 1 and name != "gwet_ac1"
        assert value is None if one_label_only else value == pytest.approx(1)


def test_without_overlap_every_figure_is_none_and_says_why():
    report = agreement_report([("u1", "a", "similar"), ("u2", "b", "not_similar")])
    for name in (
        "alpha_nominal",
        "alpha_ordinal",
        "fleiss_kappa",
        "gwet_ac1",
        "percent_agreement",
    ):
        assert report[name] == {"value": None, "low": None, "high": None, "why": NO_OVERLAP}
    assert report["cohen_kappa"] == []
    assert (report["units"], report["annotators"]) == (2, 2)
    json.dumps(report, allow_nan=False)


def test_no_rows_at_all_give_a_report_too():
    report = agreement_report([])
    assert report["units"] == 0
    assert report["alpha_nominal"]["why"] == NO_OVERLAP


def test_intervals_enclose_the_value_and_shrink_with_more_units():
    rng = np.random.default_rng(0)

    def width(units):
        rows = []
        for u in range(units):
            truth = rng.integers(3)
            for a in range(3):
                code = truth if rng.random() < 0.8 else rng.integers(3)
                rows.append((u, a, LABELS[code]))
        figure = agreement_report(rows)["alpha_ordinal"]
        assert figure["low"] < figure["value"] < figure["high"]
        return figure["high"] - figure["low"]

    assert width(1000) < 0.5 * width(60)


FIGURES = ("alpha_nominal", "alpha_ordinal", "fleiss_kappa", "gwet_ac1", "percent_agreement")


@pytest.mark.parametrize("units", [1, 2, 4])
def test_a_handful_of_units_has_figures_and_no_intervals(units):
    said = [("similar", "similar"), ("similar", "unsure"), ("not_similar",) * 2, ("unsure",) * 2]
    rows = [(u, who, said[u][who]) for u in range(units) for who in range(2)]
    report = agreement_report(rows)
    for figure in [*(report[name] for name in FIGURES), *report["cohen_kappa"]]:
        assert (figure["low"], figure["high"]) == (None, None)
    assert report["gwet_ac1"]["value"] is not None
    assert report["cohen_kappa"][0]["n"] == units


def test_people_who_agree_throughout_have_an_interval_from_ten_units_on():
    for units, low in ((9, None), (10, 1.0)):
        rows = [(u, who, LABELS[u % 3]) for u in range(units) for who in range(2)]
        report = agreement_report(rows)
        for figure in [*(report[name] for name in FIGURES), *report["cohen_kappa"]]:
            assert figure["value"] == pytest.approx(1.0)
            assert figure["low"] == (low if low is None else pytest.approx(low))


def test_krippendorffs_own_example_of_twelve_units_has_intervals():
    report = agreement_report(textbook_rows())
    for name in FIGURES:
        assert report[name]["low"] < report[name]["value"] < report[name]["high"]


def test_a_repeated_label_of_one_annotator_counts_once_and_the_later_wins():
    rows = [("u", "a", "similar"), ("u", "b", "not_similar"), ("u", "a", "not_similar")]
    report = agreement_report(rows)
    assert report["repeated"] == 1
    assert report["percent_agreement"]["value"] == 1


def test_a_label_outside_the_given_order_is_refused():
    with pytest.raises(ValueError, match="'maybe' is not among"):
        agreement_report([("u", "a", "maybe")], order=["no", "yes"])


def test_twenty_thousand_labels_of_24_assistants_are_quick():
    rng = np.random.default_rng(0)
    units, people, labels = rng.integers(8000, size=20000), rng.integers(24, size=20000), 3
    rows = [
        (int(u), int(a), LABELS[c])
        for u, a, c in zip(units, people, rng.integers(labels, size=20000), strict=True)
    ]
    began = time.process_time()
    report = agreement_report(rows)
    assert time.process_time() - began < 4
    assert abs(report["alpha_nominal"]["value"]) < 0.05


def test_agreement_needs_no_torch():
    import subprocess

    code = (
        "import sys, modeling.agreement.report, modeling.agreement.consensus; "
        "print([m for m in ('torch', 'transformers', 'sklearn', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_majority_wins_with_its_share():
    rows = [("u", "a", "similar"), ("u", "b", "similar"), ("u", "c", "unsure"), ("v", "a", "x")]
    assert majority(rows) == {"u": ("similar", pytest.approx(2 / 3)), "v": ("x", 1.0)}


def test_a_tie_becomes_unsure():
    rows = [("u", "a", "similar"), ("u", "b", "not_similar")]
    assert majority(rows) == {"u": ("unsure", 0.5)}


def test_a_changed_mind_has_one_vote():
    rows = [("u", "a", "similar"), ("u", "b", "not_similar"), ("u", "a", "not_similar")]
    assert majority(rows) == {"u": ("not_similar", 1.0)}
