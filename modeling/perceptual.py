"""Plain features of a picture: what it looks like from afar, without a network.

They stay nearly the same when a picture is scaled or compressed anew, and each is centred, so that
pictures that have nothing in common have a cosine near 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

Floats = NDArray[np.float64]

_SIDE = 64
_GRID, _EDGE_GRID, _ORIENTATIONS = 8, 4, 8
# Darker rows and columns at the border are bars beside the picture, not a part of it.
_BAR = 32
# Bounds of the histogram's bins: of brightness, and of either colour difference around grey.
_BRIGHTNESS, _COLOUR = (0.0, 0.25, 0.5, 0.75, 1.01), (-1.0, -0.12, -0.03, 0.03, 0.12, 1.0)
# A part with less than about this length is noise of the compression and weighs less.
_NOISE = 0.1


def perceptual_vector(picture: Image) -> Floats:
    """A unit vector of 419 numbers: low frequencies of brightness, directions of edges, colours by
    place, and how much there is of each colour; each part counts the same.

    `picture` is in RGB; dark bars around it are left out.
    """
    from PIL.Image import Resampling

    small = _without_bars(picture).resize((_SIDE, _SIDE), Resampling.BOX).convert("YCbCr")
    planes = np.asarray(small, dtype=float) / 255
    light, colour = planes[..., 0], planes[..., 1:] - 128 / 255
    parts = _frequencies(light), _edges(light), _means(colour, _GRID), _histogram(light, colour)
    whole = np.concatenate([part.ravel() / (np.linalg.norm(part) + _NOISE) for part in parts])
    return np.asarray(whole / np.linalg.norm(whole))


def _without_bars(picture: Image) -> Image:
    light = np.asarray(picture.convert("L"))
    rows, columns = (np.flatnonzero(light.max(axis) > _BAR) for axis in (1, 0))
    if not len(rows):
        return picture
    return picture.crop((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))


def _frequencies(light: Floats) -> Floats:
    """The lowest ones but the mean. Amplitudes of natural pictures fall as 1/f (Field 1987), so
    that, times f, each says as much as the others."""
    from scipy.fft import dctn

    low = dctn(light, norm="ortho")[:_GRID, :_GRID] / _SIDE
    frequency = np.hypot(*np.indices(low.shape))
    return np.asarray((low * frequency).ravel()[1:])


def _edges(light: Floats) -> Floats:
    """How strong the edges of each direction are in each cell, more or less than the others of the
    cell (Dalal & Triggs 2005, without blocks)."""
    down, right = np.gradient(light)
    strength = np.hypot(down, right)
    turn = (np.arctan2(down, right) % np.pi) / np.pi * _ORIENTATIONS
    nearest = np.floor(turn + 0.5).astype(int) % _ORIENTATIONS
    each = np.stack([strength * (nearest == k) for k in range(_ORIENTATIONS)], axis=-1)
    felt = np.sqrt(_means(each, _EDGE_GRID))
    return np.asarray(felt - felt.mean(axis=-1, keepdims=True))


def _means(planes: Floats, cells: int) -> Floats:
    """(side, side, k) as means over a grid, (cells, cells, k)."""
    step = _SIDE // cells
    return planes.reshape(cells, step, cells, step, -1).mean(axis=(1, 3))


def _histogram(light: Floats, colour: Floats) -> Floats:
    pixels = np.column_stack([light.ravel(), colour.reshape(-1, 2)])
    counts, _ = np.histogramdd(pixels, bins=(_BRIGHTNESS, _COLOUR, _COLOUR))
    shares = np.sqrt(counts / len(pixels))
    return np.asarray(shares - shares.mean())
