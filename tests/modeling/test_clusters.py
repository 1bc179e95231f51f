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
    alone = [(f"left {i}", f"right {i}") for i in range(20)]
    found = clusters_of(pairs_of(*ends, *alone))
    assert found[:6].tolist() == [0, 0, 1, 1, 2, 3]
    assert clusters_of([]).tolist() == []


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


def test_one_cluster_has_figures_and_no_intervals():
    p, y, clusters = [0.9, 0.4, 0.6, 0.1], [1.0, 1.0, 0.0, 0.0], np.zeros(4, dtype=int)
    found = evaluate(p, y, clusters=clusters, resamples=3000)
    assert set(found) == set(METRICS)
    assert all(figure["low"] is None and figure["high"] is None for figure in found.values())
    assert found["accuracy"]["value"] == 0.5
    decided = evaluate_decisions(np.array(p) >= 0.5, y, clusters=clusters)
    assert decided["accuracy"] == found["accuracy"]
