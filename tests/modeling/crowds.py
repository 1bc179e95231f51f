"""Invented labels of annotators who differ."""

import numpy as np


def crowd(n_units, each, *, seed=0, skills=None, n_labels=2):
    """(truth, units, annotators, labels): each unit judged by `each` different annotators."""
    rng = np.random.default_rng(seed)
    skills = np.linspace(0.5, 0.95, 10) if skills is None else np.asarray(skills)
    truth = rng.integers(n_labels, size=n_units)
    order = rng.random((n_units, len(skills))).argsort(axis=1)[:, :each]
    units, annotators = np.repeat(np.arange(n_units), each), order.ravel()
    right = rng.random(len(units)) < skills[annotators]
    other = (truth[units] + rng.integers(1, n_labels, size=len(units))) % n_labels
    return truth, units, annotators, np.where(right, truth[units], other)


def vote_shares(units, labels, n_labels, n_units):
    counts = np.bincount(units * n_labels + labels, minlength=n_units * n_labels)
    counts = counts.reshape(n_units, n_labels)
    return counts / counts.sum(axis=1, keepdims=True)


def share_right(posterior, truth):
    """Of tied units only a part counts."""
    top = posterior >= posterior.max(axis=1, keepdims=True) - 1e-9
    return (top[np.arange(len(truth)), truth] / top.sum(axis=1)).mean()
