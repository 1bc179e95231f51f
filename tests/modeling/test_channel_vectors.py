"""Channels placed by how often they are recommended together, and models that read that."""

import json
from itertools import combinations

import numpy as np
import pytest

from modeling.channel_vectors import channel_vectors, read_channel_vectors
from modeling.cli import main
from modeling.errors import InputError

GROUPS = {"news": 12, "games": 12, "music": 12}


def counts(seed=0, groups=GROUPS):
    """Channels of a group are together often, others now and then."""
    rng = np.random.default_rng(seed)
    names = [f"{group}-{i}" for group, size in groups.items() for i in range(size)]
    return [
        (a, b, float(rng.poisson(20 if a.split("-")[0] == b.split("-")[0] else 1)))
        for a, b in combinations(names, 2)
    ]


def cosines(placed):
    """Mean cosine within groups and between."""
    group = np.array([channel.split("-")[0] for channel in placed.channels])
    same = group[:, None] == group[None, :]
    found = placed.vectors @ placed.vectors.T
    return found[same].mean(), found[~same].mean()


def write(path, rows, header="channel_a,channel_b,count"):
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def run(capsys, *arguments):
    status = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return json.loads(captured.out.splitlines()[-1]) if status == 0 else None, captured.err


def test_channels_that_are_together_are_near_and_vectors_are_of_length_one():
    placed = channel_vectors(counts(), dimensions=8)
    within, between = cosines(placed)
    assert within > between + 0.5
    assert placed.vectors.shape == (36, 8)
    np.testing.assert_allclose(np.linalg.norm(placed.vectors, axis=1), 1)


@pytest.mark.parametrize("size", [12, 250], ids=["whole decomposition", "a part of it"])
def test_the_order_of_rows_and_sides_is_of_no_matter_and_the_seed_gives_the_same(size):
    rows = counts(groups={"news": size, "games": size, "music": size})
    first = channel_vectors(rows, dimensions=4, seed=3)
    turned = [(b, a, n) for a, b, n in reversed(rows)]
    again = channel_vectors(turned, dimensions=4, seed=3)
    assert first.channels == again.channels
    np.testing.assert_array_equal(first.vectors, again.vectors)
    within, between = cosines(first)
    assert within > between + 0.5


def test_rows_of_the_same_two_are_added_up_and_a_channel_with_itself_is_left_out():
    rows = counts()
    halves = [(a, b, n / 2) for a, b, n in rows]
    strange = [*halves, *halves, ("news-0", "news-0", 1e6)]
    expected = channel_vectors(rows, dimensions=5)
    np.testing.assert_allclose(channel_vectors(strange, dimensions=5).vectors, expected.vectors)


def test_numbers_are_those_of_mutual_information_by_hand():
    # a-b twice, c-d twice: each is with its partner four times as often as by chance.
    placed = channel_vectors([("a", "b", 2), ("c", "d", 2)], dimensions=6)
    assert placed.channels == ("a", "b", "c", "d")
    found = placed.vectors @ placed.vectors.T
    assert found[0].tolist() == pytest.approx([1, 1, 0, 0], abs=1e-9)
    with pytest.raises(InputError, match="no two channels"):
        channel_vectors([("a", "b", 2), ("c", "d", 2)], dimensions=2, shift=4.0)


def test_a_channel_that_is_with_others_as_by_chance_has_no_place():
    rows = [("a", "b", 50), ("c", "d", 50), *((x, "hub", 1) for x in "abcd")]
    placed = channel_vectors(rows, dimensions=4, shift=1.5)
    assert placed.apart == ("hub",)
    assert placed.channels == ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (("a", "b", "many"), "line 3: field count: 'many' is not a number of 0 or more"),
        (("a", "b", -1), "line 3: field count: '-1'"),
        (("a", "b", "nan"), "line 3: field count: 'nan'"),
        (("a", "b", ""), "line 3: field count: ''"),
        (("a", " ", 2), "line 3: field channel_b: empty"),
        (("a", 2), "line 3: not as many fields"),
    ],
)
def test_a_bad_row_is_named_and_leaves_no_output(row, complaint, tmp_path, capsys):
    file, out = write(tmp_path / "counts.csv", [("a", "b", 1), row]), tmp_path / "out.jsonl"
    _, err = run(capsys, "channel-vectors", "--input", file, "--output", out)
    assert f"counts.csv, {complaint}" in err
    assert not out.exists()


