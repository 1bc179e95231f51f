import math
import time

import numpy as np
import pytest

from modeling.agreement.dawid_skene import correct_probability, fit, to_confusion
from modeling.stopping import TYPICAL, Confusion

SIMILAR, NOT_SIMILAR, UNSURE = range(3)
SKILLS = np.array([0.95, 0.9, 0.85, 0.8, 0.75, 0.6])


def invent(n_items, each, *, seed=0, skills=SKILLS, prevalence=0.3):
    """(truth, items, annotators, verdicts): `each` different annotators an item, 3% unsure."""
    rng = np.random.default_rng(seed)
    truth = rng.random(n_items) < prevalence
    order = rng.random((n_items, len(skills))).argsort(axis=1)[:, :each]
    items, annotators = np.repeat(np.arange(n_items), each), order.ravel()
    right = rng.random(len(items)) < skills[annotators]
    verdicts = np.where(right == truth[items], SIMILAR, NOT_SIMILAR)
    verdicts[rng.random(len(items)) < 0.03] = UNSURE
    return truth, items, annotators, verdicts


def slow_fit(items, annotators, verdicts, n_items, n_annotators, *, strength, rounds):
    """Dawid and Skene's EM by loops over dicts, from half and half, for comparison."""
    every = list(zip(items.tolist(), annotators.tolist(), verdicts.tolist(), strict=True))
    votes = [vote for vote in every if vote[2] != UNSURE]
    typical = [TYPICAL.similar, TYPICAL.not_similar]
    imagined = 2 * strength
    usual = (len(every) - len(votes) + imagined * typical[0][UNSURE]) / (len(every) + imagined)
    unsure = []
    for a in range(n_annotators):
        own = [v for _, who, v in every if who == a]
        unsure.append((own.count(UNSURE) + imagined * usual) / (len(own) + imagined))
    said = {i: [v for item, _, v in votes if item == i] for i in range(n_items)}
    belief = {i: (vs.count(SIMILAR) + 0.5) / (len(vs) + 1) for i, vs in said.items()}
    for _ in range(rounds):
        counts = [[[0.0] * 2 for _ in range(2)] for _ in range(n_annotators)]
        for i, a, v in votes:
            counts[a][0][v] += belief[i]
            counts[a][1][v] += 1 - belief[i]
        sure = [[[0.0] * 2 for _ in range(2)] for _ in range(n_annotators)]
        for t in range(2):
            total = [sum(counts[a][t][v] for a in range(n_annotators)) for v in range(2)]
            known = strength * (1 - usual)
            expected = [known * typical[t][v] / (1 - typical[t][UNSURE]) for v in range(2)]
            pooled = [(total[v] + expected[v]) / (sum(total) + known) for v in range(2)]
            for a in range(n_annotators):
                n = sum(counts[a][t]) + known
                for v in range(2):
                    sure[a][t][v] = (counts[a][t][v] + known * pooled[v]) / n
        judged = [i for i in range(n_items) if said[i]]
        prevalence = (sum(belief[i] for i in judged) + 1) / (len(judged) + 2)
        weight = {i: [math.log(prevalence), math.log(1 - prevalence)] for i in range(n_items)}
        for i, a, v in votes:
            for t in range(2):
                weight[i][t] += math.log(sure[a][t][v])
        belief = {i: 1 / (1 + math.exp(w[1] - w[0])) for i, w in weight.items()}
    confusion = [
        [[*(p * (1 - unsure[a]) for p in sure[a][t]), unsure[a]] for t in range(2)]
        for a in range(n_annotators)
    ]
    return np.array([belief[i] for i in range(n_items)]), np.array(confusion), prevalence


@pytest.mark.parametrize("strength", [5.0, 20.0])
def test_the_fit_is_that_of_a_plain_em(strength):
    _, *votes = invent(120, 3)
    fitted = fit(*votes, strength=strength, tolerance=1e-10, max_iterations=1000)
    belief, confusion, prevalence = slow_fit(
        *votes, 120, len(SKILLS), strength=strength, rounds=400
    )
    assert fitted.converged
    assert fitted.posterior == pytest.approx(belief, abs=1e-5)
    assert fitted.confusions == pytest.approx(confusion, abs=1e-5)
    assert fitted.prevalence == pytest.approx(prevalence, abs=1e-5)


