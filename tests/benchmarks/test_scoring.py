"""The benchmark of scoring: what its figures are made of."""

import numpy as np
import pytest

from benchmarks.scoring_pairs import invented_pairs
from benchmarks.scoring_ways import _row, _Turns, summary


class Way:
    engine, conversion_s = "any", 0.0


def turns(cpu_s, wall_s, answers) -> _Turns:
    return _Turns(Way(), wall_s=wall_s, cpu_s=cpu_s, answers=np.array(answers))


def test_ratios_are_medians_over_paired_turns_and_differences_are_against_the_reference() -> None:
    pairs = invented_pairs(40, seed=1)
    similar = np.array([pair.target for pair in pairs])
    assert 5 < similar.sum() < 35
    right = 0.25 + similar / 2
    reference = turns([9.0, 3.0, 6.0], [5.0, 5.0, 5.0], right)
    quick = turns([3.0, 3.0, 1.0], [2.0, 1.0, 1.0], right + np.where(similar, 0.0, 1e-4))
    wrong = turns([3.0, 3.0, 1.0], [2.0, 1.0, 1.0], 1 - right)
    rows = [
        _row(name, taken, reference, pairs)
        for name, taken in (("reference", reference), ("exact", quick), ("fast", wrong))
    ]
    found = summary(rows)
    assert found["reference_pairs_per_s"] == 8.0
    assert (found["exact"]["ratio"], found["exact"]["wall_ratio"]) == (3.0, 5.0)
    assert found["exact"]["max_abs_dp"] == pytest.approx(1e-4)
    assert (found["exact"]["auroc_change"], found["fast"]["auroc_change"]) == (0.0, -1.0)
    assert found["fast"]["max_abs_dp"] == pytest.approx(0.5)
