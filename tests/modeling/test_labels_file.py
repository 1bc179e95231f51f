"""The file of labels: what is a label, what is none, and what is refused, with line and field."""

import json
import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modeling.agreement.ratings import read_ratings
from modeling.channel_vectors import read_channel_vectors
from modeling.cli.labels_file import read_labels
from modeling.errors import InputError
from tests.modeling.commands import refused, run, write

VERDICTS = ("similar", "not_similar", "unsure")


def labels(*given) -> list[dict]:
    return [{"unit": u, "annotator": a, "label": label} for u, a, label in given]


@pytest.mark.parametrize("nothing", [None, "", "  ", math.nan])
def test_nothing_is_no_label(tmp_path, capsys, nothing):
    rows = labels(("a", "x", "similar"), ("a", "y", nothing), ("b", "x", nothing))
    path = write(tmp_path / "labels.jsonl", *rows)
    output = tmp_path / "out.jsonl"
    for method in ("majority", "mace"):
        status, said, _ = run(
            capsys, "consensus", "--labels", path, "--method", method, "--output", output
        )
        told = json.loads(said)
        assert (status, told["units"], told["without_label"]) == (0, 1, 1)
        assert [json.loads(line)["unit"] for line in output.read_text().splitlines()] == ["a"]


def test_numbers_of_a_table_are_what_they_were_before_it(tmp_path):
    path = tmp_path / "labels.parquet"
    table = {"unit": [1.0, 2.0], "annotator": ["x", "x"], "label": [3.0, math.nan]}
    pq.write_table(pa.table(table), path)
    assert list(read_labels(path)) == [("1", "x", "3"), ("2", "x", "")]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (labels(("a", "x", ["similar"])), "line 1: field label: list instead of text"),
        (labels(("a", "x", True)), "line 1: field label: bool instead of text"),
        (labels((math.nan, "x", "similar")), "line 1: field unit: empty"),
        ([{"unit": "a", "label": "similar"}], "line 1: field annotator: missing"),
    ],
)
def test_what_is_no_label_is_named(tmp_path, row, told):
    path = write(tmp_path / "labels.jsonl", *row)
    with pytest.raises(InputError, match=rf"labels.jsonl, {told}"):
        list(read_labels(path))


@pytest.mark.parametrize("content", ["", "unit,label\n", "foo,bar\n"])
@pytest.mark.parametrize("method", ["majority", "dawid-skene"])
def test_a_header_without_the_columns_is_refused_and_the_output_before_is_left(
    tmp_path, capsys, content, method
):
    (path := tmp_path / "labels.csv").write_text(content)
    (output := tmp_path / "out.csv").write_text("kept\n")
    told = refused(capsys, "consensus", "--labels", path, "--method", method, "--output", output)
    missing = "unit" if "unit" not in content else "annotator"
    assert f"labels.csv, header: field {missing}: missing" in told
    assert output.read_text() == "kept\n"
    assert f"field {missing}: missing" in refused(capsys, "agreement", "--labels", path)


@pytest.mark.parametrize("method", ["majority", "dawid-skene", "glad", "mace", "crowdlab"])
def test_a_file_without_a_label_is_told_by_every_method(tmp_path, capsys, method):
    path = write(tmp_path / "labels.jsonl", *labels(("a", "x", "")))
    known = write(tmp_path / "known.jsonl", {"unit": "a", "similar": 0.9})
    (output := tmp_path / "out.csv").write_text("kept\n")
    given = ["--probabilities", known] if method == "crowdlab" else []
    told = refused(
        capsys, "consensus", "--labels", path, "--method", method, "--output", output, *given
    )
    assert told.endswith("labels.jsonl: holds no label")
    assert output.read_text() == "kept\n"


@pytest.mark.parametrize(
    "content", ["channel_a,count\n", "channel,emb\n"], ids=["counts", "vectors"]
)
def test_files_of_channels_without_their_columns_are_refused(tmp_path, capsys, content):
    (path := tmp_path / "channels.csv").write_text(content)
    if "count" in content:
        told = refused(capsys, "channel-vectors", "--input", path, "--output", tmp_path / "v.jsonl")
        assert "channels.csv, header: field channel_b: missing" in told
    else:
        with pytest.raises(InputError, match=r"channels.csv, header: field vector: missing"):
            read_channel_vectors(path)


def test_a_label_that_may_not_be_is_named_with_its_line(tmp_path, capsys):
    path = write(tmp_path / "labels.jsonl", *labels(("a", "x", "similar"), ("a", "y", "maybe")))
    told = refused(capsys, "plan", "--alpha", 0.1, "--labels", path)
    assert "labels.jsonl, line 2: field label: 'maybe' is not among similar, not_similar" in told
    told = refused(capsys, "agreement", "--labels", path, "--order", "no", "maybe")
    assert "labels.jsonl, line 1: field label: 'similar' is not among no, maybe" in told


def test_an_order_with_a_label_twice_is_refused(tmp_path, capsys):
    path = write(tmp_path / "labels.jsonl", *labels(("a", "x", "b")))
    assert "has a label twice" in refused(
        capsys, "agreement", "--labels", path, "--order", "a", "b", "a"
    )


@pytest.mark.parametrize(
    "option", [("--resamples", "0"), ("--resamples", "-5"), ("--seed", "-1"), ("--seed", "x")]
)
def test_numbers_that_cannot_be_are_told_with_their_option(tmp_path, capsys, option):
    path = write(tmp_path / "labels.jsonl", *labels(("a", "x", "b")))
    with pytest.raises(SystemExit):
        run(capsys, "agreement", "--labels", path, *option)
    assert f"argument {option[0]}: must be a whole number from" in capsys.readouterr().err


def test_words_that_read_as_no_number_stand_in_one_order():
    rows = [("u", str(i), label) for i, label in enumerate(["nan", "10", "inf", "2", "nano"])]
    assert read_ratings(rows).labels == ["2", "10", "inf", "nan", "nano"]


def test_a_plan_whose_typical_study_has_no_interval_says_so(capsys):
    status, said, _ = run(
        capsys, "plan", "--alpha", 0.5, "--accuracy", 1, "--unsure", 0,
        "--prevalence", 0.01, "--assurance", 0.05,
    )  # fmt: skip
    assert status == 0
    assert json.loads(said)["alpha"]["typical_half_width"] is None
