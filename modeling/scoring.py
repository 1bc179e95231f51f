"""Pairs through a network without gradients: logits, and the score that chooses between epochs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from modeling.engines import DEFAULT, Engine, Features, PairNetwork, padded_width
from modeling.engines.making import candidates, make_engine
from modeling.engines.picking import EnginePicker
from modeling.engines.torch_engine import TorchEngine
from modeling.evaluation import evaluate
from modeling.pair_tokenizer import PairTokenizer
from modeling.prediction import Logits, sigmoid
from modeling.progress import Ticker
from modeling.schema import PairExample
from modeling.tokenization import EncodedPairs, PairCollator, encode_pairs

# Given how many tokens are left, the engine of the next batch; and what a batch of it took.
Pick = Callable[[int], Engine]
Record = Callable[[Engine, int, float], None]


@dataclass(slots=True)
class PairScorer:
    """Feeds pairs to `network`, as `encode_pairs` makes them; keeps texts and engines in between.

    The engines hold the weights as they are when first used: not for a network under training.
    """

    network: PairNetwork
    collator: PairCollator
    pair_tokenizer: PairTokenizer
    prepare: Callable[[str | None], str] | None
    picker: EnginePicker = field(init=False)

    def __post_init__(self) -> None:
        longest = self.pair_tokenizer.max_length
        names, device = self.pair_tokenizer.tokenizer.model_input_names, self.collator.device
        self.picker = EnginePicker(
            lambda name: make_engine(name, self.network, names, device, max_length=longest),
            lambda choice: candidates(choice, device),
        )

    def logits(
        self,
        pairs: Sequence[PairExample],
        *,
        batch_size: int,
        ticker: Ticker,
        engine: str = DEFAULT,
        scalars: NDArray[np.floating] | None = None,
    ) -> Logits:
        """Shape (len(pairs),); raises TrainingCancelled between batches."""
        encoded = encode_pairs(
            pairs,
            self.pair_tokenizer.tokenizer,
            self.network.text_types,
            self.pair_tokenizer.max_length,
            prepare=self.prepare,
            channel_dimensions=self.network.channel_dimensions,
            pair_tokenizer=self.pair_tokenizer,
            scalars=scalars,
        )
        passes = _Passes(
            encoded, self.collator, batch_size, ticker,
            pick=lambda tokens_left: self.picker.pick(engine, tokens_left),
            record=self.picker.record,
        )  # fmt: skip
        return passes.logits(self.network)


def validation_score(
    model: nn.Module, pairs: EncodedPairs, collator: PairCollator, batch_size: int
) -> tuple[float, float]:
    """(AUROC, minus log loss), larger is better; AUROC 0.5 where a class is missing. Nothing is
    worse than a network that makes no numbers any more."""
    if not len(pairs):
        return 0.5, 0.0
    logits = compute_logits(model, pairs, collator, batch_size, Ticker())
    if not np.isfinite(logits).all():
        return 0.0, float("-inf")
    # Soft-label log loss, stable for large logits.
    losses = np.logaddexp(0.0, logits) - pairs.targets * logits
    auroc = evaluate(sigmoid(logits), pairs.targets, resamples=0)["auroc"]
    return (auroc["value"] if auroc else 0.5), -float(losses.mean())


def compute_logits(
    model: nn.Module, pairs: EncodedPairs, collator: PairCollator, batch_size: int, ticker: Ticker
) -> Logits:
    """Shape (len(pairs),), in the order of `pairs`, of a PairNetwork as it is now, in PyTorch;
    raises TrainingCancelled between batches."""
    network = cast(PairNetwork, model)
    engine = TorchEngine(network, collator.device)
    return _Passes(
        pairs, collator, batch_size, ticker, pick=lambda _: engine, record=lambda *_: None
    ).logits(network)


def seconds_per_pair(model: nn.Module, pairs: EncodedPairs, collator: PairCollator) -> float:
    """Of a forward pass, measured on typical pairs after one to warm up."""
    middle = np.argsort(pairs.lengths)[len(pairs) // 2 :][:16]
    seconds = 0.0
    for _ in range(2):
        began = time.monotonic()
        with torch.inference_mode():
            batch = collator(pairs, middle)
            model.to(collator.device).eval()(batch).cpu()
        seconds = time.monotonic() - began
    return seconds / len(middle)


@dataclass(slots=True)
class _Passes:
    """The forward passes of one job: each text type by itself, in batches of similar length."""

    pairs: EncodedPairs
    collator: PairCollator
    batch_size: int
    ticker: Ticker
    pick: Pick
    record: Record
    _left: int = field(init=False)
    _all: int = field(init=False)

    def __post_init__(self) -> None:
        self._left = self._all = int(self.pairs.lengths.sum())

    def logits(self, network: PairNetwork) -> Logits:
        if not len(self.pairs):
            return np.empty(0)
        if isinstance(network, nn.Module):
            network.eval()
        features = {
            text_type: torch.from_numpy(self._features(text_type)).to(self.collator.device)
            for text_type in self.pairs.fields
        }
        arrays = (self.pairs.scalars, self.pairs.channels)
        rest = (torch.from_numpy(array).to(self.collator.device) for array in arrays)
        with torch.inference_mode():
            joined = network.join(features, *rest)
        return np.asarray(joined.float().cpu().numpy(), dtype=np.float64)

    def _features(self, text_type: str) -> Features:
        """Shape (n, f), in the order of the pairs; longest first, so that a lack of memory shows
        at once."""
        inputs = self.pairs.fields[text_type]
        lengths = np.array([len(row) for row in inputs["input_ids"]])
        order = np.argsort(-lengths, kind="stable")
        found: Features | None = None
        at = 0
        while at < len(order):
            engine = self.pick(self._left)
            width = padded_width(engine, int(lengths[order[at]]), int(lengths.max()))
            count = max(1, engine.tokens_per_pair * self.batch_size // width)
            rows = order[at : at + count]
            part = self._one_pass(engine, text_type, rows, width)
            if found is None:
                found = np.empty((len(order), part.shape[1]), dtype=np.float32)
            found[rows] = part
            at += len(rows)
            self._left -= int(lengths[rows].sum())
            self.ticker.step(1 - self._left / self._all)
            self.ticker.check()
        assert found is not None
        return found

    def _one_pass(
        self, engine: Engine, text_type: str, rows: NDArray[np.int64], width: int
    ) -> Features:
        inputs = self.pairs.fields[text_type]
        padded = {name: self.collator.pad(inputs[name], rows, name, width) for name in inputs}
        began = time.monotonic()
        part = engine.features(text_type, padded)
        self.record(engine, len(rows) * width, time.monotonic() - began)
        return part
