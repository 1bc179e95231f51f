"""Values that a file may hold and nobody meant: each is read as what it says, or told."""

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modeling.channel_vectors import read_channel_vectors
from modeling.cli.labels_file import read_labels
from modeling.errors import InputError
from modeling.records import read_pairs
from tests.modeling.commands import NT, PAIR, refused, run, write


def read(path, *, labelled=False, **options):
    return [pair for _, pair in read_pairs(path, labelled=labelled, **options)]


def told(path, *, labelled=False) -> str:
    with pytest.raises(InputError) as error:
        read(path, labelled=labelled)
    return str(error.value)


def test_ids_of_sixteen_digits_that_a_table_made_floats_stay_two(tmp_path):
    numbers = [1234567890123456.0, 1234567890123457.0, 2.0**53]
    rows = [PAIR | {"pair_id": n, "regret_id": n, "recommendation_id": -n} for n in numbers]
    pairs = read(write(tmp_path / "in.jsonl", *rows))
    assert [pair.pair_id for pair in pairs] == [f"{int(n)}" for n in numbers]
    assert [pair.left_id for pair in pairs] == [f"{int(n)}" for n in numbers]
    assert [pair.right_id for pair in pairs] == [f"{-int(n)}" for n in numbers]


def test_units_of_sixteen_digits_that_a_table_made_floats_stay_two(tmp_path):
    units = [1234567890123456.0, 1234567890123457.0, 1e22, 1.0000000000000001e22 * (1 + 2**-52)]
    table = {"unit": units, "annotator": ["x"] * 4, "label": [0.1 + 0.2] * 4}
    pq.write_table(pa.table(table), tmp_path / "labels.parquet")
    rows = list(read_labels(tmp_path / "labels.parquet"))
    assert [unit for unit, *_ in rows][:2] == ["1234567890123456", "1234567890123457"]
    assert len({unit for unit, *_ in rows}) == 4
    assert {label for *_, label in rows} == {"0.3"}


@pytest.mark.parametrize("value", [[1e300] * 3, [0.0, -1e13], "[1e39]", [10**400]])
def test_a_channel_vector_beyond_what_networks_can_add_up_is_told_with_its_line(tmp_path, value):
    path = write(tmp_path / "in.jsonl", PAIR, PAIR | {"regret_channel_emb": value})
    assert "in.jsonl, line 2: field regret_channel_emb: " in told(path)
    path = write(tmp_path / "vectors.jsonl", {"channel": "a", "vector": value})
    with pytest.raises(InputError, match=r"vectors\.jsonl, line 1: field vector: "):
        read_channel_vectors(path)


def test_a_vector_of_a_thumbnail_may_be_of_any_length(tmp_path):
    row = PAIR | {"regret_thumbnail_emb": [1e300, 1.0]}
    assert read(write(tmp_path / "in.jsonl", row))[0].left.thumbnail_vector == (1e300, 1.0)


@pytest.mark.parametrize("value", [{"1": 2, "2": 3}, '"123"', '{"1": 2}', "123", 5, True])
@pytest.mark.parametrize("name", ["regret_channel_emb", "recommendation_thumbnail_emb"])
def test_what_is_no_list_is_no_vector(tmp_path, name, value):
    path = write(tmp_path / "in.jsonl", PAIR | {name: value})
    assert f"line 1: field {name}: not a list of numbers" in told(path)


def test_bytes_are_no_vector(tmp_path):
    row = {name: [text] for name, text in PAIR.items()} | {"regret_channel_emb": [b"123"]}
    pq.write_table(pa.table(row), tmp_path / "in.parquet")
    assert "field regret_channel_emb: not a list of numbers" in told(tmp_path / "in.parquet")


