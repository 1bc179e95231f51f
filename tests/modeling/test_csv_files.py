"""What a CSV written here holds: what it was given, whatever stands in a cell."""

import csv

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modeling.cli import main
from modeling.row_files import read_rows, writing
from tests.modeling.commands import NT, PAIR, run, write

CELLS = st.text(st.characters(codec="utf-8"), max_size=12)
# A mark of the byte order at the start of a file is none of its text.
NAMES = CELLS.filter(lambda name: not name.startswith("\ufeff"))


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, str]]:
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    rows = st.lists(CELLS, min_size=len(names), max_size=len(names))
    return [dict(zip(names, row, strict=True)) for row in draw(st.lists(rows, min_size=1))]


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz"])
@given(rows=tables())
@example(rows=[{"a": "one\rtwo", "b": "\r"}, {"a": "\n", "b": "x\r\ny"}])
@example(rows=[{"a\rb": ""}])
def test_whatever_stands_in_a_cell_a_csv_written_reads_back_as_the_same_rows(
    tmp_path_factory, name, rows
):
    path = tmp_path_factory.getbasetemp() / name
    with writing(path) as put:
        for row in rows:
            put(row)
    assert [row for _, row in read_rows(path)] == rows


def test_whatever_stands_in_a_cell_a_csv_that_predict_wrote_is_read_again(tmp_path, capsys):
    source = write(tmp_path / "in.jsonl", PAIR | {"no\rte": "one\rtwo", "plain": "x"})
    once, twice = tmp_path / "once.csv", tmp_path / "twice.csv"
    for given_, output in ((source, once), (once, twice)):
        status, _, complaints = run(
            capsys, "predict", "--model", NT, "--input", given_, "--output", output
        )
        assert status == 0, complaints
    assert next(read_rows(twice))[1]["no\rte"] == "one\rtwo"
    assert once.read_bytes() == twice.read_bytes()
    assert once.read_bytes().endswith(b"\n")
    assert b"\r\n" not in once.read_bytes()


def test_a_unit_with_a_line_end_of_old_in_it_stays_one_row_of_the_consensus(tmp_path):
    path = tmp_path / "labels.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["unit", "annotator", "label"], ["a\rb", "x", "1"], ["c", "x", "0"]]
        )
    output = tmp_path / "out.csv"
    arguments = ["--labels", str(path), "--output", str(output)]
    assert main(["consensus", "--method", "majority", *arguments]) == 0
    assert [row["unit"] for _, row in read_rows(output)] == ["a\rb", "c"]
