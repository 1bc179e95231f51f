"""Text pairs as tokens: each distinct text is tokenised once, and pairs are put together from them.

A video stands in many pairs, so to tokenise texts instead of pairs saves most of the work. The
tokens are those that the tokenizer gives on pairs; of a tokenizer that cannot be taken apart in
this way, they are what it gives on pairs.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

TokenRow = NDArray[np.int32]
Inputs = dict[str, list[TokenRow]]

KEPT_TEXTS = 10_000  # with at most 16 characters a token that is read: some 25 MB at 128
_KNOWN_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}
_PROBES = (("a", "b c"), ("b a", ""), ("", "c"), ("", ""))
_CHECKED = 8

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Template:
    """Special tokens before, between and after two texts, and the type of each of five segments:
    before, first text, between, second text, after."""

    before: TokenRow
    between: TokenRow
    after: TokenRow
    types: tuple[int, int, int, int, int]

    @classmethod
    def of(cls, tokenizer: Any) -> Self | None:
        """What the tokenizer puts around a pair; None where that cannot be told."""
        first, second = _PROBES[0]
        encoded = tokenizer(first, second)
        ids, owners = encoded["input_ids"], encoded.sequence_ids(0)
        if 0 not in owners or 1 not in owners:
            return None
        left, right = _span(owners, 0), _span(owners, 1)
        bounds = (0, *left, *right, len(ids))
        if list(bounds) != sorted(bounds):
            return None
        segments = [slice(*pair) for pair in pairwise(bounds)]
        kinds = encoded.get("token_type_ids", [0] * len(ids))
        before, _, between, _, after = (np.asarray(ids[s], dtype=np.int32) for s in segments)
        found = [kinds[s][0] if kinds[s] else 0 for s in segments]
        return cls(before, between, after, (found[0], found[1], found[2], found[3], found[4]))

    @property
    def added(self) -> int:
        """Special tokens in a pair."""
        return len(self.before) + len(self.between) + len(self.after)


def _span(owners: Sequence[int | None], which: int) -> tuple[int, int]:
    where = [index for index, owner in enumerate(owners) if owner == which]
    return where[0], where[-1] + 1


def longest_first(first: int, second: int, room: int) -> tuple[int, int]:
    """Tokens that are kept of two texts where `room` is for both, as the tokenizers library does:
    the longer is cut down to the shorter, then both to half; of an odd one out the longer has it,
    or the second where they are equally long."""
    if first + second <= room:
        return first, second
    shorter, longer = sorted((first, second))
    longer = shorter if shorter > room else max(shorter, room - shorter)
    if shorter + longer > room:
        shorter, longer = room // 2, room // 2 + room % 2
    return (longer, shorter) if first > second else (shorter, longer)


@dataclass(slots=True)
class PairTokenizer:
    """`tokenizer` on pairs, at most `max_length` tokens a pair. Keeps the texts that came last."""

    tokenizer: Any
    max_length: int
    _template: Template | None = field(init=False)
    _checked: bool = field(init=False, default=False)
    _known: OrderedDict[str, tuple[TokenRow, int]] = field(init=False, default_factory=OrderedDict)
    _ones: TokenRow = field(init=False)

    def __post_init__(self) -> None:
        self._ones = np.ones(self.max_length, dtype=np.int32)
        self._template = self._usable_template()
        if self._template is None:
            logger.info("pairs are tokenised as pairs: %s", type(self.tokenizer).__name__)

    @property
    def by_text(self) -> bool:
        """Whether pairs are put together from texts."""
        return self._template is not None

    def __call__(self, first: Sequence[str], second: Sequence[str]) -> Inputs:
        """Rows by input name; row i is made of first[i] and second[i]."""
        if self._template is not None and not self._checked and len(first):
            self._check(first, second)
        if self._template is None:
            return self._as_pairs(first, second)
        return self._assemble(self._template, first, second)

    def _usable_template(self) -> Template | None:
        tokenizer = self.tokenizer
        fitting = (
            getattr(tokenizer, "is_fast", False)
            and tokenizer.truncation_side == "right"
            and set(tokenizer.model_input_names) <= _KNOWN_INPUTS
        )
        template = Template.of(tokenizer) if fitting else None
        if template is None or template.added >= self.max_length:
            return None
        first, second = map(list, zip(*_PROBES, strict=True))
        same = _equal(self._as_pairs(first, second), self._assemble(template, first, second))
        return template if same else None

    def _check(self, first: Sequence[str], second: Sequence[str]) -> None:
        """Compare on the longest and the shortest of the pairs at hand, once."""
        assert self._template is not None
        order = sorted(range(len(first)), key=lambda row: len(first[row]) + len(second[row]))
        rows = {*order[:_CHECKED], *order[-_CHECKED:]}
        texts = [first[row] for row in rows], [second[row] for row in rows]
        if not _equal(self._as_pairs(*texts), self._assemble(self._template, *texts)):
            logger.warning(
                "%s gives other tokens on pairs than on their texts: pairs are tokenised as pairs",
                type(self.tokenizer).__name__,
            )
            self._template = None
        self._checked = True

    def _as_pairs(self, first: Sequence[str], second: Sequence[str]) -> Inputs:
        if not len(first):
            return {name: [] for name in self.tokenizer.model_input_names}
        encoded = self.tokenizer(
            list(first), list(second), truncation="longest_first", max_length=self.max_length
        )
        return {
            name: [np.asarray(row, dtype=np.int32) for row in encoded[name]]
            for name in self.tokenizer.model_input_names
        }

    def _assemble(self, template: Template, first: Sequence[str], second: Sequence[str]) -> Inputs:
        pieces = self._pieces(dict.fromkeys([*first, *second]))
        rows: Inputs = {name: [] for name in self.tokenizer.model_input_names}
        room = self.max_length - template.added
        for left, right in zip(first, second, strict=True):
            (a, a_length), (b, b_length) = pieces[left], pieces[right]
            kept = longest_first(a_length, b_length, room)
            segments = (template.before, a[: kept[0]], template.between, b[: kept[1]])
            ids = np.concatenate((*segments, template.after))
            rows["input_ids"].append(ids)
            if "attention_mask" in rows:
                rows["attention_mask"].append(self._ones[: len(ids)])
            if "token_type_ids" in rows:
                lengths = (*map(len, segments), len(template.after))
                rows["token_type_ids"].append(np.repeat(template.types, lengths).astype(np.int32))
        return rows

    def _pieces(self, texts: Iterable[str]) -> dict[str, tuple[TokenRow, int]]:
        """The head of each text's tokens that may be kept, and how many it has in all."""
        found: dict[str, tuple[TokenRow, int]] = {}
        missing: list[str] = []
        for text in texts:
            if text in self._known:
                self._known.move_to_end(text)
                found[text] = self._known[text]
            else:
                missing.append(text)
        for text, row in zip(missing, self._ids(missing), strict=True):
            head = np.asarray(row[: self.max_length], dtype=np.int32)
            found[text] = self._known[text] = head, len(row)
        while len(self._known) > KEPT_TEXTS:
            self._known.popitem(last=False)
        return found

    def _ids(self, texts: list[str]) -> Iterator[list[int]]:
        """Of each text, without special tokens. Past the wrapper, which takes as long again to
        copy what the library found: offsets, masks and types."""
        library = self.tokenizer.backend_tokenizer
        library.no_truncation()
        library.no_padding()
        return (found.ids for found in library.encode_batch_fast(texts, add_special_tokens=False))


def _equal(one: Inputs, other: Inputs) -> bool:
    return one.keys() == other.keys() and all(
        np.array_equal(a, b) for name in one for a, b in zip(one[name], other[name], strict=True)
    )
