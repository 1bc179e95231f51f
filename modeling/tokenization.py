"""Encoding text pairs, batches of similar length, and padding them into tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from modeling.errors import InputError
from modeling.pair_tokenizer import PairTokenizer, TokenRow
from modeling.schema import PairExample
from modeling.text import clean, clip

if TYPE_CHECKING:
    from torch import Tensor

TokenRows = list[TokenRow]


@dataclass(frozen=True, slots=True)
class EncodedPairs:
    """Pairs as tokens: fields[text_type][input name][row]; `scalars` (n, k), channel
    equality first; `channels` (n, 2 * d), for both sides; the other arrays have shape (n,)."""

    fields: dict[str, dict[str, TokenRows]]
    scalars: NDArray[np.float32]
    targets: NDArray[np.float32]
    weights: NDArray[np.float32]
    channels: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scalars)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each pair over all its texts, shape (n,)."""
        per_text = [[len(row) for row in inputs["input_ids"]] for inputs in self.fields.values()]
        return np.asarray(per_text, dtype=np.int64).sum(0)


def encode_pairs(
    pairs: Sequence[PairExample],
    tokenizer: Any,
    text_types: Sequence[str],
    max_length: int,
    *,
    prepare: Callable[[str | None], str] | None = None,
    channel_dimensions: int = 0,
    pair_tokenizer: PairTokenizer | None = None,
    scalars: NDArray[np.floating] | None = None,
) -> EncodedPairs:
    """Each text type of each pair as one text pair, the longer text truncated first. `prepare`
    makes the text that is read of the one that is there; unless given, cleaned and clipped. A
    channel without a vector has one of `channel_dimensions` zeros. `pair_tokenizer`, made of the
    same tokenizer and length, remembers texts from call to call. `scalars` (n, k) are channel
    equality alone unless given.

    Raises:
        InputError: a channel's vector has another number of dimensions.
    """
    fields: dict[str, dict[str, TokenRows]] = {}
    if scalars is None:
        scalars = np.array([[pair.same_channel] for pair in pairs]).reshape(len(pairs), 1)
    prepare = prepare or (lambda text: clip(clean(text), max_length))
    for text_type in text_types:
        pair_tokenizer = pair_tokenizer or PairTokenizer(tokenizer, max_length)
        first: list[str | None] = [getattr(pair.left, text_type) for pair in pairs]
        second: list[str | None] = [getattr(pair.right, text_type) for pair in pairs]
        prepared = {text: prepare(text) for text in {*first, *second}}
        fields[text_type] = pair_tokenizer(
            [prepared[text] for text in first], [prepared[text] for text in second]
        )
    return EncodedPairs(
        fields=fields,
        scalars=np.asarray(scalars, dtype=np.float32),
        targets=np.array([_nan_if_none(pair.target) for pair in pairs], dtype=np.float32),
        weights=np.array([pair.weight for pair in pairs], dtype=np.float32),
        channels=_channel_vectors(pairs, channel_dimensions),
    )


def _channel_vectors(pairs: Sequence[PairExample], dimensions: int) -> NDArray[np.float32]:
    """Shape (len(pairs), 2 * dimensions)."""
    vectors = np.zeros((len(pairs), 2, dimensions), dtype=np.float32)
    for row, pair in enumerate(pairs if dimensions else ()):
        sides = ("regret", "left", pair.left), ("recommendation", "right", pair.right)
        for side, (name, other, video) in enumerate(sides):
            if video.channel_vector and len(video.channel_vector) != dimensions:
                raise InputError(
                    f"pair {pair.pair_id}: field {name}_channel_emb (or {other}_channel_emb): "
                    f"{len(video.channel_vector)} numbers, where the model takes {dimensions}"
                )
            vectors[row, side] = video.channel_vector or 0.0
    return vectors.reshape(len(pairs), 2 * dimensions)


def _nan_if_none(target: float | None) -> float:
    return float("nan") if target is None else target


def length_bucketed_batches(
    lengths: NDArray[np.int64], batch_size: int, rng: np.random.Generator | None = None
) -> list[NDArray[np.int64]]:
    """Indices in batches whose members are of similar length, so that little is padding.

    With `rng`: every index once, in random order, sorted only within pools of 50 batches, and the
    batches shuffled. Without: all sorted, longest first, so that a lack of memory shows at once.
    """
    n = len(lengths)
    if rng is None:
        order = np.argsort(-lengths, kind="stable")
        return [order[i : i + batch_size] for i in range(0, n, batch_size)]
    shuffled, pool = rng.permutation(n), 50 * batch_size
    batches: list[NDArray[np.int64]] = []
    for start in range(0, n, pool):
        part = shuffled[start : start + pool]
        part = part[np.argsort(-lengths[part], kind="stable")]
        batches += [part[i : i + batch_size] for i in range(0, len(part), batch_size)]
    return [batches[i] for i in rng.permutation(len(batches))]


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of a step: texts[text_type][input name] (b, t), scalars (b, k),
    channels (b, 2 * d), others (b,)."""

    texts: dict[str, dict[str, Tensor]]
    scalars: Tensor
    targets: Tensor
    weights: Tensor
    channels: Tensor


@dataclass(frozen=True, slots=True)
class PairCollator:
    """Pads chosen rows to the longest among them; `pad_values` by input name."""

    pad_values: Mapping[str, int]
    device: str = "cpu"

    @classmethod
    def for_tokenizer(cls, tokenizer: Any, device: str) -> PairCollator:
        values = dict.fromkeys(tokenizer.model_input_names, 0)
        values["input_ids"] = tokenizer.pad_token_id or 0
        if "token_type_ids" in values:
            values["token_type_ids"] = tokenizer.pad_token_type_id
        return cls(values, device)

    def __call__(self, pairs: EncodedPairs, rows: NDArray[np.int64]) -> Batch:
        texts = {
            text_type: {name: self._tensor(inputs[name], rows, name) for name in inputs}
            for text_type, inputs in pairs.fields.items()
        }
        others = (
            self._sent(array[rows])
            for array in (pairs.scalars, pairs.targets, pairs.weights, pairs.channels)
        )
        return Batch(texts, *others)

    def pad(
        self, inputs: TokenRows, rows: NDArray[np.int64], name: str, width: int
    ) -> NDArray[np.int64]:
        """The chosen rows of the input `name`, shape (len(rows), width)."""
        padded = np.full((len(rows), width), self.pad_values[name], dtype=np.int64)
        for index, row in enumerate(rows):
            padded[index, : len(inputs[row])] = inputs[row]
        return padded

    def _tensor(self, inputs: TokenRows, rows: NDArray[np.int64], name: str) -> Tensor:
        width = max(len(inputs[row]) for row in rows)
        return self._sent(self.pad(inputs, rows, name, width))

    def _sent(self, array: NDArray[np.generic]) -> Tensor:
        """On the device, or on its way there: pinned, so that the next batch is put together while
        the device is busy with this one."""
        import torch

        tensor = torch.from_numpy(array)
        pinned = tensor.pin_memory() if self.device == "cuda" else tensor
        return pinned.to(self.device, non_blocking=True)
