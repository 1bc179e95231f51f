"""An invented study for comparing rules: people of varied skill, pairs whose truth is known.

The constants come from the study that this project starts from and from a first simulation of it,
not from how any rule fares in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.stopping import VERDICTS

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Of the sure labels of the public YouTube pairs, 28% are "similar".
PREVALENCE = 0.28
# Distance of the two normal distributions of the model's evidence: AUROC 0.90.
SEPARATION = 1.812
# Languages of the public videos: English 41%, and four others of about equal share.
LANGUAGE_SHARES = (0.41, 0.1475, 0.1475, 0.1475, 0.1475)
# Two kinds of pairs, as with and without transcripts.
KINDS = 2
# Three answers and a majority are right on 95% of random pairs and 91% of hard ones, says the first
# simulation. SKILL, the mean log odds of being right, and EASE, what a standard deviation of the
# model's certainty adds to it, are set to that; people are then right on 89% and 85% when sure.
SKILL, EASE = 2.5, 0.4
# Standard deviations in log odds of being right, about 0.1 of accuracy for 1 near 0.89: of a
# person (5 points), of a person in a language or kind, of leaning to "similar", and of a pair's
# difficulty for everybody, which makes people's mistakes depend on each other.
PERSON, IN_LANGUAGE, IN_KIND, LEANING, PAIR = 0.5, 0.35, 0.2, 0.3, 0.7
# The study: 3% unsure; more on difficult pairs.
UNSURE, UNSURE_SLOPE = 0.026, -0.8
GROUPS = KINDS * len(LANGUAGE_SHARES)
# Hard pairs are the most uncertain of so many times as many.
CHOSEN_FROM = 8


@dataclass(frozen=True, slots=True)
class Setting:
    """`overconfidence` multiplies the model's log odds; `shared` is how strongly people err, in log
    odds a standard deviation, where the model's evidence points the wrong way.
    """

    name: str
    hard: bool = False
    overconfidence: float = 1.0
    shared: float = 0.0


@dataclass(frozen=True, slots=True)
class Study:
    """`truth`, `probability` and `group` (kind and language) (pairs,); `reads` and `answers`
    (people, pairs): who may judge a pair, and the code of the verdict that each would give.
    """

    truth: Flags
    probability: Floats
    group: Codes
    reads: Flags
    answers: Codes


def invent(setting: Setting, *, people: int, pairs: int, rng: np.random.Generator) -> Study:
    truth, log_odds, certainty = _pairs(setting, pairs, rng)
    language = rng.choice(len(LANGUAGE_SHARES), size=pairs, p=LANGUAGE_SHARES)
    kind = rng.integers(KINDS, size=pairs)
    support = np.where(truth, log_odds, -log_odds)
    support = (support - support.mean()) / support.std()
    ease = EASE * certainty + setting.shared * support + rng.normal(0.0, PAIR, pairs)
    skill = _skill(people, language, kind, rng)
    leaning = rng.normal(0.0, LEANING, people)[:, None] * np.where(truth, 1.0, -1.0)
    right = rng.random((people, pairs)) < _logistic(skill + leaning + ease)
    said = np.where(right == truth, VERDICTS.index("similar"), VERDICTS.index("not_similar"))
    unsure_at = np.log(UNSURE / (1 - UNSURE)) + UNSURE_SLOPE * ease
    unsure = rng.random((people, pairs)) < _logistic(unsure_at)
    answers = np.where(unsure, VERDICTS.index("unsure"), said)
    probability = _logistic(setting.overconfidence * log_odds)
    group = kind * len(LANGUAGE_SHARES) + language
    return Study(truth, probability, group, _readers(people)[:, language], answers)


def _pairs(setting: Setting, pairs: int, rng: np.random.Generator) -> tuple[Flags, Floats, Floats]:
    """Truth, calibrated log odds of the model and its standardised certainty, each (pairs,)."""
    n = pairs * CHOSEN_FROM
    truth = rng.random(n) < PREVALENCE
    evidence = rng.normal(np.where(truth, SEPARATION, 0.0), 1.0)
    prior = np.log(PREVALENCE / (1 - PREVALENCE))
    log_odds = prior + SEPARATION * evidence - SEPARATION**2 / 2
    certainty = (np.abs(log_odds) - np.abs(log_odds).mean()) / np.abs(log_odds).std()
    chosen = np.argsort(certainty)[:pairs] if setting.hard else np.arange(pairs)
    chosen = rng.permutation(chosen)
    return truth[chosen], log_odds[chosen], certainty[chosen]


def _skill(people: int, language: Codes, kind: Codes, rng: np.random.Generator) -> Floats:
    """Log odds (people, pairs) of being right on a pair of average difficulty."""
    person = rng.normal(SKILL, PERSON, (people, 1))
    in_language = rng.normal(0.0, IN_LANGUAGE, (people, len(LANGUAGE_SHARES)))
    in_kind = rng.normal(0.0, IN_KIND, (people, KINDS))
    return person + in_language[:, language] + in_kind[:, kind]


def _readers(people: int) -> Flags:
    """(people, languages): everyone English, and one or two of the others in turn."""
    others = len(LANGUAGE_SHARES) - 1
    reads = np.zeros((people, len(LANGUAGE_SHARES)), dtype=bool)
    reads[:, 0] = True
    each = np.arange(people)
    reads[each, 1 + each % others] = True
    reads[each, 1 + each // others % others] = True
    return reads


def _logistic(x: Floats) -> Floats:
    return 0.5 * (1.0 + np.tanh(0.5 * x))
