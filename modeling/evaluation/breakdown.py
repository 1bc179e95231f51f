"""Figures by kind of pair: language, channel, texts that are there, variant and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from modeling.evaluation.figures import Figures, evaluate, evaluate_decisions
from modeling.evaluation.judgements import Judgements
from modeling.evaluation.metrics import Flags
from modeling.schema import PairExample
from modeling.text import is_missing

MAX_GROUPS = 20
OTHER = "other"
_TEXTS = ("title", "description", "transcript")


def breakdown(judged: Judgements, *, seed: int = 0) -> dict[str, list[dict[str, Any]]]:
    """By dimension, the groups with the most pairs first. Of each: `n` pairs with a sure label,
    `similar` among them, `metrics` at 0.5 and `at_threshold`, those of the chosen thresholds.

    `reason` stands apart: the similar pairs that were labelled with it, once for each of their
    reasons, and the recall among them. Groups after the 20 largest are one, "other"; of reasons
    those pairs that have one of the others.
    """
    dimensions: dict[str, Callable[[PairExample], str]] = {
        "language": language_of,
        "channel": channel_of,
        "texts": texts_of,
    }
    names: dict[str, Sequence[str]] = {
        dimension: [name(pair) for pair in judged.pairs] for dimension, name in dimensions.items()
    }
    names["variant"] = judged.variants
    by = {dimension: _groups(judged, values, seed) for dimension, values in names.items()}
    return by | {"reason": _recall_by_reason(judged, seed)}


def language_of(pair: PairExample) -> str:
    """The primary code: "pt" for "pt-BR"; "not stated" where there is none."""
    code = pair.language.strip().lower().replace("_", "-").split("-")[0]
    return code or "not stated"


def channel_of(pair: PairExample) -> str:
    return {None: "not stated", True: "same", False: "different"}[pair.channels_equal]


def texts_of(pair: PairExample) -> str:
    """The texts that both videos have: "title, description"."""
    sides = (pair.left, pair.right)
    there = [text for text in _TEXTS if not any(is_missing(getattr(v, text)) for v in sides)]
    return ", ".join(there) or "none"


def _groups(judged: Judgements, names: Sequence[str], seed: int) -> list[dict[str, Any]]:
    sure = judged.decided
    counts = Counter(name for name, counted in zip(names, sure, strict=True) if counted)
    groups = []
    for group, members in _largest(counts).items():
        rows = sure & np.array([name in members for name in names], dtype=bool)
        groups.append(_group(judged, group, rows, seed))
    return groups


def _largest(counts: Counter[str]) -> dict[str, set[str]]:
    """The names of each group; those after the largest go to "other", which may be one of them."""
    # Names break ties, so that the order of the rows decides nothing.
    names = sorted(counts, key=lambda name: (-counts[name], name))
    groups = {name: {name} for name in names[:MAX_GROUPS]}
    if rest := set(names[MAX_GROUPS:]):
        groups.setdefault(OTHER, set()).update(rest)
    return groups


def _group(judged: Judgements, name: str, rows: Flags, seed: int) -> dict[str, Any]:
    targets, clusters = judged.targets[rows], judged.clusters[rows]
    return {
        "group": name,
        "n": int(rows.sum()),
        "similar": int((targets > 0.5).sum()),
        "metrics": evaluate(judged.probabilities[rows], targets, clusters=clusters, seed=seed),
        "at_threshold": _decided(judged, judged.similar, rows, seed),
    }


def _recall_by_reason(judged: Judgements, seed: int) -> list[dict[str, Any]]:
    similar = judged.targets > 0.5
    counts = Counter(
        reason
        for pair, counted in zip(judged.pairs, similar, strict=True)
        if counted
        for reason in dict.fromkeys(pair.reasons)
    )
    said = {"recall": judged.probabilities >= 0.5, "recall_at_threshold": judged.similar}
    groups = []
    for group, members in _largest(counts).items():
        rows = similar & np.array([not members.isdisjoint(p.reasons) for p in judged.pairs])
        recalls = {name: _decided(judged, s, rows, seed)["recall"] for name, s in said.items()}
        groups.append({"group": group, "n": int(rows.sum()), **recalls})
    return groups


def _decided(judged: Judgements, said: Flags, rows: Flags, seed: int) -> Figures:
    return evaluate_decisions(
        said[rows], judged.targets[rows], clusters=judged.clusters[rows], seed=seed
    )
