"""Vectors that come with videos: of zeros, beside pictures, and of numbers of every size."""

import numpy as np
import pytest

from modeling.progress import Ticker
from modeling.schema import PairExample, VideoText
from modeling.thumbnails import ThumbnailEncoder, thumbnail_columns
from modeling.vector_store import MemoryStore
from tests.modeling.pictures import write_picture

ZEROS, ONES = (0.0, 0.0), (1.0, 1.0)


@pytest.fixture
def files(tmp_path):
    return [str(write_picture(tmp_path / f"{seed}.jpg", 1, seed)) for seed in (0, 1)]


def pair(left, right):
    """Of (file, vector) each."""
    sides = (VideoText(title="a", thumbnail=f, thumbnail_vector=v) for f, v in (left, right))
    return PairExample("p", *sides)


def compared(example):
    """(cosine, whether it is missing, which sides are told to lack something)"""
    encoder = ThumbnailEncoder("perceptual")
    found = thumbnail_columns([example], encoder, MemoryStore(), Ticker())
    [cosine], [missing] = found["cosine_thumbnail"], found["missing_thumbnail"]
    return cosine, bool(missing), encoder.lacks(example)


@pytest.mark.parametrize("vectors", [(ZEROS, ZEROS), (ONES, ZEROS), (ZEROS, ONES), (ZEROS, ())])
def test_a_vector_of_zeros_is_none_and_the_pictures_are_compared(files, vectors):
    cosine, missing, lacks = compared(pair(*zip(files, vectors, strict=True)))
    assert (missing, lacks) == (False, (False, False))
    assert cosine == compared(pair((files[0], ()), (files[1], ())))[0] > 0.8


@pytest.mark.parametrize(
    ("left", "right", "lacking"),
    [
        (("", ONES), ("file", ()), (True, False)),
        (("file", ()), ("", ONES), (False, True)),
        (("none.jpg", ONES), ("file", ()), (True, False)),
        (("file", ONES), ("", ZEROS), (False, True)),
        (("", ONES), ("", ()), (False, True)),
        (("", ZEROS), ("", ONES), (True, False)),
        (("none.jpg", ()), ("file", ()), (True, False)),
        (("", ()), ("", ZEROS), (True, True)),
    ],
)
def test_where_nothing_can_be_compared_it_is_told_which_side_lacks_something(
    files, left, right, lacking
):
    given = [(files[0] if file == "file" else file, vector) for file, vector in (left, right)]
    assert compared(pair(*given)) == (0.0, True, lacking)


@pytest.mark.parametrize("size", [1e308, 1e200, 1.0, 1e-200, 5e-324])
def test_numbers_of_any_size_have_a_cosine(size):
    with np.errstate(all="raise"):
        cosine, missing, _ = compared(pair(("", (size, 0.0)), ("", (size, size))))
    assert cosine == pytest.approx(0.5**0.5)
    assert not missing
