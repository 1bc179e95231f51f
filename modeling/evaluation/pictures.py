"""Pictures of a model's judgements, as SVG with the data behind them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from modeling.calibration import Calibration
from modeling.evaluation import curves
from modeling.evaluation.curves import Table
from modeling.evaluation.judgements import Judgements
from modeling.evaluation.metrics import Flags, Floats
from modeling.evaluation.svg import COLOURS, Chart
from modeling.evaluation.table import figure

NAMES = ("precision_recall", "reliability", "roc", "scores", "thresholds")


class _Model(NamedTuple):
    """Of the pairs with a sure label: probabilities, labels and decisions, (n,) each."""

    name: str
    p: Floats
    positive: Flags
    similar: Flags
    calibration: dict[str, Calibration]
    metrics: Mapping[str, Any]


def draw(
    report: Mapping[str, Any], models: Sequence[tuple[str, Judgements]]
) -> dict[str, tuple[str, dict[str, Table]]]:
    """By name, of NAMES, the SVG and the tables behind it by model.

    `models` are the one that `report` is of and, if there is one, that which it is compared with.
    Pictures that need a class of which there is no pair are left out.
    """
    drawn = [_model(name, judged, report, i) for i, (name, judged) in enumerate(models)]
    positive = drawn[0].positive
    pictures: dict[str, tuple[str, dict[str, Table]]] = {}
    if positive.any():
        pictures["precision_recall"] = _precision_recall(drawn)
        pictures["thresholds"] = _thresholds(drawn[0])
    if positive.any() and not positive.all():
        pictures["roc"] = _roc(drawn)
    if len(positive):
        pictures["reliability"] = _reliability(drawn[0])
        pictures["scores"] = _scores(drawn[0])
    return pictures


def _model(name: str, judged: Judgements, report: Mapping[str, Any], number: int) -> _Model:
    sure = judged.decided
    metrics = report["metrics"]
    if number:
        metrics = {k: v["second"] for k, v in report["comparison"]["metrics"].items()}
    calibration = {v: judged.calibration[v] for v in sorted(set(judged.variants))}
    return _Model(
        name,
        judged.probabilities[sure],
        judged.targets[sure] > 0.5,
        judged.similar[sure],
        calibration,
        metrics,
    )


def _roc(models: Sequence[_Model]) -> tuple[str, dict[str, Table]]:
    chart = Chart(
        x_label="False positive rate (not similar pairs called similar)",
        y_label="True positive rate (recall)",
    )
    tables = {model.name: curves.roc(model.p, model.positive) for model in models}
    said = [f"{model.name}: AUROC {figure(model.metrics['auroc'])}" for model in models]
    chart.reference((0, 1), (0, 1), "chance")
    for number, (model, label) in enumerate(zip(models, said, strict=True)):
        table = tables[model.name]
        chart.line(
            _numbers(table["false_positive_rate"]), _numbers(table["true_positive_rate"]),
            number, label,
        )  # fmt: skip
    for name, called, hollow in _decisions(models[0]):
        rate = [called[models[0].positive == label].mean() for label in (False, True)]
        chart.point(float(rate[0]), float(rate[1]), 0, name, hollow=hollow)
    title = "ROC curve"
    return chart.render(title, f"{'; '.join(said)}."), tables


def _precision_recall(models: Sequence[_Model]) -> tuple[str, dict[str, Table]]:
    chart = Chart(x_label="Recall", y_label="Precision")
    tables = {model.name: curves.precision_recall(model.p, model.positive) for model in models}
    said = [f"{m.name}: AP {figure(m.metrics['average_precision'])}" for m in models]
    share = float(models[0].positive.mean())
    chart.reference((0, 1), (share, share), f"chance ({share:.2f}, the share of similar pairs)")
    for number, (model, label) in enumerate(zip(models, said, strict=True)):
        table = tables[model.name]
        chart.line(_numbers(table["recall"]), _numbers(table["precision"]), number, label)
    for name, called, hollow in _decisions(models[0]):
        if called.any():
            right = (called & models[0].positive).sum()
            recall, precision = right / models[0].positive.sum(), right / called.sum()
            chart.point(float(recall), float(precision), 0, name, hollow=hollow)
    description = f"{'; '.join(said)}. AP is the average precision."
    return chart.render("Precision and recall", description), tables


def _reliability(model: _Model) -> tuple[str, dict[str, Table]]:
    chart = Chart(x_label="Mean predicted probability", y_label="Share of similar pairs")
    table = curves.reliability(model.p, model.positive)
    columns = {name: _numbers(column) for name, column in table.items()}
    most = max(columns["n"])
    heights = [0.16 * n / most for n in columns["n"]]
    chart.reference((0, 1), (0, 1), "perfect calibration")
    label = f"pairs in each bin (at most {most:,.0f})"
    chart.bars(columns["lower"], columns["upper"], heights, "#767676", label)
    points = (columns[c] for c in ("mean_probability", "low", "high"))
    for x, low, high in zip(*points, strict=True):
        chart.whisker(x, low, high, 0)
    ece = figure(model.metrics["ece"])
    chart.line(columns["mean_probability"], columns["share_similar"], 0, f"ECE {ece}")
    for x, y in zip(columns["mean_probability"], columns["share_similar"], strict=True):
        chart.point(x, y, 0)
    description = (
        f"{model.name}: share of similar pairs against predicted probability in 15 bins of equal "
        f"width, with 95% intervals. Expected calibration error {ece}."
    )
    return chart.render("Reliability diagram", description), {model.name: table}


def _scores(model: _Model) -> tuple[str, dict[str, Table]]:
    table = curves.histogram(model.p, model.positive)
    columns = {name: _numbers(column) for name, column in table.items()}
    step = _nice_step(max(*columns["similar"], *columns["not_similar"]))
    top = step * math.ceil(max(*columns["similar"], *columns["not_similar"]) / step)
    chart = Chart(x_label="Predicted probability", y_label="Pairs", top=top, step=step)
    for number, name in enumerate(("similar", "not_similar")):
        heights = columns[name]
        chart.bars(columns["lower"], columns["upper"], heights, COLOURS[number])
        outline = [0.0, *heights, 0.0]
        edges = [0.0, *columns["upper"], 1.0]
        label = f"{name.replace('_', ' ')} ({sum(heights):,.0f} pairs)"
        chart.line(*_outline(edges, outline), number, label)
    description = f"{model.name}: how many pairs of each label have which predicted probability."
    return chart.render("Predicted probabilities", description), {model.name: table}


def _outline(edges: list[float], heights: list[float]) -> tuple[list[float], list[float]]:
    """Corners of the steps over bars that end at `edges`, the first and last of height 0."""
    x, y = [edges[0]], [heights[0]]
    for i in range(1, len(edges)):
        x += [edges[i - 1], edges[i]]
        y += [heights[i], heights[i]]
    return x, y


def _thresholds(model: _Model) -> tuple[str, dict[str, Table]]:
    chart = Chart(x_label="Threshold", y_label="Precision, recall, F1")
    table = curves.thresholds(model.p, model.positive)
    grid = _numbers(table["threshold"])
    for how, variants in (("chosen on validation", _fitted(model)), ("by default", _given(model))):
        label = f"{how} ({_listed(variants)})"
        for found in variants.values():
            chart.reference((found.threshold, found.threshold), (0, 1), label)
            label = ""
    for number, name in enumerate(("precision", "recall", "f1")):
        there = [(x, y) for x, y in zip(grid, table[name], strict=True) if y is not None]
        label = "F1" if name == "f1" else name
        chart.line([x for x, _ in there], [y for _, y in there], number, label)
    description = f"{model.name}: precision, recall and F1 against the threshold."
    return chart.render("Figures by threshold", description), {model.name: table}


def _decisions(model: _Model) -> list[tuple[str, Flags, bool]]:
    at_half = ("at 0.5", model.p >= 0.5, True)
    if not _fitted(model):
        return [at_half]
    return [at_half, (f"at the threshold ({_listed(model.calibration)})", model.similar, False)]


def _fitted(model: _Model) -> dict[str, Calibration]:
    return {variant: found for variant, found in model.calibration.items() if found.fitted_on}


def _given(model: _Model) -> dict[str, Calibration]:
    return {variant: found for variant, found in model.calibration.items() if not found.fitted_on}


def _listed(variants: Mapping[str, Calibration]) -> str:
    return ", ".join(f"{variant} {found.threshold:.2f}" for variant, found in variants.items())


def _nice_step(largest: float) -> float:
    """1, 2 or 5 times a power of ten, so that about five of them make `largest`."""
    power = 10.0 ** math.floor(math.log10(max(largest / 5, 1)))
    return next(f * power for f in (1, 2, 5, 10) if f * power * 5 >= largest)


def _numbers(column: Sequence[float | None]) -> list[float]:
    return [value for value in column if value is not None]
