"""How much quicker are texts embedded through a converted network, and do they mean the same?

Titles and descriptions of real pairs go through PyTorch and through the converted network in turns,
tokenising included; ratios are of processor seconds, medians over the turns. `starting_s` is what
loading, converting and the first 200 texts of 60 words take together, before any turn. What matters
of a vector is its cosine with that of the other video.

    python -m benchmarks.embeddings --videos videos.jsonl.gz --pairs-file pairs_youtube.jsonl.gz

Files are taken from LIKEWISE_VIDEOS and LIKEWISE_PAIRS where they are not given; without any, the
texts are invented.
"""

import argparse
import json
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks.scoring_pairs import add_file_arguments, chosen_pairs
from benchmarks.table import print_table
from modeling.embeddings import SentenceEncoder
from modeling.encoders import resolve_encoder
from modeling.evaluation import evaluate
from modeling.models.pair_features import MAX_TOKENS
from modeling.schema import PairExample
from modeling.vector_store import MemoryStore

TEXT_TYPES = ("title", "description")
COLUMNS = ["engine", "texts_per_s", "cpu_ms_a_text", "ratio", "max_abs_dcosine", "auroc_title",
           "auroc_description", "starting_s"]  # fmt: skip


def main() -> None:
    options = _arguments()
    if options.threads:
        torch.set_num_threads(options.threads)
    pairs = chosen_pairs(options, options.pairs, options.seed)
    _Way(options.encoder, convert=True)  # what is loaded once a process is loaded now
    ways = [_Way(options.encoder, convert=convert) for convert in (False, True)]
    for _ in range(options.repeats):
        for way in ways:
            way.take_turn(pairs)
    rows = [way.row(pairs, ways[0]) for way in ways]
    print_table(rows, COLUMNS)
    found = {"pairs": len(pairs), "threads": torch.get_num_threads(), "ways": rows}
    if options.output:
        options.output.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=512)
    add_file_arguments(parser)
    parser.add_argument("--encoder", help="hub name or folder; the one in the wheel unless given")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, help="of the processor; all unless given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


class _Way:
    """One engine's turns; the first call, with other texts, loads and converts."""

    def __init__(self, name: str | None, *, convert: bool) -> None:
        self.encoder = SentenceEncoder(resolve_encoder(name), device="cpu", convert=convert)
        began = time.monotonic()
        self.encoder.embed([f"{i} " * 60 for i in range(200)], 64, MemoryStore())
        self.starting_s = time.monotonic() - began
        self.cpu: list[float] = []
        self.wall: list[float] = []
        self.computed = 0
        self.cosines: dict[str, Any] = {}

    def take_turn(self, pairs: list[PairExample]) -> None:
        store, before = MemoryStore(), self.encoder.computed
        wall, cpu = time.monotonic(), time.process_time()
        for text_type in TEXT_TYPES:
            texts = [getattr(v, text_type) for pair in pairs for v in (pair.left, pair.right)]
            vectors = self.encoder.embed(texts, MAX_TOKENS[text_type], store).astype(np.float32)
            self.cosines[text_type] = np.einsum("ij,ij->i", vectors[::2], vectors[1::2])
        self.wall.append(time.monotonic() - wall)
        self.cpu.append(time.process_time() - cpu)
        self.computed = self.encoder.computed - before

    def row(self, pairs: list[PairExample], first: "_Way") -> dict[str, Any]:
        assert self.encoder.engine is not None
        targets = np.array([pair.target for pair in pairs], dtype=float)
        gaps = [np.abs(self.cosines[t] - first.cosines[t]).max() for t in TEXT_TYPES]
        row = {
            "engine": self.encoder.engine.name,
            "texts_per_s": round(self.computed / median(self.wall), 1),
            "cpu_ms_a_text": round(1000 * median(self.cpu) / self.computed, 2),
            "ratio": round(median(first.cpu) / median(self.cpu), 2),
            "max_abs_dcosine": float(f"{max(gaps):.1e}"),
            "starting_s": round(self.starting_s, 1),
        }
        for text_type, cosine in self.cosines.items():
            figure = evaluate(np.clip(cosine, 0, 1), targets, resamples=0)["auroc"]
            row[f"auroc_{text_type}"] = round(figure["value"], 5) if figure else None
        return row


if __name__ == "__main__":
    main()
