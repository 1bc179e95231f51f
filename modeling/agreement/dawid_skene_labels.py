"""Dawid-Skene (1979) for any labels, each of which may be the truth.

For verdicts on similarity, where "unsure" is never the truth and a model may have a say, there is
`modeling.agreement.dawid_skene`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modeling.agreement.dawid_skene import LEAST_SHARED, STRENGTH
from modeling.agreement.ratings import Floats
from modeling.agreement.votes import Block, Votes, blocks, normalise, read_votes, still_rises

# How often an annotator of whom nothing is known is taken to be right.
TYPICAL_ACCURACY = 0.8


@dataclass(frozen=True, slots=True)
class DawidSkeneLabels:
    """A fitted model.

    `posterior` (n_units, n_labels). `quality` (n_annotators,): P(the label is right), which is the
    diagonal of an annotator's confusion weighted by `prevalence` (n_labels,). `concentration`
    (n_annotators, n_labels, n_labels): for each truth the parameters of the Dirichlet distribution
    of what an annotator says. `bounds`: log posterior density of confusions and prevalence, up to a
    constant, after each step; it never falls.
    """

    posterior: Floats
    quality: Floats
    concentration: Floats
    prevalence: Floats
    bounds: list[float]
    converged: bool


def fit(
    units: ArrayLike,
    annotators: ArrayLike,
    labels: ArrayLike,
    *,
    n_units: int | None = None,
    n_annotators: int | None = None,
    n_labels: int | None = None,
    strength: float = STRENGTH,
    tolerance: float = 1e-6,
    max_iterations: int = 200,
) -> DawidSkeneLabels:
    """Fit to one entry a label: codes of unit, annotator and label, each (n,).

    Confusions are maximum a posteriori: for each truth a Dirichlet prior worth `strength` labels,
    spread as in the confusion of everybody with the majority vote, which in its turn has a prior of
    as many labels with `TYPICAL_ACCURACY`. So few labels move nobody far from the others. Where
    fewer than `LEAST_SHARED` of the units have two labels, only these teach the confusions. EM ends
    when the bound rises by less than `tolerance` a label. A unit without labels has the prevalence.

    Raises:
        ValueError: shapes differ, a code is out of range, there are fewer than two labels,
            `strength` is not positive, or `max_iterations` is below 1.
    """
    if strength <= 0 or max_iterations < 1:
        raise ValueError("strength must be positive and max_iterations 1 or more")
    votes = read_votes(
        units, annotators, labels, n_units=n_units, n_annotators=n_annotators, n_labels=n_labels
    )
    telling = votes.chosen(_tells(votes))
    parts, voted = blocks(telling), np.bincount(telling.unit, minlength=votes.n_units) > 0
    table, _ = normalise(np.log(_shares(parts, votes) + 1e-12))
    prior = _pooled(_counts(parts, table), strength) * strength
    bounds: list[float] = []
    while still_rises(bounds, len(telling.unit), tolerance) and len(bounds) < max_iterations:
        concentration = _counts(parts, table) + prior
        prevalence = (table[:, voted].sum(axis=1) + 1.0) / (voted.sum() + votes.n_labels)
        confusions = concentration / concentration.sum(axis=2, keepdims=True)
        table, evidence = _expect(parts, confusions, prevalence, votes.n_units)
        penalty = np.sum(prior * np.log(confusions)) + np.log(prevalence).sum()
        bounds.append(float(evidence[voted].sum() + penalty))
    table, _ = _expect(blocks(votes), confusions, prevalence, votes.n_units)
    quality = np.diagonal(confusions, axis1=1, axis2=2) @ prevalence
    converged = not still_rises(bounds, len(telling.unit), tolerance)
    posterior = np.ascontiguousarray(table.T)
    return DawidSkeneLabels(posterior, quality, concentration, prevalence, bounds, converged)


def _tells(votes: Votes) -> NDArray[np.bool_]:
    n = np.bincount(votes.unit, minlength=votes.n_units)
    overlaps = np.sum(n >= 2) >= LEAST_SHARED * np.sum(n > 0)
    return (n[votes.unit] >= 2) | overlaps


def _shares(parts: list[Block], votes: Votes) -> Floats:
    """What share of its annotators gave a unit each label, (n_labels, n_units)."""
    shares = np.empty((votes.n_labels, votes.n_units))
    for part in parts:
        said = part.by_unit()
        shares[:, part.units] = said / np.maximum(said.sum(axis=0), 1.0)
    return shares


def _pooled(counts: Floats, strength: float) -> Floats:
    """(n_labels, n_labels): what is said of each truth by anybody."""
    k = counts.shape[1]
    typical = np.full((k, k), (1.0 - TYPICAL_ACCURACY) / (k - 1))
    np.fill_diagonal(typical, TYPICAL_ACCURACY)
    mixed = counts.sum(axis=0) + strength * typical
    return mixed / mixed.sum(axis=1, keepdims=True)


def _counts(parts: list[Block], table: Floats) -> Floats:
    """Expected labels by annotator, truth and label, (n_annotators, n_labels, n_labels)."""
    sums = np.zeros((len(table), parts[0].n_annotators, len(table))) if parts else np.zeros((1, 0))
    for part in parts:
        for truth, shares in enumerate(table[:, part.units]):
            sums[truth] += part.by_annotator(shares[part.unit])
    return np.swapaxes(sums, 0, 1)


def _expect(
    parts: list[Block], confusions: Floats, prevalence: Floats, n_units: int
) -> tuple[Floats, Floats]:
    """P(truth) (n_labels, n_units) and the log evidence (n_units,)."""
    logs = np.log(np.swapaxes(confusions, 0, 1)).reshape(len(prevalence), -1)
    table, evidence = np.empty((len(prevalence), n_units)), np.empty(n_units)
    for part in parts:
        n = part.last - part.first
        weights = np.stack([np.bincount(part.unit, log[part.cell], n) for log in logs])
        joint = weights + np.log(prevalence)[:, None]
        table[:, part.units], evidence[part.units] = normalise(np.asarray(joint, dtype=np.float64))
    return table, evidence
