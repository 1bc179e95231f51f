"""Whether two videos are of one channel, and where its vector is found, by id or by name."""

import json

import pytest

from modeling.records import Surroundings, to_pair
from modeling.splitting import video_components, video_keys
from tests.modeling.commands import NT, labelled, refused, run, write

TITLES = {"regret_title": "bread", "recommendation_title": "rocket"}


def pair(beside=None, **row):
    return to_pair(
        TITLES | row, fallback_id="p", labelled=False, beside=beside or Surroundings()
    )  # fmt: skip


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (("UC1", "Name"), ("UC1", "Renamed"), True),
        (("UC1", "Name"), ("UC2", "Name"), False),
        (("", "Name"), ("UC1", "Name"), True),
        (("UC1", "Name"), ("", "Name"), True),
        (("UC1", "Name"), ("", "NAME"), True),
        (("UC1", "Name"), ("", "Other"), False),
        (("", "Name"), ("", "Name"), True),
        (("UC1", ""), ("", "Name"), False),
        (("", ""), ("", ""), False),
    ],
)
def test_ids_are_compared_where_both_videos_have_one_and_names_elsewhere(left, right, same):
    fields = {"regret": left, "recommendation": right}
    row = {
        f"{side}_{name}": value
        for side, channel in fields.items()
        for name, value in zip(("channel_id", "channel"), channel, strict=True)
    }
    assert pair(**row).same_channel is same


def test_what_cannot_be_told_of_an_id_and_a_name_is_said_to_be_missing(tmp_path, capsys):
    file = write(
        tmp_path / "in.jsonl", TITLES | {"regret_channel_id": "UC1", "recommendation_channel": "N"}
    )
    out = tmp_path / "out.jsonl"
    status, _, err = run(capsys, "predict", "--model", NT, "--input", file, "--output", out)
    assert status == 0, err
    assert "channel_sim" in json.loads(out.read_text())["missing"].split()


@pytest.mark.parametrize("known", ["UC1", "Name"])
def test_a_vector_is_found_by_id_or_by_name(known):
    beside = Surroundings(channel_vectors={known: (1.0, 2.0), "Other": (0.0, 0.0)})
    read = pair(beside, regret_channel_id="UC1", regret_channel="Name")
    assert read.left.channel_vector == (1.0, 2.0)
    assert read.right.channel_vector == ()


def test_vectors_of_none_of_the_channels_are_refused_before_training(tmp_path, capsys):
    rows = [row | {"regret_channel": "a", "recommendation_channel": "b"} for row in labelled(30, 1)]
    rows[0]["regret_channel_emb"] = [1, 0]  # of its own, so that none is looked up
    data = write(tmp_path / "pairs.jsonl", *rows)
    vectors = write(tmp_path / "vectors.jsonl", {"channel": "c", "vector": [1, 0]})
    assert f"no channel of {vectors} is in {data}, by id or by name" in refused(
        capsys, "train", "--data", data, "--recipe", "unified-v2", "--output", tmp_path / "m",
        "--channel-vectors", vectors,
    )  # fmt: skip


@pytest.mark.parametrize("channel", [{}, {"regret_channel": "N"}, {"regret_channel_id": "UC1"}])
def test_a_video_without_an_id_is_the_same_one_whatever_the_other_one_of_its_pair(channel):
    """It would be trained on and held out, too."""
    others = [
        {}, {"channel_sim": 0}, {"channel_sim": 1}, {"recommendation_channel": "N"},
        {"recommendation_channel_id": "UC1"},
        {"recommendation_channel_id": "UC2", "recommendation_channel": "N"},
    ]  # fmt: skip
    pairs = [
        pair(**channel, **other, recommendation_title=f"orbit {i}")
        for i, other in enumerate(others)
    ]
    assert len({video_keys(p)[0] for p in pairs}) == 1
    assert len(video_components(pairs)) == 1


def test_channel_sim_decides_over_the_channels():
    named = {"regret_channel": "a", "recommendation_channel": "b"}
    assert pair(**named, channel_sim=1).same_channel
    assert not pair(regret_channel="a", recommendation_channel="A", channel_sim=0).same_channel
