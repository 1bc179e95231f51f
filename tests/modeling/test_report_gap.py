"""The time between the reports of a pair's videos: read from files, and used where asked for."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from modeling.cli import main
from modeling.field_values import FieldError
from modeling.models.pair_features import report_gap_columns
from modeling.recipes import TrainingConfig, load_model, train
from modeling.records import read_pairs, to_pair
from modeling.schema import PairExample, VideoText

TITLES = {"regret_title": "a", "recommendation_title": "b"}


def seconds_between(left, right):
    row = TITLES | {"regret_reported_at": left, "recommendation_reported_at": right}
    return to_pair(row, fallback_id="p", labelled=False).seconds_between


@pytest.fixture
def pairs(make_examples):
    """Texts that tell nothing; what was reported within the hour is similar."""
    rng = np.random.default_rng(0)
    return [
        PairExample(
            e.pair_id,
            VideoText("one"),
            VideoText("two"),
            target=e.target,
            left_id=e.left_id,
            right_id=e.right_id,
            split="test" if i >= 120 else None,
            seconds_between=float(rng.uniform(0, 3600) if e.target else rng.uniform(1e4, 1e7)),
        )
        for i, e in enumerate(make_examples(160, 3))
    ]


@pytest.mark.parametrize(
    ("left", "right", "seconds"),
    [
        ("2021-03-04T10:00:00Z", "2021-03-04T10:01:00Z", 60),
        ("2021-03-04T10:00:00+02:00", "2021-03-04 09:00:00", 3600),
        (1614852000, "1614852000.5", 0.5),
        ("2021-03-05", date(2021, 3, 4), -86400),
        (datetime(2021, 3, 4, tzinfo=UTC), pd.Timestamp("2021-03-04 00:00:07"), 7),
        (None, "2021-03-04", None),
        ("2021-03-04", float("nan"), None),
        ("", pd.NaT, None),
    ],
)
def test_times_are_iso_8601_or_seconds(left, right, seconds):
    assert seconds_between(left, right) == seconds


@pytest.mark.parametrize(
    "wrong",
    ["yesterday", "20210304", 1614852000000, "nan", True, [1], -5, "2021-13-01", "1e400", 10**400],
)
def test_what_is_no_time_is_named_with_its_field(wrong):
    with pytest.raises(FieldError, match=r"field recommendation_reported_at: .* is not a time"):
        seconds_between(1614852000, wrong)


def test_a_bad_time_is_named_with_file_and_line_and_nested_ones_are_read(tmp_path):
    file = tmp_path / "pairs.jsonl"
    nested = {
        "left": {"title": "a", "reported_at": "2021-03-04"},
        "right": {"title": "b", "reported_at": "2021-03-05"},
    }
    file.write_text(json.dumps(nested) + "\n" + json.dumps(TITLES | {"regret_reported_at": "x"}))
    rows = read_pairs(file, labelled=False)
    assert next(rows)[1].seconds_between == 86400
    with pytest.raises(Exception, match=r"pairs\.jsonl, line 2: field regret_reported_at: 'x'"):
        next(rows)


def test_the_gap_is_a_logarithm_without_direction_and_missing_is_told():
    year = 365.25 * 86400
    gaps = [0.0, year, -year, None]
    pairs = [PairExample("p", VideoText("a"), VideoText("b"), seconds_between=s) for s in gaps]
    columns = report_gap_columns(pairs)
    assert columns["report_gap"].tolist() == pytest.approx([0, 1, 1, 0])
    assert columns["missing_report_gap"].tolist() == [0, 0, 0, 1]
    assert report_gap_columns([])["report_gap"].shape == (0,)
    with pytest.raises(ValueError, match="pair p: inf seconds between reports"):
        replace(pairs[0], seconds_between=float("inf"))


@pytest.mark.parametrize("recipe", ["basic", "unified"])
def test_a_model_reads_the_gap_only_where_asked_for_and_is_stored_with_it(
    recipe, pairs, config, tmp_path
):
    aurocs = {}
    for wanted in (False, True):
        asked = replace(config, report_gap=wanted, epochs=1)
        result = train(recipe, pairs, output=tmp_path / f"{wanted}", config=asked)
        aurocs[wanted] = result.metrics["test"]["overall"]["auroc"]["value"]
        model = load_model(result.path)
        test = [p for p in pairs if p.split == "test"]
        judged = np.array([p.probability for p in model.predict(test)])
        brier = np.mean((judged - np.array([p.target for p in test])) ** 2)
        assert brier == pytest.approx(result.metrics["test"]["overall"]["brier"]["value"], abs=1e-5)
    assert aurocs[True] > 0.95 > 0.7 > aurocs[False]


def test_the_commands_read_times_and_say_where_they_are_missing(pairs, config, tmp_path, capsys):
    def row(pair):
        return TITLES | {
            "pair_id": pair.pair_id, "label": pair.target, "split": pair.split,
            "regret_id": pair.left_id, "recommendation_id": pair.right_id,
            "regret_reported_at": 1.6e9, "recommendation_reported_at": 1.6e9 + pair.seconds_between,
        }  # fmt: skip

    rows = [row(pair) for pair in pairs]
    del rows[0]["regret_reported_at"]
    data, out = tmp_path / "pairs.jsonl", tmp_path / "out.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    trained = main([
        "train", "--data", str(data), "--recipe", "basic", "--output", str(tmp_path / "m"),
        "--encoder", config.encoder, "--report-gap",
    ])  # fmt: skip
    assert trained == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]["auroc"] > 0.95
    command = ["predict", "--model", str(tmp_path / "m"), "--input", str(data)]
    assert main([*command, "--output", str(out)]) == 0
    told = json.loads(out.read_text().splitlines()[0])["missing"].split()
    assert "regret_reported_at" in told
    assert "recommendation_reported_at" not in told


def test_the_gap_without_similarities_is_refused():
    with pytest.raises(ValueError, match="report_gap is one of the similarities"):
        TrainingConfig(report_gap=True, similarities=False)
