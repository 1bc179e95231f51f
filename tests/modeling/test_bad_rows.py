"""Values and files that go wrong far inside are told with their place, and nothing hangs."""

import gzip
import json
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modeling.field_values import FieldError, flag
from modeling.models.lexical import TermWeights
from modeling.models.pair_features import lexical_columns
from modeling.records import read_pairs
from modeling.row_files import read_rows
from modeling.text import first_words
from tests.modeling.commands import NT, PAIR, refused, run, write

HEADER = "regret_title,recommendation_title\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.csv", b""),
        ("in.csv", b"foo,bar\n"),
        ("in.csv.gz", gzip.compress(b"", mtime=0)),
        ("in.parquet", None),
    ],
)
def test_a_file_without_rows_still_needs_the_columns(tmp_path, capsys, there, name, content):
    if content is None:
        pq.write_table(pa.table({"foo": pa.array([], pa.string())}), tmp_path / name)
    else:
        (tmp_path / name).write_bytes(content)
    told = refused(capsys, "predict", "--model", NT, "--input", tmp_path / name, "--output", there)
    assert f"{name}, header: field regret_title (or left): missing" in told
    assert there.read_text() == "precious"


def test_a_file_of_the_right_columns_may_have_no_rows(tmp_path, capsys):
    (tmp_path / "in.csv").write_text(HEADER)
    target = tmp_path / "out.csv"
    status, last, _ = run(
        capsys, "predict", "--model", NT, "--input", tmp_path / "in.csv", "--output", target
    )
    assert (status, json.loads(last)["rows"]) == (0, 0)
    assert target.read_text().startswith("regret_title,recommendation_title,probability")


def test_a_quote_that_is_not_closed_properly_is_told_with_its_own_line(tmp_path, capsys, there):
    (tmp_path / "in.csv").write_text(HEADER + "a,b\n" * 3000 + 'a,"b" c\n')
    told = refused(
        capsys, "predict", "--model", NT, "--input", tmp_path / "in.csv", "--output", there
    )
    assert "in.csv, line 3002: " in told


@pytest.mark.parametrize("name", ["in.csv", "in.csv.gz"])
def test_a_byte_that_is_not_utf_8_is_told_with_its_line(tmp_path, capsys, there, name):
    content = HEADER.encode() + "é,b\n".encode() * 3000 + b"a\xff,b\n"
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    told = refused(capsys, "predict", "--model", NT, "--input", tmp_path / name, "--output", there)
    assert f"{name}, line 3002: not UTF-8 text" in told


def test_a_damaged_page_of_parquet_is_told_with_its_file(tmp_path, capsys):
    rng = np.random.default_rng(0)
    titles = ["".join(map(chr, rng.integers(97, 123, 200))) for _ in range(2000)]
    table = pa.table({"regret_title": titles, "recommendation_title": titles})
    source = tmp_path / "in.parquet"
    pq.write_table(table, source, compression="snappy", use_dictionary=False)
    content = bytearray(source.read_bytes())
    content[1000:3000] = bytes(2000)
    source.write_bytes(content)
    for target in ("out.parquet", "out.jsonl"):
        told = refused(
            capsys, "predict", "--model", NT, "--input", source, "--output", tmp_path / target
        )
        assert "in.parquet: cannot be read as Parquet" in told


def test_values_of_two_rows_that_no_parquet_column_holds_are_told_with_their_rows(tmp_path, capsys):
    source = write(tmp_path / "in.jsonl", PAIR | {"x": 2**60 + 1}, PAIR | {"x": 0.5})
    told = refused(
        capsys, "predict", "--model", NT, "--input", source, "--output", tmp_path / "out.parquet"
    )
    assert "in.jsonl, line 1 to line 2: field x: a value that does not fit" in told


