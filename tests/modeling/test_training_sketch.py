"""What a model's manifest keeps of the pairs that it was made with."""

import json
from dataclasses import replace

import pytest

from modeling.errors import ArtefactError
from modeling.schema import PairExample, VideoText
from modeling.training_sketch import SIZE, TrainingSketch


def pairs_of(first, last):
    return [
        PairExample(str(i), VideoText(f"bread {i}"), VideoText("flour", "\ud800"))
        for i in range(first, last)
    ]


def test_of_few_pairs_the_share_is_exact():
    sketch = TrainingSketch.of(pairs_of(0, 300))
    assert sketch.share(pairs_of(200, 600)) == 0.25
    assert sketch.share(pairs_of(300, 600)) == 0.0
    assert sketch.share([]) == 0.0


def test_of_many_pairs_it_is_estimated_from_a_manifest_that_stays_small():
    sketch = TrainingSketch.of(pairs_of(0, 20_000))
    kept = json.dumps(sketch.as_dict())
    assert len(kept) < 12 * SIZE
    again = TrainingSketch.stored({"made_with": json.loads(kept)})
    assert again.share(pairs_of(0, 20_000)) == 1.0
    assert again.share(pairs_of(10_000, 30_000)) == pytest.approx(0.5, abs=0.05)
    assert again.share(pairs_of(20_000, 30_000)) == 0.0


def test_pairs_are_known_by_their_texts_whatever_their_ids():
    known = pairs_of(0, 1)
    sketch = TrainingSketch.of(known)
    assert sketch.share([replace(known[0], pair_id="new", left_id="v1", target=1.0)]) == 1.0
    assert sketch.share([replace(known[0], left=known[0].right, right=known[0].left)]) == 0.0


def test_a_model_that_does_not_say_and_one_that_was_tampered_with():
    assert TrainingSketch.stored({}) is None
    for damaged in (
        [],
        {"hashes": "", "whole": False},
        {"hashes": "AAA", "whole": True},
        {"hashes": "AAAA", "whole": True},
    ):
        with pytest.raises(ArtefactError, match="made_with"):
            TrainingSketch.stored({"made_with": damaged})