def test_what_cannot_be_placed_is_said(tmp_path, capsys):
    out = tmp_path / "out.jsonl"
    for rows, options, complaint in (
        ([], [], "nothing to place"),
        ([("a", "b", 0)], [], "nothing to place"),
        ([("a", "b", 1)], ["--dimensions", 0], "dimensions must be at least 1"),
    ):
        file = write(tmp_path / "counts.csv", rows)
        _, err = run(capsys, "channel-vectors", "--input", file, "--output", out, *options)
        assert complaint in err
    file = write(tmp_path / "counts.csv", [("a", 1)], header="channel_a,count")
    _, err = run(capsys, "channel-vectors", "--input", file, "--output", out)
    assert "line 2: field channel_b: missing" in err


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([{"channel": str(n), "vector": [1] * n} for n in (2, 1)], "line 2: field vector: 1"),
        ([{"channel": "a", "vector": []}], "line 1: field vector: 0 numbers"),
        ([{"channel": "a", "vector": "x"}], "line 1: field vector: not a list of numbers"),
        ([{"channel": "a", "vector": [1]}] * 2, "line 2: field channel: 'a' stands"),
        ([{"vector": [1]}], "line 1: field channel: missing"),
    ],
)  # fmt: skip
def test_a_bad_file_of_vectors_is_named_with_its_line(lines, complaint, tmp_path):
    file = tmp_path / "vectors.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(InputError, match=complaint):
        read_channel_vectors(file)


def test_the_second_version_reads_them_in_training_and_prediction(
    study, tiny_encoder, tmp_path, capsys
):
    topics = ("bread", "space", "chess", "garden")
    counted = counts(groups=dict.fromkeys(topics, 3))
    rows = [(a.replace("-", " "), b.replace("-", " "), n) for a, b, n in counted]
    vectors = tmp_path / "vectors.csv"
    last, _ = run(
        capsys, "channel-vectors", "--input", write(tmp_path / "counts.csv", rows),
        "--output", vectors, "--dimensions", 4,
    )  # fmt: skip
    assert (last["channels"], last["dimensions"]) == (12, 4)
    data = tmp_path / "pairs.jsonl"
    with data.open("w") as stream:
        for pair in study[:80]:
            row = {"pair_id": pair.pair_id, "label": pair.target, "channel_sim": 0}
            for side, video in (("regret", pair.left), ("recommendation", pair.right)):
                row |= {f"{side}_title": video.title, f"{side}_channel": video.channel}
            stream.write(json.dumps(row) + "\n")
    model, placed = tmp_path / "m", ["--channel-vectors", vectors]
    train = ["train", "--data", data, "--output", model, "--encoder", tiny_encoder,
             "--no-similarities", "--epochs", 1, *placed, "--recipe"]  # fmt: skip
    _, err = run(capsys, *train, "basic")
    assert "--channel-vectors: recipe basic does not read them" in err
    last, err = run(capsys, *train, "unified-v2")
    assert last, err
    judged = []
    for name, options in (("with", placed), ("without", [])):
        out = tmp_path / f"{name}.jsonl"
        run(capsys, "predict", "--model", model, "--input", data, "--output", out, *options)
        judged.append([json.loads(line)["logit"] for line in out.read_text().splitlines()])
    assert not np.allclose(*judged)
    last, err = run(capsys, "evaluate", "--model", model, "--data", data, *placed)
    assert last["rows"] == 80, err