def test_it_finds_who_is_reliable_and_beats_the_majority():
    truth, items, annotators, verdicts = invent(3000, 3)
    fitted = fit(items, annotators, verdicts)
    # Of the similar items that somebody was sure of, the share judged right.
    hit = fitted.confusions[:, 0, SIMILAR] / (1 - fitted.confusions[:, 0, UNSURE])
    assert hit == pytest.approx(SKILLS, abs=0.05)
    assert fitted.prevalence == pytest.approx(truth.mean(), abs=0.02)
    margin = np.bincount(items, weights=np.select([verdicts == 0, verdicts == 1], [1, -1], 0))
    majority = np.where(margin == 0, 0.5, (margin > 0) == truth).mean()
    assert ((fitted.posterior > 0.5) == truth).mean() > majority + 0.02


def test_single_votes_alone_teach_nothing_about_anybody():
    truth, items, annotators, verdicts = invent(1000, 1)
    fitted = fit(items, annotators, verdicts)
    for answers, typical in zip(
        fitted.confusions[0], (TYPICAL.similar, TYPICAL.not_similar), strict=True
    ):
        hits = typical[SIMILAR] / (typical[SIMILAR] + typical[NOT_SIMILAR])
        assert answers[SIMILAR] / (1 - answers[UNSURE]) == pytest.approx(hits)
    sure = verdicts != UNSURE
    assert np.array_equal(fitted.posterior[items][sure] > 0.5, verdicts[sure] == SIMILAR)
    assert fitted.prevalence == pytest.approx(truth.mean(), abs=0.1)


def test_an_annotator_without_votes_has_the_confusion_of_all():
    _, items, annotators, verdicts = invent(500, 3)
    fitted = fit(items, annotators, verdicts, n_annotators=8)
    known = fitted.confusions[: len(SKILLS)]
    for unknown in fitted.confusions[6:]:
        assert np.all((unknown > known.min(axis=0)) & (unknown < known.max(axis=0)))


def test_few_votes_are_trusted_less_than_many():
    _, items, annotators, verdicts = invent(500, 3, skills=np.full(6, 0.85))
    # Two newcomers say what the others came to, one of them on two items only.
    few = (np.arange(2), np.full(2, 6), np.where(np.arange(2) % 2, SIMILAR, NOT_SIMILAR))
    truth = fit(items, annotators, verdicts).posterior > 0.5
    many = (np.arange(400), np.full(400, 7), np.where(truth[:400], SIMILAR, NOT_SIMILAR))
    parts = zip((items, annotators, verdicts), few, many, strict=True)
    fitted = fit(*(np.concatenate(part) for part in parts))
    assert fitted.confusions[7, 1, NOT_SIMILAR] > 0.95 > fitted.confusions[6, 1, NOT_SIMILAR]


@pytest.mark.parametrize("spoilt", [0, 1, 20])
def test_of_what_nobody_was_sure_nothing_is_claimed(spoilt):
    """Five items that all call similar, twice as many that none does, and some that nobody can."""
    said = [SIMILAR] * 5 + [NOT_SIMILAR] * 10 + [UNSURE] * spoilt
    items, verdicts = np.repeat(np.arange(len(said)), 3), np.repeat(said, 3)
    fitted = fit(items, np.tile(np.arange(3), len(said)), verdicts)
    assert fitted.posterior[15:] == pytest.approx(np.full(spoilt, fitted.prevalence))
    assert 0.25 < fitted.prevalence < 0.45
    assert np.all(fitted.posterior[:5] > 0.95)
    assert fitted.confusions.sum(axis=2) == pytest.approx(np.ones((3, 2)))


