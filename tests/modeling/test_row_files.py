"""Files of rows: each format in, each format out, whole or not at all."""

import datetime
import json
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modeling.cli import main
from modeling.errors import InputError
from modeling.records import read_pairs
from modeling.row_files import read_rows, writing

NT = Path(__file__).parent / "published_nt"
ADDED = {"probability": float, "missing": str}


def card_table(n: int) -> pa.Table:
    """`n` pairs in the model card's columns, with columns of every kind beside them."""
    number = np.arange(n)
    table = pa.table(
        {
            "regret_title": pa.array([f"bread {i}" for i in number], pa.large_string()),
            "regret_description": [None if i % 3 else f"oven {i}" for i in number],
            "regret_transcript": pa.nulls(n),
            "recommendation_title": pa.array(
                [f"rocket {i % 5}" for i in number]
            ).dictionary_encode(),
            "recommendation_description": [f"moon {i}" for i in number],
            "channel_sim": pa.array([[0.0, 1.0, float("nan"), None][i % 4] for i in number]),
            "regret_channel_emb": pa.array(
                [[0.5, float(i)] for i in number], pa.list_(pa.float32())
            ),
            "seen": pa.array(number, pa.timestamp("ns", tz="UTC")),
            "price": pa.array([Decimal("1.10")] * n, pa.decimal128(9, 2)),
            "raw": [bytes([i % 256, 255]) for i in number],
            "tags": [[{"name": "a", "weight": i}] for i in number],
            "small": pa.array(number % 100, pa.int8()),
            "share": pa.array([float("nan") if i % 2 else None for i in number]),
        }
    )
    return table.replace_schema_metadata({"study": "spring"})


def predict(source: Path, target: Path, model: Path = NT) -> int:
    return main(["predict", "--model", str(model), "--input", str(source), "--output", str(target)])


def test_parquet_keeps_every_row_column_type_and_value_and_adds_three_columns(tmp_path, capsys):
    table = card_table(1300)
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=700)
    assert predict(tmp_path / "in.parquet", tmp_path / "out.parquet") == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 1300
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.column_names == [*table.column_names, "probability", "logit", "missing"]
    assert found.schema.metadata[b"study"] == b"spring"
    kept = found.select(table.column_names)
    assert kept.schema.equals(pq.read_schema(tmp_path / "in.parquet"))
    for name in set(table.column_names) - {"share", "channel_sim"}:
        assert kept[name].to_pylist() == table[name].to_pylist(), name
    for name in ("share", "channel_sim"):  # NaN stays NaN and null stays null
        assert str(kept[name].to_pylist()) == str(table[name].to_pylist())
    assert found["missing"].to_pylist()[:2] == ["", "regret_description"]
    assert all(0 < p < 1 for p in found["probability"].to_pylist())
    assert [item.name for item in tmp_path.iterdir() if item.name.startswith(".")] == []


def test_the_same_rows_get_the_same_probabilities_from_every_format(tmp_path):
    table = card_table(40).drop_columns(["raw", "share", "channel_sim"])
    pq.write_table(table, tmp_path / "a.parquet")
    answers = []
    steps = ["a.parquet", "b.jsonl.gz", "c.parquet", "d.csv", "e.parquet", "f.csv.gz", "g.jsonl"]
    for source, target in pairwise(steps):
        assert predict(tmp_path / source, tmp_path / target) == 0
        rows = [row for _, row in read_rows(tmp_path / target)]
        answers.append([float(row["probability"]) for row in rows])
        assert list(rows[0]) == [*table.column_names, "probability", "logit", "missing"]
    assert all(answer == pytest.approx(answers[0], abs=1e-6) for answer in answers)
    assert len(answers[0]) == 40


def test_predicting_the_output_again_replaces_the_three_columns_where_they_stand(tmp_path):
    pq.write_table(card_table(5), tmp_path / "a.parquet")
    for source, target in (("a", "b"), ("b", "c")):
        assert predict(tmp_path / f"{source}.parquet", tmp_path / f"{target}.parquet") == 0
    once, twice = (pq.read_table(tmp_path / f"{name}.parquet") for name in "bc")
    assert once.schema.equals(twice.schema)
    assert once["logit"].to_pylist() == twice["logit"].to_pylist()


def test_left_and_right_structs_and_vectors_in_parquet_are_read(tmp_path):
    left = {"title": "a", "description": None, "channel": "c", "channel_emb": [0.0, 2.0]}
    rows = [{"left": left, "right": left | {"title": "b"}, "label": "similar"}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "in.parquet")
    [(_, pair)] = read_pairs(tmp_path / "in.parquet", labelled=True)
    assert (pair.left.title, pair.right.title, pair.target) == ("a", "b", 1.0)
    assert pair.same_channel
    assert pair.left.channel_vector == (0.0, 2.0)
    assert predict(tmp_path / "in.parquet", tmp_path / "out.parquet") == 0
    assert pq.read_table(tmp_path / "out.parquet")["left"].to_pylist() == [left]


