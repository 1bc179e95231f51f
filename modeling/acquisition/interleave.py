"""Mixing a second list into a queue at a given share, evenly even in short prefixes."""

from __future__ import annotations

import numpy as np

from modeling.acquisition.base import Flags, Indices

_BLOCK = 10


def even_positions(m: int, share: float, rng: np.random.Generator) -> Flags:
    """Flags (m,): in every block of ten the share, rounded so that the error never adds up."""
    blocks = -(-m // _BLOCK)
    ends = np.floor(np.arange(blocks + 1) * _BLOCK * share + rng.random())
    quota = np.diff(ends)[:, None]
    ranks = rng.random((blocks, _BLOCK)).argsort(axis=1).argsort(axis=1)
    return np.asarray((ranks < quota).ravel()[:m])


def interleave(n: int, extra: int, *, share: float, rng: np.random.Generator) -> Indices:
    """The numbers 0..n-1 in order, and of n..n+extra-1 so many in between that they make up
    `share`; shape (n + those,).

    Raises:
        ValueError: the share is not within [0, 1).
    """
    if not 0 <= share < 1:
        raise ValueError("the share mixed in must be at least 0 and below 1")
    mixed_in = min(extra, round(n * share / (1 - share)))
    m = n + mixed_in
    is_extra = even_positions(m, mixed_in / m if m else 0, rng)
    # Rounding may be one off over the whole.
    for wrong in np.flatnonzero(is_extra)[::-1][: max(int(is_extra.sum()) - mixed_in, 0)]:
        is_extra[wrong] = False
    for missing in np.flatnonzero(~is_extra)[::-1][: max(mixed_in - int(is_extra.sum()), 0)]:
        is_extra[missing] = True
    return np.where(is_extra, n + np.cumsum(is_extra) - 1, np.cumsum(~is_extra) - 1)
