"""Judge a model on labelled pairs, with intervals, by kind of pair and against another model."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modeling.cli.channel_option import add_channel_option, chosen_vectors, require_reader
from modeling.cli.progress_bar import ProgressBar
from modeling.errors import InputError
from modeling.evaluation.folder import require_writable, write
from modeling.evaluation.judgements import Judgements, judge
from modeling.evaluation.report import report
from modeling.evaluation.table import as_text
from modeling.option_types import at_least
from modeling.recipes import load_model
from modeling.records import read_pairs
from modeling.row_files import FILES
from modeling.schema import PairExample
from modeling.training_sketch import TrainingSketch

FLATTERING = {
    "train": "were marked for training: a model that was trained on them looks better than it is",
    "validation": "were marked for validation: if they chose the model's epoch, its recipe or its "
    "thresholds, their figures are better than those of new pairs, the more so the fewer they are",
}

LESS_MEMORY = "fewer rows take less, such as those of one --split"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", type=Path, required=True, help="folder that train wrote, or a published one"
    )
    parser.add_argument("--data", type=Path, required=True, help=FILES)
    add_channel_option(parser)
    parser.add_argument("--split", choices=("train", "validation", "test"), help="only these rows")
    parser.add_argument("--compare", type=Path, metavar="MODEL", help="another, on the same pairs")
    parser.add_argument("--output", type=Path, help="folder for evaluation.json and pictures")
    parser.add_argument("--embedding-cache", type=Path, help="sqlite file of embeddings")
    parser.add_argument("--clean-text", action="store_true", help="for a published model")
    parser.add_argument("--seed", type=at_least(0), default=0, help="of the draws for intervals")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """A table goes to standard error."""
    # Before the work, which would be lost.
    if options.output:
        require_writable(options.output)
    paths = [options.model, *([options.compare] if options.compare else [])]
    # Only where vectors were given; loaded anew to judge, so that no two are in memory at a time.
    require_reader(options, map(load_model, paths))
    pairs = _pairs(options)
    names = _names(paths)
    judged, used = zip(*(_judge(path, pairs, options) for path in paths), strict=True)
    compared = judged[1] if options.compare else None
    found = report(
        judged[0], name=names[0], compared=compared, compared_name=names[-1], seed=options.seed
    )
    found["splits"] = _splits(pairs)
    found["made_with"] = dict(zip(names, used, strict=True))
    print(as_text(found), file=sys.stderr)
    warnings = [*_warnings(found["splits"]), *_used(found["made_with"])]
    for sentence in [*found["undefined"], *warnings]:
        print(sentence, file=sys.stderr)
    if options.output:
        write(options.output, found, list(zip(names, judged, strict=True)))
    return found


def _pairs(options: argparse.Namespace) -> list[PairExample]:
    placed = chosen_vectors(options)
    read = (p for _, p in read_pairs(options.data, labelled=True, channel_vectors=placed))
    pairs = [pair for pair in read if options.split in (None, pair.split)]
    if not pairs:
        which = f" of split {options.split}" if options.split else ""
        raise InputError(f"{options.data}: no labelled pair{which}, so there is nothing to judge")
    return pairs


def _names(paths: list[Path]) -> list[str]:
    """The folders' names, or their whole paths where those are the same."""
    names = [path.resolve().name for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _judge(
    path: Path, pairs: list[PairExample], options: argparse.Namespace
) -> tuple[Judgements, float | None]:
    """What the model says, and the share of pairs that it was made with though none says so."""
    model = load_model(path)
    if options.clean_text:
        model.read_cleaned()
    with ProgressBar() as bar:
        judged = judge(model, pairs, embedding_cache=options.embedding_cache, callback=bar)
    sketch = TrainingSketch.stored(model.manifest)
    unmarked = (model.prepared(pair) for pair in pairs if pair.split not in FLATTERING)
    return judged, None if sketch is None else sketch.share(unmarked)


def _splits(pairs: list[PairExample]) -> dict[str, int]:
    marks = [pair.split or "unmarked" for pair in pairs]
    return {mark: marks.count(mark) for mark in sorted(set(marks))}


def _warnings(splits: Mapping[str, int]) -> list[str]:
    return [f"{n:,} pairs {FLATTERING[mark]}" for mark, n in splits.items() if mark in FLATTERING]


def _used(shares: Mapping[str, float | None]) -> list[str]:
    """A model that knows its pairs looks good even where their labels were drawn at random."""
    return [
        f"{name} was made with {max(share, 0.01):.0%} of the pairs that are not marked train or "
        "validation: their figures are better than those of new pairs, so judge it on others, or "
        "mark some rows of the file with split test and train again"
        for name, share in shares.items()
        if share
    ]
