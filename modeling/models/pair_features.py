"""What the basic model sees of a pair: numbers that say how alike its two videos are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from modeling.embeddings import SentenceEncoder
from modeling.models.lexical import TermWeights
from modeling.progress import Ticker
from modeling.schema import PairExample, VideoText
from modeling.text import clean
from modeling.thumbnails import ThumbnailEncoder, thumbnail_columns
from modeling.vector_store import MemoryStore, VectorStore

if TYPE_CHECKING:
    from modeling.config import TrainingConfig

Floats = NDArray[np.float64]
Columns = dict[str, Floats]
Sides = tuple[Sequence[str], Sequence[str]]  # a text of each left video, and of each right one

TEXT_TYPES = {"nt": ("title", "description"), "wt": ("title", "description", "transcript")}
MAX_TOKENS = {"title": 64, "description": 64, "transcript": 128}
_YEAR = 365.25 * 24 * 3600
_WORD, _DIGIT = re.compile(r"\w+"), re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class PairFeatures:
    """Cosines of the texts' embeddings, which are missing, and channel equality, as in the study;
    with `terms` the words they share, with `images` the cosine of the thumbnails, with
    `report_gap` the time between the two reports, too.

    A text that is empty on either side has cosine and overlap 0 and missing 1.
    """

    encoder: SentenceEncoder
    text_types: tuple[str, ...]
    max_length: int
    terms: TermWeights | None
    images: ThumbnailEncoder | None = None
    report_gap: bool = False

    @classmethod
    def configured(
        cls,
        encoder: SentenceEncoder,
        text_types: tuple[str, ...],
        config: TrainingConfig,
        terms: TermWeights | None,
    ) -> Self:
        """With what is read beside the texts as `config` says."""
        name = config.image_encoder
        images = ThumbnailEncoder(name, device=config.device) if name else None
        return cls(encoder, text_types, config.max_length, terms, images, config.report_gap)

    def columns(self, pairs: Sequence[PairExample], store: VectorStore, ticker: Ticker) -> Columns:
        """By name, each of shape (len(pairs),)."""
        texts = {text_type: _both_sides(pairs, text_type) for text_type in self.text_types}
        columns: Columns = {}
        for index, (text_type, sides) in enumerate(texts.items()):
            part = ticker.part(index / len(texts), (index + 1) / len(texts))
            cosine, there = self._cosine(sides, MAX_TOKENS[text_type], store, part)
            columns[f"cosine_{text_type}"] = cosine
            columns[f"missing_{text_type}"] = (~there).astype(float)
        columns["same_channel"] = np.array([pair.same_channel for pair in pairs], dtype=float)
        if self.terms is not None:
            columns["cosine_crossed"] = self._crossed(texts, store, ticker)
            columns |= lexical_columns(texts, self.terms)
        if self.images is not None:
            columns |= thumbnail_columns(pairs, self.images, store, ticker)
        if self.report_gap:
            columns |= report_gap_columns(pairs)
        return columns

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns, in their order."""
        return tuple(self.columns([], MemoryStore(), Ticker()))

    def matrix(self, pairs: Sequence[PairExample], store: VectorStore, ticker: Ticker) -> Floats:
        """Shape (len(pairs), number of columns)."""
        return np.column_stack(list(self.columns(pairs, store, ticker).values()))

    def _crossed(self, texts: Mapping[str, Sides], store: VectorStore, ticker: Ticker) -> Floats:
        """A title's likeness to the other video's description, the greater of the two."""
        titles, descriptions = texts["title"], texts["description"]
        crossed = (titles[0], descriptions[1]), (descriptions[0], titles[1])
        limit = MAX_TOKENS["title"]
        return np.maximum(*(self._cosine(sides, limit, store, ticker)[0] for sides in crossed))

    def _cosine(
        self, sides: Sides, limit: int, store: VectorStore, ticker: Ticker
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Cosines (n,), 0 where a text is empty, and where neither is."""
        left, right = sides
        there = np.array([bool(a and b) for a, b in zip(left, right, strict=True)], dtype=bool)
        rows = np.flatnonzero(there).tolist()
        texts = [left[i] for i in rows] + [right[i] for i in rows]
        limit = min(self.max_length, limit)
        vectors = self.encoder.embed(texts, limit, store, ticker).astype(np.float32)
        cosine = np.zeros(len(left))
        if rows:
            cosine[rows] = np.einsum("ij,ij->i", vectors[: len(rows)], vectors[len(rows) :])
        return cosine, there


def lexical_columns(texts: Mapping[str, Sides], terms: TermWeights) -> Columns:
    """Overlap of words in each text and in title and description together, of pieces of words in
    titles, of words with digits in titles, and how unlike the titles are in length."""
    titles, descriptions = texts["title"], texts["description"]
    whole = tuple([*map(_joined, *parts)] for parts in zip(titles, descriptions, strict=True))
    columns: Columns = {}
    for name, sides in (*texts.items(), ("whole", whole)):
        columns |= _overlap("word", name, sides, terms)
    # Pieces of the words of whole descriptions took four fifths of the time and told nothing more.
    columns |= _overlap("char", "title", titles, terms)
    numbers = [[_with_digits(title) for title in side] for side in titles]
    columns["numbers"] = np.array([_shared(a, b) for a, b in zip(*numbers, strict=True)])
    lengths = [np.log1p([len(t) for t in side]) for side in titles]
    columns["title_lengths"] = np.abs(lengths[0] - lengths[1])
    return columns


def report_gap_columns(pairs: Sequence[PairExample]) -> Columns:
    """The logarithm of the seconds between the two reports, 1 for a year, and where it is missing
    and 0. The order of the reports is not looked at."""
    seconds = [pair.seconds_between for pair in pairs]
    gaps = np.abs([0.0 if s is None else s for s in seconds])
    missing = np.array([s is None for s in seconds], dtype=float)
    # A network's weights begin and learn as for the other columns, which are within 0 and 1.
    return {"report_gap": np.log1p(gaps) / np.log1p(_YEAR), "missing_report_gap": missing}


def _overlap(
    analyzer: str, name: str, sides: Sequence[Sequence[str]], terms: TermWeights
) -> Columns:
    cosine, contained = terms.overlap(analyzer, *sides).T
    return {f"{analyzer}s_{name}": cosine, f"{analyzer}s_contained_{name}": contained}


def _with_digits(title: str) -> set[str]:
    # One pattern for both would try every start of a long word anew.
    return {word for word in _WORD.findall(title.lower()) if _DIGIT.search(word)}


def _shared(a: set[str], b: set[str]) -> float:
    """Share of the smaller set that the other has, -1 where there is nothing to compare."""
    return len(a & b) / min(len(a), len(b)) if a and b else -1.0


def is_simple(column: str) -> bool:
    """Whether it is one of the features that few labels are enough for: cosines of embeddings and
    of words, what is missing, channel equality and the time between reports."""
    if column.startswith("words_"):
        return not column.startswith("words_contained_")
    return column in ("same_channel", "report_gap") or column.startswith(("cosine_", "missing_"))


def documents(pairs: Iterable[PairExample]) -> Iterable[str]:
    """What words are counted in: a video's title and description, and its transcript."""
    for pair in pairs:
        for video in (pair.left, pair.right):
            yield _joined(clean(video.title), clean(video.description))
            yield clean(video.transcript)


def _joined(title: str, description: str) -> str:
    return f"{title} {description}".strip()


def _both_sides(pairs: Sequence[PairExample], text_type: str) -> Sides:
    def side(videos: Iterable[VideoText]) -> list[str]:
        return [clean(getattr(video, text_type)) for video in videos]

    return side(pair.left for pair in pairs), side(pair.right for pair in pairs)
