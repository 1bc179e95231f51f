"""How many labels it takes for intervals of the wanted width, on alpha and on AUROC."""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from modeling.agreement import dawid_skene
from modeling.agreement.auroc_planning import units_for_auroc
from modeling.agreement.planning import likely_answers, units_for_alpha
from modeling.agreement.ratings import Floats, read_ratings
from modeling.cli.labels_file import read_labels
from modeling.cli.progress_bar import ProgressBar
from modeling.option_types import at_least
from modeling.stopping import TYPICAL, VERDICTS

# The share of sure labels that are "similar" among the public pairs of the study.
PREVALENCE = 0.28

LESS_MEMORY = "fewer --labels or --studies take less"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--alpha", type=float, metavar="HALF_WIDTH", help="wanted on both sides of alpha"
    )
    parser.add_argument("--auroc", type=float, metavar="HALF_WIDTH", help="wanted beside AUROC")
    parser.add_argument("--per-pair", type=int, default=2, metavar="LABELS", help="default: 2")
    parser.add_argument(
        "--labels", type=Path, metavar="FILE",
        help="unit,annotator,label; what people have shown so far, instead of guesses",
    )  # fmt: skip
    parser.add_argument("--prevalence", type=float, help="share of similar pairs; default: 0.28")
    parser.add_argument("--accuracy", type=float, help="of sure labels; default: the typical ones")
    parser.add_argument("--unsure", type=float, help="share of labels; default: 0.03")
    parser.add_argument("--expected-auroc", type=float, default=0.95, help="default: 0.95")
    parser.add_argument(
        "--assurance",
        type=float,
        default=0.8,
        help="how likely alpha's interval is to come out so narrow (default: %(default)s)",
    )
    parser.add_argument("--seed", type=at_least(0), default=0, help="of the draws")


def run(options: argparse.Namespace) -> dict[str, Any]:
    began = time.monotonic()
    if options.alpha is None and options.auroc is None:
        raise ValueError("say what is wanted: --alpha HALF_WIDTH, --auroc HALF_WIDTH, or both")
    confusions, prevalence = _observed(options) if options.labels else _assumed(options)
    if options.prevalence is not None:
        prevalence = options.prevalence
    unsure = _unsure(confusions, prevalence)
    result: dict[str, Any] = {
        "assumed": {"people": len(confusions), "prevalence": prevalence, "unsure": unsure}
    }
    if options.alpha is not None:
        likely = likely_answers(confusions, prevalence=prevalence, each=options.per_pair)
        with ProgressBar() as bar:
            plan = units_for_alpha(
                likely, options.alpha, assurance=options.assurance, seed=options.seed, callback=bar
            )
        result["alpha"] = asdict(plan)
    if options.auroc is not None:
        auroc = units_for_auroc(options.auroc, auroc=options.expected_auroc, prevalence=prevalence)
        # Labels that are unsure judge no model.
        labels = math.ceil(auroc.units / (1 - unsure)) if unsure < 1 else None
        result["auroc"] = asdict(auroc) | {"labels": labels}
    return result | {"seconds": round(time.monotonic() - began, 3)}


def _observed(options: argparse.Namespace) -> tuple[Floats, float]:
    """Everybody's confusions and the prevalence, from labels."""
    if options.accuracy is not None or options.unsure is not None:
        raise ValueError("--labels says how people label: leave out --accuracy and --unsure")
    ratings = read_ratings(read_labels(options.labels, among=VERDICTS), order=VERDICTS)
    if not len(ratings.unit):
        raise ValueError(f"{options.labels} holds no label")
    fitted = dawid_skene.fit(ratings.unit, ratings.annotator, ratings.label)
    return fitted.confusions, fitted.prevalence


def _assumed(options: argparse.Namespace) -> tuple[Floats, float]:
    """One confusion for all, and the study's prevalence."""
    typical = np.array([[TYPICAL.similar, TYPICAL.not_similar]])
    if options.accuracy is None and options.unsure is None:
        return typical, PREVALENCE
    unsure = 0.03 if options.unsure is None else options.unsure
    for name, value in (("--accuracy", options.accuracy), ("--unsure", unsure)):
        if value is not None and not 0 <= value <= 1:
            raise ValueError(f"{name} must lie within 0 and 1, not {value}")
    sure = typical[..., :2] / typical[..., :2].sum(-1, keepdims=True)
    if options.accuracy is not None:
        right = options.accuracy
        sure = np.array([[[right, 1 - right], [1 - right, right]]])
    return np.concatenate([sure * (1 - unsure), np.full((1, 2, 1), unsure)], axis=-1), PREVALENCE


def _unsure(confusions: Floats, prevalence: float) -> float:
    similar, not_similar = confusions[..., VERDICTS.index("unsure")].mean(0).tolist()
    return prevalence * similar + (1 - prevalence) * not_similar
