"""The papers' equations by loops, to compare the vectorised models with.

GLAD and MACE were also compared once with crowd-kit 1.4.2, which is no dependency: it imports nltk
and transformers. From the same start MACE's posteriors differed by 6e-16 after ten steps, GLAD's
at the end by 2e-6 (150 units, 3 labels; crowd-kit wants names in order of appearance for MACE, and
a negative tolerance for GLAD, which otherwise stops after two rounds).
"""

import math

import numpy as np
from scipy.special import digamma

from modeling.agreement.dawid_skene import STRENGTH


def literal_glad(ability, ease, votes, n_units, k):
    """Whitehill et al.'s marginal log posterior, up to a constant, and P(truth), by loops."""
    total, posterior = 0.0, []
    for unit in range(n_units):
        joint = []
        for truth in range(k):
            p = 1.0 / k
            for u, a, y in zip(*votes, strict=True):
                if u == unit:
                    right = 1 / (1 + math.exp(-ability[a] * math.exp(ease[unit])))
                    p *= right if y == truth else (1 - right) / (k - 1)
            joint.append(p)
        total += math.log(sum(joint))
        posterior.append([p / sum(joint) for p in joint])
    for parameter in [*ability, *ease]:
        total -= (parameter - 1) ** 2 / 2
    return total, np.array(posterior)


def literal_mace(votes, n_units, m, k, rounds):
    """Variational EM of Hovy et al. by enumerating who knows and who guesses."""
    votes = list(zip(*votes, strict=True))
    knows, guesses, knowing = [[0.5, 0.5]] * m, [[1.0 / k] * k] * m, None
    for step in range(rounds + 1):
        knew, guessed, posterior = [0.0] * m, [[0.0] * k for _ in range(m)], []
        for unit in range(n_units):
            own = [(a, y) for u, a, y in votes if u == unit]
            joint = []
            for truth in range(k):
                p = 1.0 / k
                for a, y in own:
                    p *= knows[a][1] * guesses[a][y] + knows[a][0] * (y == truth)
                joint.append(p)
            posterior.append([p / sum(joint) for p in joint])
            for a, y in own:
                for truth in range(k):
                    both = knows[a][1] * guesses[a][y] + knows[a][0] * (y == truth)
                    known = knows[a][0] * (y == truth) / both
                    knew[a] += posterior[-1][truth] * known
                    guessed[a][y] += posterior[-1][truth] * (1 - known)
        if step == rounds:
            break
        knowing = np.array([[knew[a] + 0.5, sum(guessed[a]) + 0.5] for a in range(m)])
        guessing = np.array(guessed) + 10.0
        knows = np.exp(digamma(knowing) - digamma(knowing.sum(1, keepdims=True)))
        guesses = np.exp(digamma(guessing) - digamma(guessing.sum(1, keepdims=True)))
    return np.array(posterior), knowing


def literal_dawid_skene(votes, n_units, m, k, rounds):
    votes = list(zip(*votes, strict=True))
    share = np.zeros((n_units, k))
    for u, _, y in votes:
        share[u, y] += 1
    belief = share / share.sum(1, keepdims=True)

    def counts():
        table = np.zeros((m, k, k))
        for u, a, y in votes:
            for truth in range(k):
                table[a, truth, y] += belief[u, truth]
        return table

    typical = np.array([[0.8 if t == y else 0.2 / (k - 1) for y in range(k)] for t in range(k)])
    pooled = counts().sum(0) + STRENGTH * typical
    pooled = pooled / pooled.sum(1, keepdims=True)
    for _ in range(rounds):
        confusion = counts() + STRENGTH * pooled
        confusion /= confusion.sum(2, keepdims=True)
        prevalence = (belief.sum(0) + 1) / (n_units + k)
        for unit in range(n_units):
            for truth in range(k):
                belief[unit, truth] = prevalence[truth]
                for u, a, y in votes:
                    if u == unit:
                        belief[unit, truth] *= confusion[a, truth, y]
            belief[unit] /= belief[unit].sum()
    return belief
