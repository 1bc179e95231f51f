"""From labelled pairs to training, validation and test sets that share no video, unless they were
marked so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Any

from modeling.errors import NotEnoughData
from modeling.schema import PairExample
from modeling.splitting import split_by_video, video_keys

MIN_TRAINING_EXAMPLES = 20
MIN_TRANSCRIPT_EXAMPLES = MIN_TRAINING_EXAMPLES
VALIDATION_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Splits:
    """Labelled examples by purpose, and what was left out and why (`dropped`). `even` is the target
    of a training pair that is as similar as not: balancing moves it."""

    train: tuple[PairExample, ...]
    validation: tuple[PairExample, ...]
    test: tuple[PairExample, ...]
    dropped: dict[str, int]
    even: float = 0.5

    @property
    def shift(self) -> float:
        """What balancing has added to the log odds that are learnt."""
        return log(self.even / (1 - self.even))

    def counts(self) -> dict[str, Any]:
        sizes: dict[str, Any] = {
            name: len(getattr(self, name)) for name in ("train", "validation", "test")
        }
        sizes["train_similar"], sizes["train_not_similar"] = _class_counts(self.train, self.even)
        sizes["train_with_transcripts"] = sum(e.has_transcripts for e in self.train)
        return sizes | self.dropped


def _class_counts(examples: Iterable[PairExample], even: float = 0.5) -> tuple[int, int]:
    targets = [e.target for e in examples if e.target is not None]
    return sum(t > even for t in targets), sum(t < even for t in targets)


def prepare_splits(examples: Sequence[PairExample], *, seed: int = 0) -> Splits:
    """Honour `split` where it is marked; otherwise keep 15% of the pairs for validation.

    Training pairs that share a video with a test pair are dropped and counted, since a model that
    has seen one of the two videos would look better than it is. Pairs marked for validation are
    taken as they are, whatever they share. Unlabelled pairs are left out, and so are pairs of
    weight 0 that are not marked for evaluation, as if nobody had labelled them.
    """
    known = [e for e in examples if e.target is not None]
    labelled = [e for e in known if e.weight > 0 or e.split in ("validation", "test")]
    test = [e for e in labelled if e.split == "test"]
    tested = {key for e in test for key in video_keys(e)}
    others = [e for e in labelled if e.split != "test"]
    kept = [e for e in others if e.split == "validation" or tested.isdisjoint(video_keys(e))]
    dropped = {
        "unlabelled": len(examples) - len(known),
        "weightless": len(known) - len(labelled),
        "dropped_shared_with_test": len(others) - len(kept),
    }
    validation = [e for e in kept if e.split == "validation"]
    train = [e for e in kept if e.split != "validation"]
    if not validation:
        train, validation, cut = split_by_video(train, share=VALIDATION_SHARE, seed=seed)
        dropped["dropped_shared_with_validation"] = cut
    return Splits(tuple(train), tuple(validation), tuple(test), dropped)


def require_enough(splits: Splits) -> None:
    """Raise NotEnoughData with advice when the training set cannot carry a model."""
    n, (similar, different) = len(splits.train), _class_counts(splits.train, splits.even)
    ignored = splits.dropped.get("weightless", 0)
    remark = f" {ignored} labelled pairs have a weight of 0 and count as none." if ignored else ""
    if n < MIN_TRAINING_EXAMPLES:
        held = len(splits.validation) + len(splits.test)
        shared = sum(n for name, n in splits.dropped.items() if name.startswith("dropped_shared"))
        raise NotEnoughData(
            f"Only {n} labelled pairs are left for training and at least "
            f"{MIN_TRAINING_EXAMPLES} are needed ({held} are kept for evaluation, {shared} share a "
            f"video with one of those). Label more pairs and start again.{remark}"
        )
    if not similar or not different:
        missing = "similar" if not similar else "not similar"
        raise NotEnoughData(
            f"None of the {n} training pairs is labelled '{missing}', so there is nothing to "
            f"learn to tell apart. Label pairs until both answers occur, then start again.{remark}"
        )


def transcript_examples(examples: Sequence[PairExample]) -> tuple[PairExample, ...]:
    """Those with both transcripts when they can carry a model of their own, else none."""
    chosen = tuple(e for e in examples if e.has_transcripts)
    enough = len(chosen) >= MIN_TRANSCRIPT_EXAMPLES and all(_class_counts(chosen))
    return chosen if enough else ()


def balanced(splits: Splits) -> Splits:
    """The same, training pairs weighted so that both classes have the same share of the loss.

    A soft label counts towards both classes: its weight and target become those whose cross-entropy
    is the sum of the two weighted parts. The total weight stays; each class must occur.
    """
    similar = sum(e.weight * (e.target or 0.0) for e in splits.train)
    total = sum(e.weight for e in splits.train)
    factors = total / (2 * similar), total / (2 * (total - similar))

    def weigh(target: float) -> tuple[float, float]:
        """The factor of its weight, and the new target."""
        parts = factors[0] * target, factors[1] * (1 - target)
        return sum(parts), parts[0] / sum(parts)

    def weighed(example: PairExample) -> PairExample:
        factor, target = weigh(example.target or 0.0)
        return replace(example, weight=example.weight * factor, target=target)

    return replace(splits, train=tuple(map(weighed, splits.train)), even=weigh(0.5)[1])
