"""The ways to score that are compared: the reference's, and an engine's or a choice among them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from modeling.evaluation import evaluate
from modeling.models.unified_variant import UnifiedVariant
from modeling.pair_tokenizer import PairTokenizer
from modeling.prediction import sigmoid
from modeling.progress import Ticker
from modeling.schema import PairExample
from modeling.scoring import PairScorer
from modeling.text import clean, clip
from modeling.tokenization import Batch, PairCollator

REFERENCE_BATCH = 128
BATCH = 64  # as `PairModel.predict` has it
_WARM_UP = 3 * BATCH  # enough to measure, convert and measure again

Probabilities = NDArray[np.float64]


class Reference:
    """Every text pair padded to the limit, in PyTorch as it comes, in float32."""

    engine = "torch"
    conversion_s = 0.0

    def __init__(self, variant: UnifiedVariant) -> None:
        self.variant = variant

    def __call__(self, pairs: Sequence[PairExample]) -> Probabilities:
        parts = [
            self._batch(pairs[start : start + REFERENCE_BATCH])
            for start in range(0, len(pairs), REFERENCE_BATCH)
        ]
        return sigmoid(np.concatenate(parts))

    def _batch(self, pairs: Sequence[PairExample]) -> Probabilities:
        device = self.variant.device
        texts = {
            text_type: dict(tokenised_as_pairs(self.variant, pairs, text_type, pad=True).to(device))
            for text_type in self.variant.text_types
        }
        same = torch.tensor([[float(pair.same_channel)] for pair in pairs], device=device)
        nothing = torch.zeros(len(pairs), 0, device=device)
        with torch.inference_mode():
            logits = self.variant.module(Batch(texts, same, same, same, nothing))
        return np.asarray(logits.float().cpu().numpy(), dtype=np.float64)


class Chosen:
    """`choice` once it has settled: converted, and nothing remembered of the texts."""

    def __init__(self, variant: UnifiedVariant, choice: str) -> None:
        self.variant, self.choice = variant, choice
        self.scorer = self._scorer()
        self.scorer.picker.conversion_s = 0.0
        self.engine = ""

    @property
    def conversion_s(self) -> float:
        return self.scorer.picker.conversion_s

    def __call__(self, pairs: Sequence[PairExample]) -> Probabilities:
        self.scorer.pair_tokenizer = self._tokenizer()
        logits = self.scorer.logits(pairs, batch_size=BATCH, ticker=Ticker(), engine=self.choice)
        self.engine = self.scorer.picker.last
        return sigmoid(logits)

    def _scorer(self) -> PairScorer:
        collator = PairCollator.for_tokenizer(self.variant.tokenizer, self.variant.device)
        return PairScorer(self.variant.module, collator, self._tokenizer(), self.variant.prepare)

    def _tokenizer(self) -> PairTokenizer:
        return PairTokenizer(self.variant.tokenizer, self.variant.max_length)


@dataclass
class _Turns:
    """What one way took, turn by turn, and what it answered."""

    score: Callable[[Sequence[PairExample]], Probabilities]
    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    answers: Probabilities = field(default_factory=lambda: np.empty(0))

    def take(self, pairs: Sequence[PairExample]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        self.answers = self.score(pairs)
        self.cpu_s.append(time.process_time() - cpu)
        self.wall_s.append(time.perf_counter() - wall)


def compare(
    variant: UnifiedVariant, pairs: Sequence[PairExample], choices: Sequence[str], *, repeats: int
) -> list[dict[str, Any]]:
    """A row for the reference's way and one for each choice, all on the same pairs in turns."""
    ways = {"reference": _Turns(Reference(variant))}
    ways |= {choice: _Turns(Chosen(variant, choice)) for choice in choices}
    for name, turns in ways.items():
        if name == "reference":
            turns.score(pairs[:16])
            continue
        for _ in range(-(-_WARM_UP // len(pairs))):
            turns.score(pairs[:_WARM_UP])
    for _ in range(repeats):
        for turns in ways.values():
            turns.take(pairs)
    return [_row(name, turns, ways["reference"], pairs) for name, turns in ways.items()]


def _row(
    name: str, turns: _Turns, reference: _Turns, pairs: Sequence[PairExample]
) -> dict[str, Any]:
    def ratio(own: list[float], other: list[float]) -> float:
        return round(median(b / a for a, b in zip(own, other, strict=True)), 2)

    figure = evaluate(turns.answers, [pair.target or 0.0 for pair in pairs], resamples=0)["auroc"]
    score: Any = turns.score
    return {
        "way": name,
        "engine": score.engine,
        "pairs_per_s": round(len(pairs) / median(turns.wall_s), 2),
        "cpu_ms_a_pair": round(1000 * median(turns.cpu_s) / len(pairs), 2),
        "ratio": ratio(turns.cpu_s, reference.cpu_s),
        "wall_ratio": ratio(turns.wall_s, reference.wall_s),
        "max_abs_dp": float(f"{np.abs(turns.answers - reference.answers).max():.2e}"),
        "auroc": figure and round(figure["value"], 5),
        "conversion_s": round(score.conversion_s, 1),
    }


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The rows by way, with the change of AUROC against the reference's."""
    first, *others = rows
    found: dict[str, Any] = {"reference_pairs_per_s": first["pairs_per_s"]}
    for row in others:
        figures = {name: row[name] for name in ("ratio", "wall_ratio", "max_abs_dp", "engine")}
        both = row["auroc"] is not None and first["auroc"] is not None
        figures["auroc_change"] = round(row["auroc"] - first["auroc"], 5) if both else None
        found[row["way"]] = figures
    return found


def tokenised_as_pairs(
    variant: UnifiedVariant, pairs: Sequence[PairExample], text_type: str, *, pad: bool
) -> Any:
    """As the reference does it, cleaned as the variant does."""
    prepare = variant.prepare or (lambda text: clip(clean(text), variant.max_length))
    sides = [
        [prepare(getattr(video, text_type)) for video in side]
        for side in zip(*((pair.left, pair.right) for pair in pairs), strict=True)
    ]
    options = {"padding": "max_length", "return_tensors": "pt"} if pad else {}
    return variant.tokenizer(*sides, truncation=True, max_length=variant.max_length, **options)


def compare_tokenising(
    variant: UnifiedVariant, pairs: Sequence[PairExample]
) -> list[dict[str, Any]]:
    """Processor time to tokenise pairs whose videos stand in several, as pairs and by texts."""
    videos = [video for pair in pairs for video in (pair.left, pair.right)]
    several = [
        PairExample(f"{step} {row}", video, videos[(row + step) % len(videos)])
        for step in range(1, 11)
        for row, video in enumerate(videos[:200])
    ]
    prepare = variant.prepare or (lambda text: clip(clean(text), variant.max_length))

    def by_texts() -> None:
        made = PairTokenizer(variant.tokenizer, variant.max_length)
        for text_type in variant.text_types:
            prepared = {
                text: prepare(text)
                for text in {getattr(v, text_type) for p in several for v in (p.left, p.right)}
            }
            made(
                [prepared[getattr(pair.left, text_type)] for pair in several],
                [prepared[getattr(pair.right, text_type)] for pair in several],
            )

    def as_pairs() -> None:
        for text_type in variant.text_types:
            tokenised_as_pairs(variant, several, text_type, pad=False)

    seconds = {"as pairs": _cpu_s(as_pairs), "by texts": _cpu_s(by_texts)}
    return [
        {
            "tokenising": name,
            "ms_a_pair": round(1000 * taken / len(several), 3),
            "ratio": round(seconds["as pairs"] / taken, 1),
        }
        for name, taken in seconds.items()
    ]


def _cpu_s(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
