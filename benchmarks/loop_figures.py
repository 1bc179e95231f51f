import argparse
import random
from pathlib import Path
from typing import Any

from annotation.importers.known_labels import read_known_labels
from annotation.queries.training_set import TEXT_FIELDS, TEXTS
from annotation.services.examples import pair_example
from modeling.evaluation import clusters_of, evaluate
from modeling.recipes import TrainingConfig, load_model, train
from modeling.schema import PairExample
from tests.system import System

TARGET = {"similar": 1.0, "not_similar": 0.0}
RUNS = """
SELECT run.id, run.recipe, run.status, run.label_count, run.artefact, run.metrics, run.message,
    EXISTS (SELECT FROM annotation_promotion p WHERE p.run_id = run.id),
    extract(epoch FROM run.finished_at - run.started_at)::int
FROM annotation_trainingrun run ORDER BY run.id
"""
POOL = """
SELECT pair.id, pair.pair_id, pair.held_out FROM annotation_poolpair pool
JOIN annotation_pair pair ON pair.id = pool.pair_id ORDER BY pair.pair_id
"""


def read_known(path: str) -> dict[str, str]:
    """pair_id -> verdict of the file's labels, before any noise."""
    return {pair: verdict for pair, (verdict, _) in read_known_labels(path).items()}


def active_arm(system: System, known: dict[str, str]) -> list[dict[str, Any]]:
    """Each run's model on every held-out pair of the pool whose label in the file is sure.

    `slice_auroc` is what the product itself reported, from the noisy labels people gave so far.
    """
    rows = []
    for run, recipe, status, labels, artefact, metrics, message, promoted, seconds in system.sql(
        RUNS
    ):
        row = {"run": run, "recipe": recipe, "status": status, "labels": labels,
               "promoted": promoted, "seconds": seconds, "message": message}  # fmt: skip
        if status == "succeeded":
            row["trained_on"] = metrics["counts"]["train"]
            row["slice_auroc"] = _figure(metrics["test"].get("overall"))
            row["auroc"] = _auroc(system, system.root / "models" / artefact, known)
        rows.append(row)
    return rows


def random_arm(
    system: System, row: dict[str, Any], known: dict[str, str], options: argparse.Namespace,
    rng: random.Random,
) -> dict[str, Any]:  # fmt: skip
    """The basic model on as many labels of pairs drawn at random, with the same noise."""
    if row["status"] != "succeeded" or row["recipe"] != "basic":
        return {}
    drawn = rng.sample(system.sql(POOL), k=row["labels"])
    chosen = {pk: TARGET[known[pair]] for pk, pair, held_out in drawn
              if not held_out and known[pair] in TARGET}  # fmt: skip
    noisy = {pk: 1 - t if rng.random() < options.noise else t for pk, t in chosen.items()}
    output = system.root / "random-arm" / str(row["run"])
    config = TrainingConfig(embedding_cache=system.root / "embeddings.sqlite", seed=row["run"])
    result = train("basic", _examples(system, noisy), output=output, config=config)
    return {
        "random_trained_on": result.metrics["counts"]["train"],
        "random_auroc": _auroc(system, output, known),
    }


def _auroc(system: System, artefact: Path, known: dict[str, str]) -> dict[str, Any]:
    held_out = {pk: TARGET[known[pair]] for pk, pair, held_out in system.sql(POOL)
                if held_out and known[pair] in TARGET}  # fmt: skip
    examples = _examples(system, held_out)
    model = load_model(artefact)
    found = model.predict(examples, embedding_cache=system.root / "embeddings.sqlite")
    probabilities, targets = [p.probability for p in found], [e.target or 0.0 for e in examples]
    figures = evaluate(probabilities, targets, clusters=clusters_of(examples))
    return {**_figure(figures), "pairs": len(examples)}


def _examples(system: System, targets: dict[int, float]) -> list[PairExample]:
    rows = system.sql(TEXTS.replace("%(pairs)s", "%s"), list(targets))
    texts = [dict(zip(TEXT_FIELDS, row, strict=True)) for row in rows]
    return [pair_example(row, target=targets[row["pk"]]) for row in texts]


def _figure(figures: dict[str, Any] | None) -> dict[str, Any]:
    auroc = (figures or {}).get("auroc") or {}
    return {key: auroc.get(key) and round(auroc[key], 4) for key in ("value", "low", "high")}
