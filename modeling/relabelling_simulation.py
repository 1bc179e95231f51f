"""What each rule of relabelling costs and gives, by running it on an invented study.

The rules, the consensus, the records and ActiveLab are those that the product runs; only the people
are invented. A promoted model's probabilities are there from the start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modeling.acquisition.relabel import choose, expected_gain
from modeling.agreement.dawid_skene import DawidSkene, correct_probability, fit, to_confusion
from modeling.agreement.records import best, records
from modeling.simulated_study import GROUPS, Codes, Flags, Floats, Study
from modeling.stopping import VERDICTS, Opinion, Rule, decide

REFIT_EVERY = 100
STOP_AT = 0.95
# A pair is hard once two people have not settled it, or while the model cannot tell.
DISPUTED = 2
MODEL_CANNOT_TELL = (0.35, 0.65)
# Hard pairs go to the better half: a smaller share leaves nobody to ask for the next opinion.
BEST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Policy:
    """How a campaign asks; `routed`: hard pairs go to those with the best record."""

    name: str
    rule: Rule
    base: int = 1
    most: int = 5
    routed: bool = False

    @property
    def has_model(self) -> bool:
        """Whether the model has a say in the consensus that the rule itself goes by."""
        return self.rule in (Rule.POSTERIOR, Rule.ACTIVELAB)


class Labelling:
    """One run: the votes so far, what each pair wants, and what was last learnt of the people."""

    def __init__(self, study: Study, policy: Policy) -> None:
        people, pairs = study.answers.shape
        self.study, self.policy = study, policy
        self.seen: Flags = np.zeros((people, pairs), dtype=bool)
        self.wanted: Codes = np.zeros(pairs, dtype=np.int64)
        self.preferred: Flags = np.ones((people, GROUPS), dtype=bool)
        self.refit()

    @property
    def count(self) -> Codes:
        return self.seen.sum(axis=0)

    def votes(self) -> tuple[Codes, Codes, Codes]:
        """Pair, person and verdict of each vote."""
        people, pairs = np.nonzero(self.seen)
        return pairs, people, self.study.answers[people, pairs]

    def consensus(self, *, with_model: bool) -> DawidSkene:
        people, pairs = self.study.answers.shape
        prior = self.study.probability if with_model else None
        return fit(*self.votes(), prior=prior, n_items=pairs, n_annotators=people)

    def refit(self) -> None:
        """Learn the people anew and decide again about every pair, as a worker does."""
        fitted = self.consensus(with_model=True)
        self.confusions = [to_confusion(row) for row in fitted.confusions]
        pairs, people, verdicts = self.votes()
        if self.policy.routed:
            right = correct_probability(fitted.posterior, pairs, verdicts)
            known = records(
                people, self.study.group[pairs], right,
                n_annotators=len(self.preferred), n_groups=GROUPS,
            )  # fmt: skip
            for group in range(GROUPS):
                chosen = best(known, group, BEST_SHARE)
                self.preferred[:, group] = np.isin(np.arange(len(self.preferred)), chosen)
                self.preferred[:, group] |= not len(chosen)
        for pair in range(len(self.wanted)):
            self.decide(pair)

    def decide(self, pair: int) -> None:
        people = np.flatnonzero(self.seen[:, pair])
        opinions = [
            Opinion(VERDICTS[self.study.answers[person, pair]], self.confusions[person])
            for person in people
        ]
        self.wanted[pair] = decide(
            self.policy.rule, opinions=opinions, prior=float(self.study.probability[pair]),
            most=self.policy.most, stop_at=STOP_AT, base=self.policy.base,
        ).wanted  # fmt: skip

    def may_take(self) -> Flags:
        """(people, pairs): who may be given which pair now."""
        allowed = self.study.reads & ~self.seen
        if not self.policy.routed:
            return allowed
        low, high = MODEL_CANNOT_TELL
        hard = (self.study.probability > low) & (self.study.probability < high)
        hard |= self.count >= DISPUTED
        preferred = allowed & self.preferred[:, self.study.group]
        return np.where(hard & preferred.any(axis=0), preferred, allowed)


def run(
    study: Study, policy: Policy, rng: np.random.Generator, *, budget: int | None = None
) -> Labelling:
    """Label until the rule has enough, or with ActiveLab until `budget` labels are spent."""
    labelling = Labelling(study, policy)
    if policy.rule is Rule.ACTIVELAB:
        _by_expected_gain(labelling, budget or 0, rng)
    else:
        _by_rule(labelling, rng)
    return labelling


def _by_rule(labelling: Labelling, rng: np.random.Generator) -> None:
    """People come in random order; each gets the first pair that wants a label and is allowed."""
    while True:
        open_to = labelling.may_take() & (labelling.count < labelling.wanted)
        able = np.flatnonzero(open_to.any(axis=1))
        if not len(able):
            return
        person = rng.choice(able)
        pair = int(open_to[person].argmax())
        labelling.seen[person, pair] = True
        if labelling.seen.sum() % REFIT_EVERY == 0:
            labelling.refit()
        else:
            labelling.decide(pair)


def _by_expected_gain(labelling: Labelling, budget: int, rng: np.random.Generator) -> None:
    """Batches of the pairs with the lowest ActiveLab scores, each to anybody who may judge it."""
    while (left := budget - int(labelling.seen.sum())) > 0:
        allowed = labelling.may_take()
        chosen = [pair for pair in _ranked(labelling) if allowed[:, pair].any()]
        if not chosen:
            return
        for pair in chosen[: min(left, REFIT_EVERY)]:
            labelling.seen[rng.choice(np.flatnonzero(allowed[:, pair])), pair] = True


def _ranked(labelling: Labelling) -> list[int]:
    """All pairs, those worth a label most in front."""
    labelled = labelling.count > 0
    old, new = np.flatnonzero(labelled), np.flatnonzero(~labelled)
    position = np.cumsum(labelled) - 1
    pairs, people, verdicts = labelling.votes()
    probability = labelling.study.probability
    scores = expected_gain(position[pairs], people, verdicts, probability[old], probability[new])
    choice = choose(*scores, budget=len(labelled))
    numbers = [old if again else new for again in choice.labelled]
    return [int(which[i]) for which, i in zip(numbers, choice.index, strict=True)]


def outcome(labelling: Labelling) -> dict[str, float]:
    """Labels a pair and the accuracies of three kinds of consensus; a tie counts for one half."""
    truth = labelling.study.truth
    with_model = labelling.consensus(with_model=True).posterior
    figures = {
        "labels": float(labelling.count.mean()),
        "untouched": float((labelling.count == 0).mean()),
        "majority": accuracy(_majority(labelling), truth),
        "with_model": accuracy(with_model, truth),
        "without_model": accuracy(labelling.consensus(with_model=False).posterior, truth),
        "certainty": float(np.maximum(with_model, 1 - with_model).mean()),
    }
    own = "with_model" if labelling.policy.has_model else "majority"
    return {"accuracy": figures[own], **figures}


def accuracy(probability: Floats, truth: Flags) -> float:
    return float(np.where(probability == 0.5, 0.5, (probability > 0.5) == truth).mean())


def _majority(labelling: Labelling) -> Floats:
    """1, 0 or a half for a tie of the sure votes, (pairs,)."""
    answers, seen = labelling.study.answers, labelling.seen
    similar = (seen & (answers == VERDICTS.index("similar"))).sum(axis=0)
    other = (seen & (answers == VERDICTS.index("not_similar"))).sum(axis=0)
    return (1.0 + np.sign(similar - other)) / 2.0
