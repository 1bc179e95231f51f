"""Pairs to score: real ones from files, or invented ones as long as real ones are."""

import gzip
import json
import os
import random
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modeling.schema import PairExample, VideoText

TARGETS = {"similar": 1.0, "not_similar": 0.0}
_SYLLABLES = ["ba", "ki", "lo", "mun", "ter", "sa", "vi", "ron", "del", "qua", "fi", "gra"]


def add_file_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--videos", type=Path, default=os.environ.get("LIKEWISE_VIDEOS"))
    parser.add_argument("--pairs-file", type=Path, default=os.environ.get("LIKEWISE_PAIRS"))


def chosen_pairs(options: Namespace, count: int, seed: int) -> list[PairExample]:
    """Real ones where `add_file_arguments` were given files, else invented ones."""
    if bool(options.videos) != bool(options.pairs_file):
        raise SystemExit("--videos and --pairs-file belong together")
    if not options.videos:
        return invented_pairs(count, seed)
    return read_pairs(options.videos, options.pairs_file, count, seed)


def read_pairs(videos: Path, pairs: Path, count: int, seed: int) -> list[PairExample]:
    """`count` labelled pairs, drawn at random from those whose videos both have a description:
    the others have less to read."""
    rows = [row for row in _rows(pairs) if row["label"] in TARGETS]
    random.Random(seed).shuffle(rows)
    wanted = {row[side] for row in rows for side in ("video_a", "video_b")}
    known = {
        row["video_id"]: _video(row)
        for row in _rows(videos)
        if row["video_id"] in wanted and row["description"]
    }
    fitting = [row for row in rows if row["video_a"] in known and row["video_b"] in known]
    if len(fitting) < count:
        raise SystemExit(f"{pairs} has {len(fitting):,} pairs to score, {count:,} are wanted")
    return [
        PairExample(
            row["pair_id"], known[row["video_a"]], known[row["video_b"]], TARGETS[row["label"]],
            left_id=row["video_a"], right_id=row["video_b"],
        )
        for row in fitting[:count]
    ]  # fmt: skip


def invented_pairs(count: int, seed: int) -> list[PairExample]:
    """Pairs of made-up words, similar when their topics agree; few descriptions fit into 128
    tokens, as with real ones."""
    rng = random.Random(seed)
    vocabulary = ["".join(rng.choices(_SYLLABLES, k=rng.randint(1, 3))) for _ in range(3000)]
    topics = [rng.sample(vocabulary, 60) for _ in range(40)]

    def video(topic: int) -> VideoText:
        def words(low: int, high: int) -> str:
            sources = rng.choices(
                (topics[topic], vocabulary), weights=(1, 2), k=rng.randint(low, high)
            )
            return " ".join(rng.choice(source) for source in sources)

        return VideoText(words(3, 12), words(20, 160), channel=f"{topic} {rng.randrange(8)}")

    pairs = []
    for row in range(count):
        left = rng.randrange(len(topics))
        similar = rng.random() < 0.3
        right = left if similar else rng.randrange(len(topics))
        names = (f"{row} left", f"{row} right")
        pairs.append(
            PairExample(str(row), video(left), video(right), float(left == right), 1.0, *names)
        )
    return pairs


def _video(row: dict[str, Any]) -> VideoText:
    return VideoText(row["title"], row["description"], channel=row["channel_id"] or "")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