def test_a_name_that_parquet_cannot_hold_is_told(tmp_path, capsys):
    source = write(tmp_path / "in.jsonl", PAIR | {"\ud800": 1})
    told = refused(
        capsys, "predict", "--model", NT, "--input", source, "--output", tmp_path / "out.parquet"
    )
    assert "in.jsonl, line 1: field '\\ud800': Parquet has no such name" in told


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("label", 10**400, "field label: "),
        ("regret_channel_emb", DEEP, "field regret_channel_emb: not a list of numbers"),
        ("reasons", DEEP, "field reasons: "),
    ],
)
def test_a_value_beyond_all_measure_is_told_with_its_line(tmp_path, field, value, sentence):
    from modeling.errors import InputError

    source = write(tmp_path / "in.jsonl", PAIR | {"label": 1} | {field: value})
    with pytest.raises(InputError, match=r"in\.jsonl, line 1: ") as told:
        list(read_pairs(source, labelled=True))
    assert sentence in str(told.value)
    assert len(str(told.value)) < 1000


def test_what_a_table_made_decimal_is_read(tmp_path):
    columns = {
        "regret_title": ["a"], "recommendation_title": ["b"],
        "channel_sim": pa.array([Decimal("1.00")], pa.decimal128(5, 2)),
        "regret_id": pa.array([Decimal("12345678901234567890")], pa.decimal128(20, 0)),
    }  # fmt: skip
    pq.write_table(pa.table(columns), tmp_path / "in.parquet")
    [(_, pair)] = read_pairs(tmp_path / "in.parquet", labelled=False)
    assert pair.same_channel
    assert pair.left_id == "12345678901234567890"
    with pytest.raises(FieldError, match="neither 0 nor 1"):
        flag(Decimal("1.50"), "channel_sim")


@pytest.mark.parametrize("title", ["\u200b\ufeff", "\x01\x02", "\ud800"])
def test_a_title_of_which_nothing_is_read_is_said_to_be_missing(tmp_path, capsys, title):
    source = write(tmp_path / "in.jsonl", PAIR | {"regret_title": title})
    status, last, _ = run(
        capsys, "predict", "--model", NT, "--input", source, "--output", tmp_path / "out.jsonl"
    )
    assert status == 0
    assert json.loads(last)["missing"]["regret_title"] == 1
    [(_, row)] = read_rows(tmp_path / "out.jsonl")
    assert row["regret_title"] == title


def test_words_with_digits_are_found_in_a_title_without_end():
    # Some minutes, if every start of the long word were tried for itself.
    long = "日" * 400_000
    sides = ([f"PS5 Slim {long}", long], ["ps5 pro", long + "5"])
    numbers = lexical_columns({"title": sides, "description": sides}, TermWeights.fit(["a"]))[
        "numbers"
    ]
    assert numbers.tolist() == [1.0, -1.0]


def test_of_long_words_none_is_lost():
    """A run of over a hundred letters is one token to WordPiece, whatever its length."""
    text = " ".join(["ก" * 120] * 100 + ["good bread"] * 40)
    assert first_words(text, 128).split() == text.split()[:128]
    assert len(first_words("x" * 10**6, 128)) < 10**6 // 10


def test_of_two_endless_texts_the_longer_has_the_odd_token() -> None:
    longer, shorter = first_words("x" * 20_000, 128), first_words("y" * 19_000, 128)
    assert 64 * 128 < len(shorter) < len(longer) < 10_000


def test_rows_of_another_kind_are_named():
    import pandas as pd

    from modeling.errors import InputError
    from modeling.hub import VideoSimilarityModel

    model = VideoSimilarityModel.from_pretrained(NT)
    with pytest.raises(InputError, match="row 0: str instead of values by column"):
        model.predict(["abc"])
    with pytest.raises(InputError, match="row 0: str instead"):
        model.predict(pd.Series(PAIR))
    twice = pd.DataFrame([["a", "b", "c"]], columns=[*PAIR, "regret_title"])
    with pytest.raises(InputError, match="columns that are there twice: regret_title"):
        model.predict(twice)