def test_what_tables_put_where_nothing_is_reads_as_nothing(tmp_path):
    row = {"regret_title": "a", "recommendation_title": "b"}
    blank = dict.fromkeys(
        ["regret_description", "channel_sim", "split", "regret_channel_emb", "pair_id"],
        float("nan"),
    )
    pq.write_table(pa.Table.from_pylist([row | blank]), tmp_path / "in.parquet")
    [(_, pair)] = read_pairs(tmp_path / "in.parquet", labelled=False)
    assert (pair.left.description, pair.left.channel, pair.left.channel_vector) == ("", "", ())
    assert (pair.split, pair.pair_id) == (None, "row 1")


def test_an_id_that_a_table_made_a_float_keeps_its_digits(tmp_path):
    row = {"regret_title": "a", "recommendation_title": "b", "pair_id": 12345678901.0}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "in.parquet")
    assert next(read_pairs(tmp_path / "in.parquet", labelled=False))[1].pair_id == "12345678901"


def test_an_error_in_parquet_names_file_and_row(tmp_path):
    rows = [{"regret_title": "a", "recommendation_title": "b", "label": "similar"}] * 600
    pq.write_table(
        pa.Table.from_pylist([*rows, rows[0] | {"label": "dunno"}]), tmp_path / "x.parquet"
    )
    with pytest.raises(InputError, match=r"x\.parquet, row 601: field label: 'dunno'"):
        list(read_pairs(tmp_path / "x.parquet", labelled=True))


