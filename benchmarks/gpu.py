"""How much of a GPU's arithmetic do scoring and training use?

    python -m benchmarks.gpu --videos videos.jsonl.gz --pairs-file pairs_youtube.jsonl.gz

A network of 12 layers, 384 wide, with random weights, reads real titles and descriptions. Its
operations are counted at the texts' own lengths, as if each layer were computed in full, forward
once and twice more for training; the peak is what a large product of bfloat16 matrices reaches on
the same card. Training is timed as the product does it, putting batches together included; scoring
with tokenising and everything else, and inside the encoders alone; the reference's way is float32,
padded to 128 tokens, 128 pairs at a time.
"""

import argparse
import json
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks.scoring_models import MAX_LENGTH, random_variant
from benchmarks.scoring_pairs import add_file_arguments, chosen_pairs
from benchmarks.scoring_ways import Chosen, Reference
from benchmarks.table import print_table
from modeling.config import TrainingConfig
from modeling.fused_training import fused_layers
from modeling.models.unified_model import freeze
from modeling.models.unified_variant import UnifiedVariant
from modeling.progress import Ticker
from modeling.schema import PairExample
from modeling.tokenization import (
    EncodedPairs,
    PairCollator,
    encode_pairs,
    length_bucketed_batches,
)
from modeling.training import Trainer

ENGINES = ("torch-f32", "torch-bf16", "triton-bf16")
LAYERS, WIDTH = 12, 384
COLUMNS = ["what", "pairs_per_s", "tflops", "share_of_peak", "ratio"]
Row = dict[str, Any]


def main() -> None:
    options = _arguments()
    if not torch.cuda.is_available():
        raise SystemExit("this machine has no CUDA device")
    pairs = chosen_pairs(options, options.pairs, 0)
    variant = random_variant(LAYERS, WIDTH)
    encoded = encode_pairs(pairs, variant.tokenizer, variant.text_types, MAX_LENGTH)
    peak = matrix_peak()
    rows: list[Row] = []
    if "training" in options.parts:
        rows += training(variant, encoded, peak, options)
    if "scoring" in options.parts:
        rows += scoring(variant, pairs, operations(encoded), peak, repeats=options.repeats)
    print_table(rows, COLUMNS)
    result = {"card": torch.cuda.get_device_name(), "peak_tflops": round(peak / 1e12, 1)}
    result |= {"pairs": len(pairs), "texts": "real" if options.videos else "invented"}
    print(json.dumps(result | {"rows": rows}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=8000)
    add_file_arguments(parser)
    parser.add_argument("--parts", default="training,scoring")
    parser.add_argument("--batch-sizes", default="16,256,1024", help="of training")
    parser.add_argument("--steps", type=int, default=30, help="of training that are timed")
    parser.add_argument("--repeats", type=int, default=3)
    return parser.parse_args()


def matrix_peak(size: int = 8192) -> float:
    """Operations a second of a product of two bfloat16 matrices, median of 30."""
    a, b = (torch.randn(size, size, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    seconds = []
    for _ in range(35):
        torch.cuda.synchronize()
        began = time.perf_counter()
        a @ b
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    return 2 * size**3 / median(seconds[5:])


def operations(encoded: EncodedPairs, rows: Any = slice(None)) -> float:
    """Of one forward pass of these rows at their own lengths: per token 24 d^2 in the matrices of
    a layer, and 4 t d in its attention."""
    total = 0.0
    for inputs in encoded.fields.values():
        lengths = np.array([len(row) for row in inputs["input_ids"]], dtype=float)[rows]
        total += LAYERS * float((lengths * (24 * WIDTH**2 + 4 * lengths * WIDTH)).sum())
    return total


def scoring(
    variant: UnifiedVariant, pairs: Sequence[PairExample], work: float, peak: float, *, repeats: int
) -> list[Row]:
    """Two rows an engine: with all around it, and the encoders alone; the reference first."""
    ways: dict[str, Any] = {"reference": Reference(variant)}
    ways |= {name: Chosen(variant, name) for name in ENGINES}
    seconds: dict[str, list[float]] = {}
    for turn in range(repeats + 1):
        for name, way in ways.items():
            inside = _timed_inside(way) if isinstance(way, Chosen) else []
            began = time.perf_counter()
            # The first turn is for kernels and memory; the reference has neither to wait for.
            way(pairs if turn or name != "reference" else pairs[:2048])
            if turn:
                seconds.setdefault(name, []).append(time.perf_counter() - began)
                if inside:
                    seconds.setdefault(f"{name}, encoders alone", []).append(sum(inside))
    reference = median(seconds["reference"])
    return [
        _row(f"scoring, {name}", len(pairs), work, median(taken), peak, reference)
        for name, taken in seconds.items()
    ]


def _timed_inside(way: Chosen) -> list[float]:
    """Will hold the seconds of each batch inside the engine, the transfer to the card included."""
    inside: list[float] = []
    engine: Any = way.scorer.picker.pick(way.choice, 0)
    features = type(engine).features

    def timed(text_type: str, inputs: Any) -> Any:
        began = time.perf_counter()
        found = features(engine, text_type, inputs)
        inside.append(time.perf_counter() - began)
        return found

    engine.features = timed
    return inside


def training(
    variant: UnifiedVariant, encoded: EncodedPairs, peak: float, options: argparse.Namespace
) -> list[Row]:
    """Two rows a batch size: as PyTorch runs it, and through the kernels."""
    collator = PairCollator.for_tokenizer(variant.tokenizer, "cuda")
    rows: list[Row] = []
    plain = 0.0
    for size in map(int, options.batch_sizes.split(",")):
        for kernels in (False, True):
            config = TrainingConfig(batch_size=size, kernels=kernels, epochs=1)
            seconds, pairs, work = _step_s(encoded, collator, config, options.steps)
            name = f"training, batches of {size}{', kernels' if kernels else ''}"
            plain = seconds if not kernels else plain
            rows.append(_row(name, pairs, 3 * work, seconds, peak, plain))
    return rows


def _step_s(
    encoded: EncodedPairs, collator: PairCollator, config: TrainingConfig, steps: int
) -> tuple[float, int, float]:
    """Seconds, pairs and operations forward of so many steps of the product's own training."""
    module = random_variant(LAYERS, WIDTH).module
    freeze(module, config.freeze)
    trainer = Trainer(
        module, encoded, encoded, collator, config,
        budget_s=None, checkpoints=None, ticker=Ticker(),
    )  # fmt: skip
    order = length_bucketed_batches(
        encoded.lengths, config.batch_size, np.random.default_rng(config.seed)
    )
    batches = [rows for rows in order if len(rows) == config.batch_size][:steps]
    with fused_layers(module, config.kernels):
        for rows in batches:  # all shapes once, for kernels and memory
            trainer._step(rows)
        torch.cuda.synchronize()
        began = time.perf_counter()
        for rows in batches:
            trainer._step(rows)
        torch.cuda.synchronize()
    seconds = time.perf_counter() - began
    rows = np.concatenate(batches)
    return seconds, len(rows), operations(encoded, rows)


def _row(what: str, pairs: int, work: float, seconds: float, peak: float, reference: float) -> Row:
    """Shown at once as well: time on a card is short, and what comes later may not come."""
    row: Row = {
        "what": what,
        "pairs_per_s": round(pairs / seconds, 1),
        "tflops": round(work / seconds / 1e12, 1),
        "share_of_peak": round(work / seconds / peak, 3),
        "ratio": round(reference / seconds, 2),
    }
    print(json.dumps(row), flush=True)
    return row


if __name__ == "__main__":
    main()
