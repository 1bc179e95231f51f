"""Agreement among annotators: alpha, kappa, AC1 and per cent, with intervals."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from modeling.agreement.explanations import in_english
from modeling.agreement.remarks import Remarks, remarks_on
from modeling.agreement.report import agreement_report
from modeling.agreement.sets import reasons_report
from modeling.cli.labels_file import read_labels_with_reasons, require_few
from modeling.option_types import at_least
from modeling.row_files import FILES

LESS_MEMORY = "fewer labels, different labels or --resamples take less"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--labels", type=Path, required=True,
        help=f"unit,annotator,label and maybe reasons; {FILES}",
    )  # fmt: skip
    parser.add_argument("--order", nargs="+", metavar="LABEL", help="labels from low to high")
    parser.add_argument(
        "--resamples", type=at_least(2), default=500,
        help="draws for intervals (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--seed", type=at_least(0), default=0, help="of the draws for intervals")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Reasons are compared among labels that give any: whoever finds two videos not similar is
    asked for none, and that they differ from others in this is what the other figures are about."""
    if options.order is not None and len(set(options.order)) < len(options.order):
        raise ValueError(f"--order: {' '.join(options.order)} has a label twice")
    read = read_labels_with_reasons(options.labels, among=options.order)
    rows = list(tqdm(read, unit=" labels"))
    drawn = {"resamples": options.resamples, "seed": options.seed}
    labels = [(unit, who, label) for unit, who, label, _ in rows]
    require_few(options.labels, "label", len({label for *_, label in labels}))
    require_few(options.labels, "reasons", len({given for *_, given in rows}))
    report = agreement_report(labels, order=options.order, **drawn)
    if any(given is not None for *_, given in rows):
        latest = {(unit, who): given or None for unit, who, label, given in rows if label}
        sets = ((unit, who, given) for (unit, who), given in latest.items())
        report["reasons"] = reasons_report(sets, **drawn)
    report["remarks"] = remarks_on(report, labels)
    _say(report["remarks"])
    return report


def _say(remarks: Remarks) -> None:
    for statistic, sentences in remarks.items():
        text = " ".join(in_english(sentence) for sentence in sentences)
        print(f"{statistic}: {text}", file=sys.stderr)