def test_a_channel_with_spaces_around_it_finds_its_vector(tmp_path):
    path = write(
        tmp_path / "in.jsonl",
        PAIR | {"regret_channel": " BBC News ", "recommendation_channel_id": "UC1\t"},
        PAIR | {"regret_channel": "BBC  News", "recommendation_channel": "bbc news"},
    )
    placed = {"BBC News": (1.0,), "UC1": (2.0,)}
    first, second = read(path, channel_vectors=placed)
    assert (first.left.channel_vector, first.right.channel_vector) == ((1.0,), (2.0,))
    # What differs otherwise differs.
    assert (second.left.channel_vector, second.right.channel_vector) == ((), ())
    assert not second.same_channel


@pytest.mark.parametrize("weight", [1e308, 1_000_001, "1e7"])
def test_a_weight_beyond_all_measure_is_told_with_its_line(tmp_path, weight):
    path = write(tmp_path / "in.jsonl", PAIR | {"label": 1, "weight": weight})
    sentence = f"line 1: field weight: {weight!r} is not a number from 0 to 1,000,000"
    assert sentence in told(path, labelled=True)


def test_the_greatest_weight_beside_the_usual_one_trains(tmp_path, capsys, data, tiny_encoder):
    lines = data.read_text().splitlines()
    lines[0] = json.dumps(json.loads(lines[0]) | {"weight": 1_000_000})
    data.write_text("\n".join(lines))
    status, _, _ = run(
        capsys, "train", "--data", data, "--recipe", "basic", "--encoder", tiny_encoder,
        "--output", tmp_path / "model",
    )  # fmt: skip
    assert status == 0


def test_a_label_may_be_true_or_false_in_words(tmp_path):
    words = [("True", 1.0), ("FALSE", 0.0), (" true ", 1.0), ("false", 0.0)]
    with (tmp_path / "in.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, [*PAIR, "label"])
        writer.writeheader()
        writer.writerows(PAIR | {"label": word} for word, _ in words)
    assert [pair.target for pair in read(tmp_path / "in.csv", labelled=True)] == [
        target for _, target in words
    ]


def test_objects_that_predict_wrote_to_csv_are_read_again(tmp_path, capsys):
    left = {"title": "bread", "description": None, "channel": "c", "channel_emb": [0.5]}
    source = write(tmp_path / "in.jsonl", {"left": left, "right": left | {"title": "rocket"}})
    for before, after in ((source, "a.csv"), (tmp_path / "a.csv", "b.csv")):
        status, last, _ = run(
            capsys, "predict", "--model", NT, "--input", before, "--output", tmp_path / after
        )
        assert (status, json.loads(last)["rows"]) == (0, 1)
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b.csv").read_text()
    assert read(tmp_path / "a.csv")[0].left == read(source)[0].left


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"left": None, "right": {"title": "b"}}, "field left: empty, not an object with a title"),
        ({"left": "x", "right": {"title": "b"}}, "field left: 'x' is not an object with a title"),
        ({"left": {"title": "a"}, "right": "{"}, "field right: '{' is not an object with a title"),
        ({"left": {"title": "a"}, "right": 5}, "field right: 5 is not an object with a title"),
        ({"left": "[" * 9999, "right": {"title": "b"}}, "field left: '[[["),
    ],
)
def test_what_stands_in_the_place_of_a_video_and_is_none_is_told(tmp_path, row, sentence):
    complaint = told(write(tmp_path / "in.jsonl", row))
    assert f"line 1: {sentence}" in complaint
    assert len(complaint) < 500


@pytest.mark.parametrize("name", ["label", "weight", "channel_sim", "split", "regret_reported_at"])
def test_of_a_number_of_four_thousand_digits_the_first_are_told(tmp_path, name):
    path = write(tmp_path / "in.jsonl", PAIR | {"label": 1} | {name: 10**4000})
    complaint = told(path, labelled=True)
    assert f"field {name}: 1000" in complaint
    assert len(complaint) < 500


def test_a_line_that_is_cut_off_is_told_with_one_line_number(tmp_path, capsys, there):
    path = write(tmp_path / "in.jsonl", PAIR)
    path.write_text(path.read_text() + '{"regret_title":\n')
    complaint = refused(capsys, "predict", "--model", NT, "--input", path, "--output", there)
    assert "in.jsonl, line 2: not JSON: Expecting value, at character 17" in complaint
