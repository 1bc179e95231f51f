"""The sample study is data that people see first: its promises are checked like code."""

import json
from collections import Counter, defaultdict
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import krippendorff
import pytest

from annotation.models.pairs import is_held_out

SAMPLE = Path(__file__).parents[2] / "annotation" / "sample"
Row = dict[str, Any]

VIDEO_FIELDS = {
    "video_id", "title", "channel", "channel_id", "description", "transcript", "language",
    "declared_language", "country", "publish_time", "duration_s", "thumbnail_url",
}  # fmt: skip
LANGUAGES = {"en", "de", "fr", "es", "pt", "ar", "hi", "ja"}
GROUNDS = "similar_subject similar_opinion same_controversy same_persons same_undesirable_content"
REASONS = {*GROUNDS.split(), "other"}
ASSISTANTS = {"asha", "bruno", "chiyo"}


def read_rows(name: str) -> list[Row]:
    return [json.loads(x) for x in (SAMPLE / name).read_text(encoding="utf-8").splitlines()]


def read_by_id(name: str, key: str) -> dict[str, Row]:
    rows = read_rows(name)
    assert len({row[key] for row in rows}) == len(rows), "ids are not unique"
    return {row[key]: row for row in rows}


@pytest.fixture(scope="module")
def videos() -> dict[str, Row]:
    return read_by_id("videos.jsonl", "video_id")


@pytest.fixture(scope="module")
def pairs() -> dict[str, Row]:
    return read_by_id("pairs.jsonl", "pair_id")


@pytest.fixture(scope="module")
def labels() -> list[Row]:
    return read_rows("labels.jsonl")


def verdicts_by_pair(labels: list[Row]) -> dict[str, list[str]]:
    verdicts = defaultdict(list)
    for label in labels:
        verdicts[label["pair_id"]].append(label["verdict"])
    return verdicts


def with_transcripts(pairs: dict[str, Row], videos: dict[str, Row]) -> set[str]:
    return {
        pair_id
        for pair_id, pair in pairs.items()
        if videos[pair["video_a"]]["transcript"] and videos[pair["video_b"]]["transcript"]
    }


def nominal_alpha(units: list[list[str]]) -> float:
    counts = [[unit.count(x) for x in ("similar", "not_similar", "unsure")] for unit in units]
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


def test_there_are_150_videos_in_eight_languages_and_about_forty_percent_are_english(
    videos: dict[str, Row],
) -> None:
    languages = Counter(video["language"] for video in videos.values())
    assert len(videos) == 150
    assert set(languages) == LANGUAGES
    assert 0.35 <= languages["en"] / 150 <= 0.45
    assert min(languages.values()) >= 10
    assert len({video["title"] for video in videos.values()}) == 150


def test_every_video_has_every_field_and_nothing_else(videos: dict[str, Row]) -> None:
    for video in videos.values():
        assert set(video) == VIDEO_FIELDS
        assert video["video_id"].startswith("sample:")
        assert video["title"].strip() == video["title"] != ""
        assert video["thumbnail_url"] is None
        assert video["duration_s"] > 0
        assert datetime.fromisoformat(video["publish_time"]).tzinfo is not None


def test_a_channel_id_stands_for_one_channel_in_one_language(videos: dict[str, Row]) -> None:
    seen = {(v["channel_id"], v["channel"], v["language"], v["country"]) for v in videos.values()}
    assert len(seen) == len({channel_id for channel_id, *_ in seen})
    assert 28 <= len(seen) <= 38


def test_links_lead_to_the_example_domain_only(videos: dict[str, Row]) -> None:
    words = [word for video in videos.values() for word in video["description"].split()]
    links = [word[word.index("http") :] for word in words if "http" in word]
    assert len(links) >= 10
    assert all(link.startswith("https://example.org/") for link in links)