def written(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_parquet_from_json_lines_has_the_types_that_hold_all_rows(tmp_path):
    rows = [{"n": 1, "v": [1], "s": {"a": 1}}] * 600
    rows += [{"n": 1.5, "v": None, "s": {"b": "x"}, "late": True, "never": None}]
    source = written(tmp_path / "in.jsonl", rows)
    with writing(tmp_path / "out.parquet", source=source, added=ADDED) as write:
        for _, row in read_rows(source):
            write(row | {"probability": 0.5, "missing": ""})
    table = pq.read_table(tmp_path / "out.parquet")
    assert {f.name: str(f.type) for f in table.schema} == {
        "n": "double", "v": "list<element: int64>", "s": "struct<a: int64, b: string>",
        "late": "bool", "never": "string", "probability": "double", "missing": "string",
    }  # fmt: skip
    assert table.num_rows == 601
    assert table["s"].to_pylist()[-1] == {"a": None, "b": "x"}


@pytest.mark.parametrize("late", [{"n": "many"}, {"n": 2**70}, {"n": [1]}])
def test_values_that_no_parquet_type_holds_are_told_before_anything_is_scored(tmp_path, late):
    source = written(tmp_path / "in.jsonl", [{"n": 1}] * 700 + [late])
    with (
        pytest.raises(InputError, match=r"in\.jsonl, line 701: field n: a value that does not fit"),
        writing(tmp_path / "out.parquet", source=source, added=ADDED),
    ):
        pytest.fail("nothing may be scored first")
    assert [item.name for item in tmp_path.iterdir()] == ["in.jsonl"]


def test_an_object_without_fields_is_told_before_anything_is_scored(tmp_path):
    source = written(tmp_path / "in.jsonl", [{"n": {}}])
    with (
        pytest.raises(InputError, match="cannot be kept as Parquet"),
        writing(tmp_path / "out.parquet", source=source, added=ADDED),
    ):
        pytest.fail("nothing may be scored first")


def test_bytes_do_not_fit_text(tmp_path):
    pq.write_table(card_table(3), tmp_path / "in.parquet")
    (tmp_path / "out.csv").write_text("what was there")
    assert predict(tmp_path / "in.parquet", tmp_path / "out.csv") == 1
    assert (tmp_path / "out.csv").read_text() == "what was there"


def test_times_decimals_and_nan_are_written_as_text_that_json_and_csv_have(tmp_path):
    table = pa.table(
        {
            "seen": pa.array([1], pa.timestamp("ns")),
            "day": [datetime.date(2024, 2, 1)],
            "price": [Decimal("1.10")],
            "share": [float("nan")],
            "nested": [[{"x": float("nan"), "when": datetime.datetime(2024, 1, 1)}]],  # noqa: DTZ001
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    for name in ("out.jsonl", "out.csv"):
        with writing(tmp_path / name, source=tmp_path / "in.parquet", added=ADDED) as write:
            for _, row in read_rows(tmp_path / "in.parquet"):
                write(row | {"probability": 0.5, "missing": ""})
    nested = [{"x": None, "when": "2024-01-01 00:00:00"}]
    assert json.loads((tmp_path / "out.jsonl").read_text(), parse_constant=pytest.fail) == {
        "seen": "1970-01-01 00:00:00.000000001", "day": "2024-02-01", "price": "1.10",
        "share": None, "nested": nested, "probability": 0.5, "missing": "",
    }  # fmt: skip
    [(_, row)] = read_rows(tmp_path / "out.csv")
    assert (row["share"], json.loads(row["nested"])) == ("", nested)


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
def test_half_a_surrogate_pair_loses_no_row(tmp_path, name):
    source = tmp_path / "in.jsonl"
    source.write_text('{"t": "a\\ud83d", "v": ["\\ud83d"]}\n{"t": "\\ud83d\\ude00", "v": []}\n')
    with writing(tmp_path / name, source=source, added={}) as write:
        for _, row in read_rows(source):
            write(row)
    texts = [row["t"] for _, row in read_rows(tmp_path / name)]
    assert texts == ["a\ud83d" if name == "out.jsonl" else "a?", "😀"]


@pytest.mark.parametrize("name", ["in.csv", "in.parquet"])
def test_a_file_without_rows_gives_one_without_rows_and_with_its_columns(tmp_path, name):
    table = card_table(0).drop_columns(["raw"])
    if name == "in.csv":
        (tmp_path / name).write_text(",".join(table.column_names) + "\n")
    else:
        pq.write_table(table, tmp_path / name)
    for target in ("out.csv", "out.parquet"):
        assert predict(tmp_path / name, tmp_path / target) == 0
        assert list(read_rows(tmp_path / target)) == []
    header = (tmp_path / "out.csv").read_text()
    assert header == ",".join([*table.column_names, "probability", "logit", "missing"]) + "\n"
    assert pq.read_schema(tmp_path / "out.parquet").names[-3:] == [
        "probability",
        "logit",
        "missing",
    ]


def test_a_column_that_only_later_rows_have_is_in_the_csv(tmp_path):
    source = written(tmp_path / "in.jsonl", [{"a": 1}, {"a": 2, "b": 3}])
    with writing(tmp_path / "out.csv", source=source, added={}) as write:
        for _, row in read_rows(source):
            write(row)
    assert (tmp_path / "out.csv").read_text() == "a,b\n1,\n2,3\n"


def test_two_columns_of_one_name_are_told(tmp_path):
    (tmp_path / "in.csv").write_text("a,b,a\n1,2,3\n")
    with pytest.raises(InputError, match="line 1: two columns are called 'a'"):
        list(read_rows(tmp_path / "in.csv"))
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(table, tmp_path / "in.parquet")
    with pytest.raises(InputError, match="two columns are called 'a'"):
        list(read_rows(tmp_path / "in.parquet"))


@pytest.mark.parametrize("name", ["in.parquet", "in.jsonl"])
def test_reasons_and_weights_are_read_beside_labels(tmp_path, name):
    row = {"regret_title": "a", "recommendation_title": "b", "label": 1}
    rows = [row | {"reasons": ["subject"], "weight": 2.5}, row | {"reasons": [], "weight": None}]
    if name.endswith("parquet"):
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / name)
    else:
        (tmp_path / name).write_text("".join(json.dumps(r) + "\n" for r in rows))
    first, second = (pair for _, pair in read_pairs(tmp_path / name, labelled=True))
    assert (first.reasons, first.weight) == (("subject",), 2.5)
    assert (second.reasons, second.weight) == ((), 1.0)


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        ({}, "channel_sim"),
        ({"channel_sim": 0}, ""),
        ({"regret_channel": "one"}, "recommendation_channel"),
        ({"regret_channel": "one", "recommendation_channel": "two"}, ""),
    ],
)
def test_a_channel_that_is_not_known_is_told(tmp_path, capsys, row, missing):
    texts = {"title": "bread", "description": "oven"}
    row |= {f"{side}_{k}": v for side in ("regret", "recommendation") for k, v in texts.items()}
    (tmp_path / "in.jsonl").write_text(json.dumps(row))
    assert predict(tmp_path / "in.jsonl", tmp_path / "out.jsonl") == 0
    assert json.loads((tmp_path / "out.jsonl").read_text())["missing"] == missing
    told = "in 1 of 1 rows: taken for different channels" in capsys.readouterr().err
    assert told == bool(missing)


def test_labels_can_be_parquet_and_consensus_too(tmp_path):
    rows = [{"unit": u, "annotator": a, "label": "similar"} for u in "xyz" for a in "ab"]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "labels.parquet")
    output = tmp_path / "consensus.parquet"
    arguments = ["--labels", str(tmp_path / "labels.parquet"), "--output", str(output)]
    assert main(["consensus", "--method", "majority", *arguments]) == 0
    assert pq.read_table(output).to_pylist()[0] == {
        "unit": "x",
        "label": "similar",
        "probability": 1.0,
    }
