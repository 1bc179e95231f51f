"""Real labelled pairs for the benchmark of recipes: a pool to draw labels from, and a test set."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from modeling.field_values import LABELS
from modeling.records import read_pairs
from modeling.schema import PairExample, VideoText
from modeling.splitting import stratum, video_components, whole_components

TEST_SHARE = 0.1
PRODUCTS = ("abt_buy", "amazon_google", "wdc4")
VIDEOS = {"youtube": "videos", "transcripts": "videos_with_transcripts"}
SPOKEN = "abt_buy_spoken"  # descriptions stand for transcripts, which four pairs in five have twice
TABLED = ("youtube", *PRODUCTS)
DATASETS = (*TABLED, SPOKEN, "transcripts")


@dataclass(frozen=True, slots=True)
class Dataset:
    """Decided pairs; for videos none of them is on both sides, for products as published."""

    name: str
    pool: tuple[PairExample, ...]
    test: tuple[PairExample, ...]

    def draw(self, labels: int | None, seed: int) -> list[PairExample]:
        """So many pairs of the pool, or all of them, in a random order."""
        order = np.random.default_rng(seed).permutation(len(self.pool))
        return [self.pool[i] for i in order[:labels]]


def load(folder: Path, name: str, *, most_test: int) -> Dataset:
    """`name` is one of DATASETS; at most `most_test` pairs are kept to test on."""
    if name in (*PRODUCTS, SPOKEN):
        read = list(_product_pairs(folder, name))
        test = [p for p in read if p.split == "test"]
        pool = [p for p in read if p.split != "test"]
    else:
        pool, test = _apart(_video_pairs(folder, name))
    chosen = np.random.default_rng(0).permutation(len(test))[:most_test]
    unmarked = tuple(replace(p, split=None) for p in pool)
    return Dataset(name, unmarked, tuple(replace(test[i], split=None) for i in chosen))


def _apart(pairs: list[PairExample]) -> tuple[list[PairExample], list[PairExample]]:
    """A pool and test pairs. Those are taken from small components of the graph of videos alone,
    so that the pool loses no label: easier pairs than others, for every recipe alike."""
    strata = [stratum(pair) for pair in pairs]
    held = whole_components(strata, video_components(pairs), share=TEST_SHARE, seed=0)
    return [p for i, p in enumerate(pairs) if i not in held], [pairs[i] for i in sorted(held)]


def _product_pairs(folder: Path, name: str) -> Iterator[PairExample]:
    file = folder / f"human_pairs_{name.removesuffix('_spoken')}.jsonl.gz"
    for _, pair in read_pairs(file, labelled=True):
        if name == SPOKEN:
            pair = replace(pair, left=_spoken(pair.left), right=_spoken(pair.right))
        yield pair


def _spoken(video: VideoText) -> VideoText:
    """No set that people judged has transcripts; of both a model reads as many tokens."""
    return replace(video, description="", transcript=video.description or None)


def _video_pairs(folder: Path, name: str) -> list[PairExample]:
    videos = {row["video_id"]: row for row in _rows(folder / f"{VIDEOS[name]}.jsonl.gz")}
    return [
        PairExample(
            pair_id=row["pair_id"],
            left=_video(videos[row["video_a"]]),
            right=_video(videos[row["video_b"]]),
            target=LABELS[row["label"]],
            left_id=row["video_a"],
            right_id=row["video_b"],
            language=videos[row["video_a"]]["language"] or "",
        )
        for row in _rows(folder / f"pairs_{name}.jsonl.gz")
        if row["label"] != "unsure" and {row["video_a"], row["video_b"]} <= videos.keys()
    ]


def _video(row: dict[str, Any]) -> VideoText:
    return VideoText(
        title=row["title"] or "",
        description=row["description"] or "",
        transcript=row["transcript"],
        channel=row["channel_id"] or row["channel"] or "",
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)
