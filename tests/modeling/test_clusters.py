"""Pairs with a video in common are drawn together when figures get their intervals."""

import numpy as np
import pytest
from sklearn import metrics as sk

from modeling.evaluation import METRICS, clusters_of, evaluate
from modeling.evaluation.figures import evaluate_decisions
from modeling.evaluation.metrics import DECISION_METRICS
from modeling.schema import PairExample, VideoText


def pairs_of(*ends: tuple[str, str]) -> list[PairExample]:
    video = VideoText("bread", "flour")
    return [
        PairExample(str(i), video, video, 1.0, left_id=left, right_id=right)
        for i, (left, right) in enumerate(ends)
    ]


def judged_together(rng, clusters=60, each=5):
    """Clusters of pairs of which a model has all right or all wrong, but for one pair in ten."""
    numbers = np.repeat(np.arange(clusters), each)
    y = (rng.random(len(numbers)) < 0.5).astype(float)
    right = (rng.random(clusters) < 0.8)[numbers] ^ (rng.random(len(numbers)) < 0.1)
    p = np.where(right, 0.2 + 0.6 * y, 0.8 - 0.6 * y)
    return p, y, numbers


def test_pairs_are_together_that_a_chain_of_videos_links():
    alone = [(f"left {i}", f"right {i}") for i in range(100)]
    found = clusters_of(pairs_of(("a", "b"), ("c", "b"), ("c", "d"), ("e", "f"), *alone))
    assert found[:4].tolist() == [0, 0, 0, 1]
    assert len(set(found.tolist())) == 102


def test_of_a_large_component_those_of_one_rejected_video_are_together():
    ends = [("a", "x"), ("a", "y"), ("b", "y"), ("b", "z"), ("c", "z"), ("d", "w")]
    more = [("c", f"right of c {i}") for i in range(20)]
    found = clusters_of(pairs_of(*ends, *more))
    assert found[:6].tolist() == [0, 0, 1, 1, 2, 3]
    assert set(found[6:].tolist()) == {2}
    assert clusters_of([]).tolist() == []


@pytest.mark.parametrize("pairs", [10, 39, 60])
def test_two_pairs_with_a_video_in_common_are_together_in_a_small_set_too(pairs):
    found = clusters_of(pairs_of(*((f"left {i}", f"right {i // 2}") for i in range(pairs))))
    assert len(set(found.tolist())) == -(-pairs // 2)


def test_an_interval_covers_the_truth_where_pairs_are_wrong_together():
    rng, covered = np.random.default_rng(0), {"by cluster": 0, "by pair": 0}
    for seed in range(100):
        p, y, clusters = judged_together(rng)
        for way, given in (("by cluster", clusters), ("by pair", None)):
            figure = evaluate(p, y, clusters=given, resamples=200, seed=seed)["accuracy"]
            covered[way] += figure["low"] <= 0.74 <= figure["high"]
    assert covered["by cluster"] >= 88
    assert covered["by pair"] <= 75


def test_intervals_are_those_of_clusters_drawn_one_by_one():
    rng = np.random.default_rng(1)
    p, y, clusters = judged_together(rng, clusters=40)
    p = np.clip(p + rng.normal(0, 0.1, len(p)), 0, 1)
    rows = [np.flatnonzero(clusters == c) for c in range(40)]
    drawn = [np.concatenate([rows[c] for c in rng.integers(40, size=40)]) for _ in range(3000)]
    found = evaluate(p, y, clusters=clusters, resamples=3000)
    for name, score in (("auroc", sk.roc_auc_score), ("brier", sk.brier_score_loss)):
        expected = np.quantile([score(y[d], p[d]) for d in drawn], [0.025, 0.975])
        assert [found[name]["low"], found[name]["high"]] == pytest.approx(expected, abs=0.013), name


def test_both_ways_to_resample_clusters_give_the_same_intervals():
    p, y, clusters = judged_together(np.random.default_rng(2))
    y[::17] = 0.5
    by_pairs = evaluate(p, y, clusters=clusters, resamples=3000)
    by_tables = evaluate_decisions(p >= 0.5, y, clusters=clusters, resamples=3000)
    for name in DECISION_METRICS:
        assert by_pairs[name] == pytest.approx(by_tables[name], abs=0.012), name


@pytest.mark.parametrize("clusters", [1, 3, 19])
def test_few_clusters_have_figures_and_no_intervals(clusters):
    rng = np.random.default_rng(0)
    y = np.arange(5 * clusters) % 2.0
    p, numbers = rng.random(len(y)), np.arange(len(y)) % clusters
    found = evaluate(p, y, clusters=numbers)
    assert set(found) == set(METRICS)
    for figure in found.values():
        assert figure["value"] >= 0
        assert (figure["low"], figure["high"]) == (None, None)
    decided = evaluate_decisions(p >= 0.5, y, clusters=numbers)
    assert decided["accuracy"] == found["accuracy"]
    one_more = evaluate(np.r_[p, 0.2], np.r_[y, 1.0], clusters=np.r_[numbers, clusters])
    assert (one_more["accuracy"]["low"] is None) == (clusters < 19)


def test_where_all_are_right_there_is_an_interval_only_if_they_are_many():
    y = np.r_[np.ones(10), np.zeros(190)]
    p = 0.1 + 0.8 * y
    found, decided = evaluate(p, y), evaluate_decisions(p >= 0.5, y)
    for name in DECISION_METRICS:
        assert found[name] == decided[name]
        many = name == "accuracy"
        expected = {"value": 1.0, "low": 1.0 if many else None, "high": 1.0 if many else None}
        assert found[name] == expected, name
    assert evaluate(p[:25], y[:25])["auroc"] == {"value": 1.0, "low": None, "high": None}


@pytest.mark.parametrize(("pairs", "given"), [(20, 0.8), (50, 0.97)])
def test_an_interval_that_is_given_holds_the_truth_though_pairs_are_few(pairs, given):
    rng, found = np.random.default_rng(0), []
    for seed in range(300):
        y = rng.random(pairs) < 0.5
        said = np.where(rng.random(pairs) < 0.9, y, ~y)
        figure = evaluate_decisions(said, y.astype(float), resamples=200, seed=seed)["accuracy"]
        if figure["low"] is not None:
            found.append(figure["low"] <= 0.9 <= figure["high"])
    assert len(found) >= given * 300
    assert np.mean(found) >= 0.92
