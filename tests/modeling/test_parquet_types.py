"""Parquet files of every make: what their types and row groups may be."""

import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modeling.cli import main
from modeling.records import read_pairs
from modeling.row_files import read_rows
from tests.modeling.commands import NT, refused, run, write

TWO = {"regret_title": ["a", "b"], "recommendation_title": ["c", "d"]}


def predict(source, target) -> int:
    return main(["predict", "--model", str(NT), "--input", str(source), "--output", str(target)])


def test_lists_of_words_from_a_dictionary_are_kept_across_row_groups(tmp_path):
    words = pa.list_(pa.dictionary(pa.int32(), pa.string()))
    table = pa.table(
        {
            "regret_title": [f"bread {i}" for i in range(20)],
            "recommendation_title": ["rocket"] * 20,
            "tags": pa.array([["abc"[i % 3], str(i)] for i in range(20)], words),
        }
    )
    source = tmp_path / "in.parquet"
    pq.write_table(table, source, row_group_size=7)
    assert len(list(read_pairs(source, labelled=False))) == 20  # which read no tags
    for name in ("out.jsonl", "out.parquet"):
        assert predict(source, tmp_path / name) == 0
        found = [row["tags"] for _, row in read_rows(tmp_path / name)]
        assert found == table["tags"].to_pylist()


def test_a_name_that_says_binary_is_no_bytes(tmp_path):
    texts = pa.array([{"binary_x": "y"}, None], pa.struct([("binary_x", pa.string())]))
    pq.write_table(pa.table(TWO | {"x": texts}), tmp_path / "in.parquet")
    for name in ("out.csv", "out.jsonl"):
        assert predict(tmp_path / "in.parquet", tmp_path / name) == 0
    [(_, row), _] = read_rows(tmp_path / "out.csv")
    assert json.loads(row["x"]) == {"binary_x": "y"}


@pytest.mark.parametrize(
    "kind",
    [
        pa.binary(),
        pa.large_binary(),
        pa.binary(3),
        pa.list_(pa.binary()),
        pa.struct([("a", pa.list_(pa.struct([("b", pa.large_binary())])))]),
        pa.map_(pa.string(), pa.binary()),
        pa.dictionary(pa.int32(), pa.binary()),
    ],
    ids=str,
)
def test_bytes_are_told_however_deep_they_lie(tmp_path, capsys, there, kind):
    pq.write_table(pa.table(TWO | {"x": pa.nulls(2, kind)}), tmp_path / "in.parquet")
    told = refused(
        capsys, "predict", "--model", NT, "--input", tmp_path / "in.parquet",
        "--output", tmp_path / "out.jsonl",
    )  # fmt: skip
    assert "column 'x' holds bytes, which out.jsonl cannot hold" in told


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.parquet"])
def test_a_time_that_a_table_made_decimal_is_the_same_to_every_output(tmp_path, name):
    moment = pa.array([Decimal("1704067200.5"), None], pa.decimal128(20, 3))
    times = {"regret_reported_at": moment, "recommendation_reported_at": moment}
    pq.write_table(pa.table(TWO | times), tmp_path / "in.parquet")
    assert predict(tmp_path / "in.parquet", tmp_path / name) == 0


@pytest.mark.parametrize("unit", [[0.0, 1.0], [0, 1], [Decimal("0"), Decimal("1")]])
def test_units_that_a_table_made_numbers_are_the_same_in_labels_and_probabilities(
    tmp_path, capsys, unit
):
    labels = {"unit": [0.0, 0.0, 1.0], "annotator": ["x", "y", "x"], "label": ["similar"] * 3}
    pq.write_table(pa.table(labels), tmp_path / "labels.parquet")
    pq.write_table(pa.table({"unit": unit, "similar": [0.9, 0.2]}), tmp_path / "prob.parquet")
    status, _, complaints = run(
        capsys, "consensus", "--labels", tmp_path / "labels.parquet", "--method", "crowdlab",
        "--probabilities", tmp_path / "prob.parquet", "--output", tmp_path / "out.jsonl",
    )  # fmt: skip
    assert status == 0, complaints
    assert [row["unit"] for _, row in read_rows(tmp_path / "out.jsonl")] == ["0", "1"]


def test_a_unit_of_probabilities_that_is_no_text_is_named(tmp_path, capsys):
    labels = write(tmp_path / "l.jsonl", {"unit": "a", "annotator": "x", "label": "similar"})
    known = write(tmp_path / "p.jsonl", {"unit": True, "similar": 0.9})
    status, _, told = run(
        capsys, "consensus", "--labels", labels, "--method", "crowdlab",
        "--probabilities", known, "--output", tmp_path / "out.jsonl",
    )  # fmt: skip
    assert status == 1
    assert "p.jsonl, line 1: field unit: bool instead of text" in told
