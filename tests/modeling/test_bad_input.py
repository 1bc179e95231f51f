"""What is wrong with what people hand to the commands is handled, or told in a sentence."""

import gzip
import json

import pytest

from modeling.row_files import read_rows
from tests.modeling.commands import NT, PAIR, labelled, refused, run, write

ANY_TEXTS = [
    "",
    "   \t ",
    "\x00\x1b[2J\x07\x85\u202e\ufeff",
    "\ud83d half a pair",
    "日本語 עברית हिन्दी Ελληνικά кириллица العربية ไทย 😀 e\u0301\u0301",
    "word " * 200_000,
    "x" * 1_000_000,
    "語" * 400_000,
    "&<>\"'`=;--,\n\r\n",
    "@someone https://x.org",
]


@pytest.mark.parametrize("options", [[], ["--clean-text"]], ids=["as-is", "cleaned"])
def test_any_text_is_scored_and_comes_out_as_it_went_in(tmp_path, capsys, options):
    rows = [PAIR | {"regret_title": text, "regret_description": text} for text in ANY_TEXTS]
    source, target = write(tmp_path / "in.jsonl", *rows), tmp_path / "out.jsonl"
    status, _, told = run(
        capsys, "predict", "--model", NT, "--input", source, "--output", target, *options
    )
    assert status == 0
    written = [row for _, row in read_rows(target)]
    kept = [{name: row[name] for name in rows[0]} for row in written]
    assert kept == rows
    assert all(0 < row["probability"] < 1 for row in written)
    empty = [i for i, row in enumerate(written) if "regret_title" in row["missing"].split()]
    # The authors' cleaning makes a full stop of a tab.
    assert empty == ([0, 9] if options else [0, 1])
    assert f"regret_title is missing in {len(empty)} of 10 rows: read as empty" in told


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("in.csv", b"a,b\n1,2\n", "line 2: field regret_title (or left): missing"),
        ("in.csv", b"regret_title;recommendation_title\na;b\n", "field regret_title (or left)"),
        ("in.jsonl", b'{"regret_title": "a"}\n', "line 1: field recommendation_title: missing"),
        ("in.jsonl", b'{"left": {"title": "a"}}\n', "line 1: field right_title: missing"),
        ("in.jsonl", b'{"left": {}, "right": {}}\n', "line 1: field left.title: missing"),
        ("in.jsonl", b"[" * 100_000 + b"\n", "line 1: not JSON"),
        ("in.jsonl", b'{"regret_title": 1e999, "recommendation_title": true}\n', "bool instead of"),
        ("in.parquet", b"PAR1 cut short", "in.parquet: cannot be read as Parquet"),
        ("in.parquet", b"", "in.parquet: cannot be read as Parquet"),
        ("in.jsonl.gz", b"\x1f\x8b\x08\x00cut", "in.jsonl.gz: cannot be read"),
        ("in.csv.gz", gzip.compress(b"a,b\n" * 99)[:-30] + b"x" * 30, "in.csv.gz: cannot be read"),
        ("in.parquet.gz", b"", "the name must end in"),
        ("in.txt", b"", "the name must end in"),
        ("none.jsonl", None, "none.jsonl: cannot be read"),
        ("none.parquet", None, "none.parquet: cannot be read"),
        ("in.csv", b'"regret_title\n', "in.csv"),
        ("in.csv", "title,ü\n".encode("latin-1"), "in.csv, line 1: not UTF-8 text"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told_and_the_output_that_was_there_stays(
    tmp_path, capsys, there, name, content, sentence
):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    told = refused(
        capsys, "predict", "--model", NT, "--input", tmp_path / name, "--output", there
    )  # fmt: skip
    assert sentence in told
    assert name in told
    assert there.read_text() == "precious"
    assert [item.name for item in tmp_path.glob(".*")] == []


def test_a_bad_row_far_down_leaves_the_output_that_was_there(tmp_path, capsys, there):
    source = write(tmp_path / "in.jsonl", *[PAIR] * 300, {"regret_title": "a"})
    told = refused(
        capsys, "predict", "--model", NT, "--batch-size", 2, "--input", source, "--output", there
    )
    assert "in.jsonl, line 301: field recommendation_title: missing" in told
    assert there.read_text() == "precious"


def test_labels_and_columns_that_prediction_does_not_need_do_not_stop_it(tmp_path, capsys):
    rows = [
        PAIR | {"label": label, "split": None, "x": [1, None]} for label in ("cat", "", None, 7)
    ]
    source = write(tmp_path / "in.jsonl", *rows)
    status, last, _ = run(
        capsys, "predict", "--model", NT, "--input", source, "--output", tmp_path / "out.jsonl"
    )
    assert (status, json.loads(last)["rows"]) == (0, 4)


@pytest.mark.parametrize("output", ["folder.jsonl", "out.docx"])
def test_an_output_that_cannot_be_written_is_told_before_anything_is_scored(
    tmp_path, capsys, output
):
    (tmp_path / "folder.jsonl").mkdir()
    source = write(tmp_path / "in.jsonl", PAIR)
    told = refused(
        capsys, "predict", "--model", NT, "--input", source, "--output", tmp_path / output
    )
    assert output in told


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (labelled(40, 1), "None of the 34 training pairs is labelled 'not similar'"),
        (labelled(40, "not_similar"), "None of the 34 training pairs is labelled 'similar'"),
        (labelled(40, "unsure"), "is labelled"),
        (labelled(3, 1), "Label more pairs"),
        ([], "Only 0 labelled pairs"),
        ([*labelled(2, 1), *labelled(1, "positive")], "line 3: field label: 'positive' is not"),
        ([*labelled(2, 1), *labelled(1, None)], "line 3: field label: None is not"),
        ([*labelled(2, 1), *labelled(1, float("nan"))], "line 3: field label: nan is not"),
        ([*labelled(2, 1), PAIR], "line 3: field label: None is not"),
        ([PAIR | {"label": 1, "weight": -1}], "line 1: field weight: -1 is not a number from 0"),
        ([PAIR | {"label": 1, "weight": "much"}], "line 1: field weight: 'much' is not"),
        ([PAIR | {"label": 1, "channel_sim": 3}], "line 1: field channel_sim: 3 is neither"),
        ([PAIR | {"label": 1, "regret_channel_emb": [1, None]}], "field regret_channel_emb: not a"),
    ],
)  # fmt: skip
def test_labels_that_cannot_train_a_model_are_told_and_no_folder_is_left(
    tmp_path, capsys, tiny_encoder, rows, sentence
):
    data = write(tmp_path / "data.jsonl", *rows)
    told = refused(
        capsys, "train", "--data", data, "--recipe", "basic", "--encoder", tiny_encoder,
        "--output", tmp_path / "model",
    )  # fmt: skip
    assert sentence in told
    assert [item.name for item in tmp_path.iterdir()] == ["data.jsonl"]


def test_evaluating_on_one_class_gives_what_can_be_said(tmp_path, capsys):
    data = write(tmp_path / "data.jsonl", *labelled(20, 1))
    status, last, _ = run(capsys, "evaluate", "--model", NT, "--data", data)
    assert status == 0
    metrics = json.loads(last)["metrics"]
    assert metrics["auroc"] is None
    assert 0 <= metrics["accuracy"]["value"] <= 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("unit,label\nu,a\n", "line 2: field annotator: missing"),
        ("unit,annotator,label\n,a,b\n", "line 2: field unit: empty"),
        ("unit,annotator,label\nu,a\n", "line 2: not as many fields"),
        ("unit,unit,annotator,label\nu,u,a,b\n", "two columns are called 'unit'"),
    ],
)
@pytest.mark.parametrize("command", ["agreement", "consensus"])
def test_labels_of_people_that_cannot_be_read_are_told(
    tmp_path, capsys, command, content, sentence
):
    (tmp_path / "labels.csv").write_text(content)
    more = ["--method", "majority", "--output", tmp_path / "out.csv"] * (command == "consensus")
    assert sentence in refused(capsys, command, "--labels", tmp_path / "labels.csv", *more)
    assert not (tmp_path / "out.csv").exists()
