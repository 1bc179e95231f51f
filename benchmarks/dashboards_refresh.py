"""What a worker does for the dashboards, alone in a process: `benchmarks.dashboards` starts it.

    python -m benchmarks.dashboards_refresh refresh|alpha

The last line is JSON.
"""

import json
import resource
import sys
import time
from typing import Any

RESAMPLES = 1_000
# Of the other implementation, so many of its resamples are timed at most.
THEIRS_S = 20.0


def main() -> None:
    """Do what the first argument says."""
    import django

    django.setup()
    from annotation.models import Campaign

    campaign = Campaign.objects.get(slug="benchmark")
    print(json.dumps({"refresh": _refresh, "alpha": _alpha}[sys.argv[1]](campaign)))


def _refresh(campaign: Any) -> dict[str, Any]:
    from annotation.services.agreement import refresh_report
    from annotation.services.consensus import refresh_consensus
    from annotation.services.labels_now import LabelsNow
    from annotation.services.reliability import refresh_reliability
    from annotation.tasks import refresh_agreement  # a worker has loaded this long ago
    from modeling.agreement import methods

    assert refresh_agreement
    assert methods
    # As `annotation.services.figures` does it.
    began = time.perf_counter()
    now = LabelsNow(campaign)
    refresh_report(campaign=campaign, now=now)
    reported = time.perf_counter()
    refresh_reliability(campaign=campaign, now=now)
    known = time.perf_counter()
    del now
    refresh_consensus(campaign=campaign)
    done = time.perf_counter()
    return {
        "report_s": round(reported - began, 2),
        "people_s": round(known - reported, 2),
        "consensus_s": round(done - known, 2),
        "all_s": round(done - began, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _alpha(campaign: Any) -> dict[str, Any]:
    """Alpha with its bootstrap interval, ours against the PyPI package's on resampled columns."""
    import numpy as np

    from annotation.queries.votes import standing_labels
    from annotation.services.agreement_parts import ratings_of
    from modeling.agreement.alpha import alpha_nominal
    from modeling.agreement.bootstrap import estimate
    from modeling.agreement.ratings import count_patterns, pairable

    ratings = ratings_of(standing_labels(campaign=campaign))
    began = time.perf_counter()
    patterns = pairable(count_patterns(ratings))
    figure = estimate(
        lambda weights: alpha_nominal(weights, patterns.counts),
        patterns.units, resamples=RESAMPLES, seed=0, why="",
    )  # fmt: skip
    ours = time.perf_counter() - began
    theirs, times, value = _krippendorff(ratings)
    assert figure["value"] is not None
    return {
        "value": figure["value"],
        "theirs": value,
        "difference": abs(figure["value"] - value),
        "resamples": RESAMPLES,
        "ours_s": round(ours, 3),
        "theirs_s": round(theirs * RESAMPLES, 1),
        "timed": times,
        "ratio": round(theirs * RESAMPLES / ours, 1),
        "units": len(np.unique(ratings.unit)),
    }


def _krippendorff(ratings: Any) -> tuple[float, int, float]:
    """Median seconds of one resample, how many were timed, and the package's alpha."""
    import krippendorff
    import numpy as np

    # Its leanest form: how often each value was given, by unit.
    size = len(ratings.units), len(ratings.labels)
    counts = np.bincount(ratings.unit * size[1] + ratings.label, minlength=size[0] * size[1])
    counts = counts.reshape(size)
    rng = np.random.default_rng(0)
    times: list[float] = []
    value = float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))
    ends = time.perf_counter() + THEIRS_S
    while len(times) < 3 or (time.perf_counter() < ends and len(times) < RESAMPLES):
        began = time.perf_counter()
        drawn = counts[rng.integers(0, len(counts), len(counts))]
        krippendorff.alpha(value_counts=drawn, level_of_measurement="nominal")
        times.append(time.perf_counter() - began)
    return float(np.median(times)), len(times), value


if __name__ == "__main__":
    main()