def test_about_a_third_of_the_videos_have_a_transcript_of_a_fair_length(
    videos: dict[str, Row],
) -> None:
    spoken = [video for video in videos.values() if video["transcript"]]
    assert 0.3 <= len(spoken) / 150 <= 0.42
    assert {video["language"] for video in spoken} == LANGUAGES
    for video in spoken:
        text = video["transcript"]
        # Japanese has no spaces between words; two signs to a word is a usual rate.
        words = len(text) / 2 if video["language"] == "ja" else len(text.split())
        assert 60 <= words <= 200, video["video_id"]


def test_a_few_descriptions_are_empty_and_the_others_vary_in_length(
    videos: dict[str, Row],
) -> None:
    lengths = [len(video["description"]) for video in videos.values()]
    assert 3 <= lengths.count(0) <= 10
    assert max(lengths) > 250
    assert sum(0 < length < 80 for length in lengths) > 20


def test_there_are_600_pairs_and_each_names_two_videos_that_exist(
    pairs: dict[str, Row], videos: dict[str, Row]
) -> None:
    assert len(pairs) == 600
    for pair in pairs.values():
        assert set(pair) == {"pair_id", "video_a", "video_b", "source"}
        assert pair["video_a"] != pair["video_b"]
        assert {pair["video_a"], pair["video_b"]} <= set(videos)


def test_no_two_pairs_join_the_same_videos_in_either_order(pairs: dict[str, Row]) -> None:
    assert len({frozenset((p["video_a"], p["video_b"])) for p in pairs.values()}) == len(pairs)


def test_about_a_third_of_the_pairs_have_transcripts_on_both_sides(
    pairs: dict[str, Row], videos: dict[str, Row]
) -> None:
    assert 0.3 <= len(with_transcripts(pairs, videos)) / len(pairs) <= 0.4


def test_many_pairs_cross_languages(pairs: dict[str, Row], videos: dict[str, Row]) -> None:
    spoken = {i: video["language"] for i, video in videos.items()}
    assert sum(spoken[p["video_a"]] != spoken[p["video_b"]] for p in pairs.values()) > 200


def test_labels_are_by_three_assistants_on_pairs_that_exist_and_once_each(
    labels: list[Row], pairs: dict[str, Row]
) -> None:
    assert {label["assistant"] for label in labels} == ASSISTANTS
    assert {label["pair_id"] for label in labels} <= set(pairs)
    assert len({(label["pair_id"], label["assistant"]) for label in labels}) == len(labels)


def test_reasons_are_given_exactly_when_the_verdict_is_similar(labels: list[Row]) -> None:
    for label in labels:
        assert label["verdict"] in {"similar", "not_similar", "unsure"}
        assert set(label["reasons"]) <= REASONS
        assert len(set(label["reasons"])) == len(label["reasons"])
        assert bool(label["reasons"]) == (label["verdict"] == "similar")


def test_every_reason_is_used_and_other_always_comes_with_a_comment(labels: list[Row]) -> None:
    assert {reason for label in labels for reason in label["reasons"]} == REASONS
    assert all(label["comment"] for label in labels if "other" in label["reasons"])


def test_260_pairs_are_labelled_and_many_by_two_or_three(labels: list[Row]) -> None:
    sizes = Counter(len(verdicts) for verdicts in verdicts_by_pair(labels).values())
    assert sizes == {1: 150, 2: 70, 3: 40}


def test_enough_labelled_pairs_to_train_with_and_without_transcripts(
    labels: list[Row], pairs: dict[str, Row], videos: dict[str, Row]
) -> None:
    spoken = with_transcripts(pairs, videos)
    for group in (spoken, set(pairs) - spoken):
        verdicts = Counter(x["verdict"] for x in labels if x["pair_id"] in group)
        assert verdicts["similar"] >= 25
        assert verdicts["not_similar"] >= 25
    assert len(spoken & set(verdicts_by_pair(labels))) >= 80


