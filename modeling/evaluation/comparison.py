"""Two models on the same pairs: paired bootstrap intervals of their differences."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from modeling.evaluation.figures import (
    LEVEL,
    RESAMPLES,
    Counts,
    Figure,
    clusters_behind,
    in_figures,
)
from modeling.evaluation.judgements import Judgements
from modeling.evaluation.metrics import (
    DECISION_METRICS,
    LOWER_IS_BETTER,
    METRICS,
    Flags,
    Floats,
    Ranked,
    rates,
)
from modeling.evaluation.resampling import (
    FEWEST_CLUSTERS,
    Clusters,
    compact,
    resampled,
    resampled_tables,
)


class _Both(NamedTuple):
    """Names of k metrics, each model's values (k,), those on the same resamples (k, r), and the
    clusters that the figures of both rest on (k,)."""

    names: tuple[str, ...]
    first: Floats
    second: Floats
    first_draws: Floats
    second_draws: Floats
    clusters: Counts


def compare(
    first: Judgements, second: Judgements, *, names: tuple[str, str], seed: int = 0
) -> dict[str, Any]:
    """`first` and `second` on the same pairs, those with a sure label.

    Every resample is drawn once and judged by both, so that what makes pairs easy or hard for both
    cancels out (Efron & Tibshirani 1993). `metrics` have decisions at 0.5, `at_threshold` those at
    each model's own thresholds. `better` names the model that the whole interval of the difference
    speaks for, None where it includes 0 or cannot be given. The intervals are not widened for being
    many.
    """
    sure = first.decided
    n, positive = int(sure.sum()), first.targets[sure] > 0.5
    if not n:
        return {"models": list(names), "n": 0, "metrics": {}, "at_threshold": {}, "sentences": []}
    p, q = first.probabilities[sure], second.probabilities[sure]
    clusters = compact(first.clusters[sure])
    metrics = _differences(_all_metrics(p, q, positive, clusters, seed), names)
    decided = _decisions(first.similar[sure], second.similar[sure], positive, clusters, seed)
    return {
        "models": list(names),
        "n": n,
        "metrics": metrics,
        "at_threshold": _differences(decided, names),
        "sentences": [_sentence(name, found, names) for name, found in metrics.items()]
        + [_summary(metrics, names, n, int(clusters.max()) + 1)],
    }


def _all_metrics(p: Floats, q: Floats, positive: Flags, clusters: Clusters, seed: int) -> _Both:
    ranked = [Ranked.of(said, positive) for said in (p, q)]
    ones = np.ones((1, len(positive)))
    points = [one.metrics(ones)[:, 0] for one in ranked]
    none = np.empty((len(METRICS), 0))
    draws: tuple[list[Floats], list[Floats]] = ([none], [none])
    for weights in resampled(clusters, RESAMPLES, seed):
        for one, kept in zip(ranked, draws, strict=True):
            kept.append(one.metrics(weights[:, one.order]))
    behind = [clusters_behind(METRICS, clusters, positive, said >= 0.5) for said in (p, q)]
    drawn = [np.hstack(kept) for kept in draws]
    return _Both(METRICS, points[0], points[1], drawn[0], drawn[1], np.minimum(*behind))


def _decisions(
    first: Flags, second: Flags, positive: Flags, clusters: Clusters, seed: int
) -> _Both:
    """From the table of label and both decisions, whose eight cells are resampled together."""
    cells = 4 * positive + 2 * first + second
    point = np.bincount(cells, minlength=8)[:, None].astype(float)
    draws = resampled_tables(cells, 8, clusters, RESAMPLES, seed)
    values = [
        rates(*(table.reshape(2, 2, 2, -1).sum(axis=other)[i, j] for i, j in _CONFUSION))
        for table in (point, draws)
        for other in (2, 1)  # sum over what the other model decided
    ]
    behind = [clusters_behind(DECISION_METRICS, clusters, positive, s) for s in (first, second)]
    points = (values[0][:, 0], values[1][:, 0])
    return _Both(DECISION_METRICS, *points, values[2], values[3], np.minimum(*behind))


# (label, decision) of true positives, false positives, missed and true negatives.
_CONFUSION = ((1, 1), (0, 1), (1, 0), (0, 0))


def _differences(both: _Both, names: tuple[str, str]) -> dict[str, Any]:
    first, second, gaps = (
        in_figures(both.names, point, draws, both.clusters, LEVEL)
        for point, draws in (
            (both.first, both.first_draws),
            (both.second, both.second_draws),
            (both.first - both.second, both.first_draws - both.second_draws),
        )
    )
    return {
        name: {
            "first": first[name],
            "second": second[name],
            "difference": gap,
            "better": _better(name, gap, names),
        }
        for name, gap in gaps.items()
    }


def _better(metric: str, gap: Figure | None, names: tuple[str, str]) -> str | None:
    if gap is None or gap["low"] is None or gap["high"] is None:
        return None
    if gap["low"] <= 0 <= gap["high"]:
        return None
    return names[(gap["value"] > 0) == (metric in LOWER_IS_BETTER)]


def _sentence(metric: str, found: dict[str, Any], names: tuple[str, str]) -> str:
    gap = found["difference"]
    if gap is None:
        sides = zip(names, ("first", "second"), strict=True)
        without = " and ".join(name for name, side in sides if found[side] is None)
        return f"{metric}: cannot be compared, it is undefined for {without}."
    if gap["low"] is None:
        return f"{metric}: {gap['value']:+.3f} may be chance, no interval can be given."
    measured = f"{gap['value']:+.3f} ({gap['low']:+.3f} to {gap['high']:+.3f})"
    if found["better"] is None:
        return f"{metric}: the two cannot be told apart, {measured}."
    other = names[found["better"] == names[0]]
    return f"{metric}: {found['better']} is better than {other}, {measured}."


def _summary(metrics: dict[str, Any], names: tuple[str, str], n: int, clusters: int) -> str:
    if clusters < FEWEST_CLUSTERS:
        return (
            f"On {n:,} pairs the two cannot be told apart: fewer than {FEWEST_CLUSTERS} of them "
            "are independent."
        )
    won = {name: [m for m, found in metrics.items() if found["better"] == name] for name in names}
    said = [f"{name} is better in {', '.join(won[name])}" for name in names if won[name]]
    if not said:
        return f"On {n:,} pairs the two cannot be told apart: every difference may be chance."
    rest = [m for m, found in metrics.items() if found["better"] is None]
    ending = f"; {', '.join(rest)} cannot tell them apart" if rest else ""
    return f"On {n:,} pairs {', and '.join(said)}{ending}."