def test_items_that_are_hard_for_everybody_are_not_called_with_certainty():
    rng = np.random.default_rng(5)
    truth, items, annotators, verdicts = invent(2000, 3, seed=5)
    hard = rng.random(2000) < 0.1
    verdicts[hard[items] & (rng.random(len(items)) < 0.8)] = UNSURE
    fitted = fit(items, annotators, verdicts)
    sure = np.bincount(items, weights=verdicts != UNSURE)
    doubted = fitted.posterior[sure == 0]
    assert len(doubted) > 50
    assert doubted == pytest.approx(np.full(len(doubted), truth.mean()), abs=0.06)


def test_how_often_somebody_is_unsure_is_learnt():
    _, items, annotators, verdicts = invent(2000, 3)
    verdicts[(annotators == 2) & (np.arange(len(items)) % 4 == 0)] = UNSURE
    fitted = fit(items, annotators, verdicts)
    shares = [np.mean(verdicts[annotators == a] == UNSURE) for a in range(len(SKILLS))]
    assert fitted.confusions[:, 0, UNSURE] == pytest.approx(shares, abs=0.01)
    assert np.array_equal(fitted.confusions[:, 0, UNSURE], fitted.confusions[:, 1, UNSURE])


def test_with_a_prior_undecided_items_follow_the_model():
    items, annotators = [0, 0, 1, 1], [0, 1, 0, 1]
    verdicts = [SIMILAR, NOT_SIMILAR, NOT_SIMILAR, SIMILAR]
    fitted = fit(items, annotators, verdicts, prior=[0.9, 0.1, 0.7, np.nan])
    assert fitted.posterior[0] > 0.8
    assert fitted.posterior[1] < 0.2
    # No votes: what the model says; neither votes nor model: the prevalence.
    assert fitted.posterior[2] == pytest.approx(0.7)
    assert fitted.posterior[3] == pytest.approx(fitted.prevalence)


def test_a_prior_beyond_what_anybody_has_checked_is_kept_within_limits():
    fitted = fit([], [], [], prior=[0.0, 1.0])
    assert fitted.posterior.tolist() == pytest.approx([0.02, 0.98])


def test_nothing_labelled_is_a_fit_like_any_other():
    fitted = fit([], [], [], n_items=2, n_annotators=3)
    assert fitted.posterior.shape == (2,)
    assert to_confusion(fitted.confusions[2]).not_similar == pytest.approx(TYPICAL.not_similar)


@pytest.mark.parametrize(
    ("votes", "options", "message"),
    [
        (([0], [0], [3]), {}, "codes must lie within 0 and 2"),
        (([-1], [0], [0]), {}, "codes must lie within"),
        (([2], [0], [0]), {"n_items": 2}, "codes must lie within 0 and 1"),
        (([0, 1], [0], [0]), {}, "of one length"),
        (([0], [0], [0]), {"prior": [0.5, 1.5]}, "prior must lie within"),
        (([0], [0], [0]), {"prior": [0.5], "n_items": 2}, "one entry an item"),
        (([0], [0], [0]), {"strength": -1}, "must not be negative"),
    ],
)
def test_what_does_not_fit_together_is_refused(votes, options, message):
    with pytest.raises(ValueError, match=message):
        fit(*votes, **options)


def test_the_probability_that_a_vote_is_right_leaves_out_the_unsure():
    right = correct_probability(np.array([0.9, 0.2]), [0, 0, 1, 1], [SIMILAR, UNSURE, SIMILAR, 1])
    assert right == pytest.approx([0.9, np.nan, 0.2, 0.8], nan_ok=True)


def test_a_fitted_confusion_can_be_handed_to_the_stopping_rule():
    _, *votes = invent(50, 3)
    confusion = to_confusion(fit(*votes).confusions[0])
    assert isinstance(confusion, Confusion)
    assert confusion.similar[SIMILAR] > confusion.similar[NOT_SIMILAR]


def test_a_hundred_thousand_votes_take_a_moment():
    _, *votes = invent(40_000, 3)
    began = time.perf_counter()
    fit(*votes)
    assert time.perf_counter() - began < 10