def test_enough_labelled_pairs_of_both_kinds_are_held_out_to_evaluate_a_model(
    labels: list[Row],
) -> None:
    held_out = [v for pair_id, v in verdicts_by_pair(labels).items() if is_held_out(pair_id)]
    leanings = [v.count("similar") - v.count("not_similar") for v in held_out]
    assert sum(leaning > 0 for leaning in leanings) >= 7
    assert sum(leaning < 0 for leaning in leanings) >= 13


def test_most_labelled_pairs_share_no_video_with_a_held_out_pair(
    labels: list[Row], pairs: dict[str, Row]
) -> None:
    ends = {x["pair_id"]: {pairs[x["pair_id"]][s] for s in ("video_a", "video_b")} for x in labels}
    held_out = set().union(*(videos for i, videos in ends.items() if is_held_out(i)))
    assert sum(not videos & held_out for videos in ends.values()) > len(ends) / 2


def test_the_assistants_agree_as_well_as_careful_people_do(labels: list[Row]) -> None:
    units = list(verdicts_by_pair(labels).values())
    comparisons = [a == b for unit in units for a, b in combinations(unit, 2)]
    assert 0.8 <= sum(comparisons) / len(comparisons) <= 0.92
    assert 0.65 <= nominal_alpha(units) <= 0.8


def test_about_three_percent_are_unsure_and_few_are_flagged_or_commented(
    labels: list[Row],
) -> None:
    assert 0.02 <= sum(x["verdict"] == "unsure" for x in labels) / len(labels) <= 0.04
    assert 0 < sum(x["flagged"] for x in labels) / len(labels) <= 0.08
    assert 0 < sum(bool(x["comment"]) for x in labels) / len(labels) <= 0.1


def test_time_spent_is_human_and_labels_lie_in_the_last_ten_days(labels: list[Row]) -> None:
    assert all(8 <= label["seconds"] <= 120 for label in labels)
    ages = [label["minutes_ago"] for label in labels]
    assert 0 < min(ages) <= max(ages) <= 10 * 24 * 60
    assert len({age // (24 * 60) for age in ages}) >= 8


def test_nobody_labels_two_pairs_at_the_same_time(labels: list[Row]) -> None:
    for assistant in ASSISTANTS:
        mine = [x for x in labels if x["assistant"] == assistant]
        earliest, latest = mine[0]["minutes_ago"], mine[-1]["minutes_ago"]
        assert earliest == max(x["minutes_ago"] for x in mine)
        assert (earliest - latest + 1) * 60 >= sum(x["seconds"] for x in mine)


def test_each_practice_pair_is_explained_and_keys_are_not_contradicted_by_everybody(
    labels: list[Row], pairs: dict[str, Row]
) -> None:
    rows = read_by_id("practice.jsonl", "pair_id")
    rounds = Counter(row["round"] for row in rows.values())
    assert rounds == {"practice": 6, "qualification": 12}
    given = verdicts_by_pair(labels)
    for pair_id, row in rows.items():
        assert pair_id in pairs
        assert len(row["explanation"]) > 50
        assert bool(row["reasons"]) == ("similar" in row["verdict"])
        assert not given[pair_id] or set(row["verdict"]) & set(given[pair_id])
    taught = {reason for row in rows.values() for reason in row["reasons"]}
    assert taught == REASONS - {"other"}


def test_the_policy_explains_every_reason_under_a_heading_of_its_own() -> None:
    policy = json.loads((SAMPLE / "policy.json").read_text(encoding="utf-8"))
    text = (SAMPLE / "policy.md").read_text(encoding="utf-8")
    assert policy["title"] == text.splitlines()[0].removeprefix("# ")
    assert {reason["code"] for reason in policy["reasons"]} == REASONS
    for reason in policy["reasons"]:
        assert f"### {reason['label']}\n" in text
        assert reason["guidance"].endswith(".")


def test_the_policy_can_be_read_in_one_sitting() -> None:
    assert 900 <= len((SAMPLE / "policy.md").read_text(encoding="utf-8").split()) <= 1400
