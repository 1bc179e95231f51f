import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics as sk

from modeling.calibration import Calibration
from modeling.errors import InputError
from modeling.evaluation.breakdown import MAX_GROUPS, breakdown
from modeling.evaluation.judgements import Judgements
from modeling.evaluation.resampling import clusters_of
from modeling.records import read_pairs
from modeling.schema import PairExample, VideoText

THRESHOLDS = {"nt": Calibration(threshold=0.3), "wt": Calibration(threshold=0.8)}


def pair(number, target, **fields):
    video = VideoText("bread", "flour", channel=fields.pop("channel", "a"))
    other = replace(video, channel=fields.pop("other_channel", "b"))
    names = {"left_id": f"{number} left", "right_id": f"{number} right"}
    return PairExample(str(number), video, other, target, **(names | fields))


def judged(pairs, probabilities, variants=None):
    targets = np.array([p.target for p in pairs], dtype=float)
    variants = tuple(variants or ["nt"] * len(pairs))
    clusters = clusters_of(pairs)
    return Judgements(pairs, np.array(probabilities), targets, variants, THRESHOLDS, clusters)


def by_group(groups):
    return {group["group"]: group for group in groups}


@pytest.fixture
def mixed():
    rng = np.random.default_rng(0)
    languages = ["en", "pt-BR", "pt_PT", "", "EN"]
    pairs = [
        pair(i, float(rng.integers(2)), language=languages[i % 5], other_channel="ab"[i % 2])
        for i in range(200)
    ]
    variants = rng.choice(["nt", "wt"], 200).tolist()
    return judged(pairs, rng.random(200), variants)


def test_each_group_has_the_figures_of_its_own_pairs(mixed):
    groups = by_group(breakdown(mixed)["language"])
    assert {name: group["n"] for name, group in groups.items()} == {
        "en": 80, "pt": 80, "not stated": 40,
    }  # fmt: skip
    rows = np.array([p.language.startswith("pt") for p in mixed.pairs])
    y, p = mixed.targets[rows], mixed.probabilities[rows]
    metrics = groups["pt"]["metrics"]
    assert groups["pt"]["similar"] == y.sum()
    assert metrics["auroc"]["value"] == pytest.approx(sk.roc_auc_score(y, p))
    assert metrics["f1"]["value"] == pytest.approx(sk.f1_score(y, p >= 0.5))
    assert metrics["f1"]["low"] < metrics["f1"]["value"] < metrics["f1"]["high"]


def test_thresholds_are_those_of_the_variant_that_judged(mixed):
    groups = by_group(breakdown(mixed)["variant"])
    for name, threshold in (("nt", 0.3), ("wt", 0.8)):
        rows = np.array(mixed.variants) == name
        y, p = mixed.targets[rows], mixed.probabilities[rows]
        found = groups[name]["at_threshold"]["recall"]["value"]
        assert found == pytest.approx(sk.recall_score(y, p >= threshold))


def test_channels_are_the_same_different_or_not_stated(mixed):
    groups = by_group(breakdown(mixed)["channel"])
    assert {name: group["n"] for name, group in groups.items()} == {"same": 100, "different": 100}
    unknown = breakdown(judged([pair(0, 1.0, channel="", other_channel="")], [0.9]))["channel"]
    assert [group["group"] for group in unknown] == ["not stated"]


def test_texts_are_those_that_both_videos_have():
    full = VideoText("t", "d", "spoken words")
    kinds = {
        "title, description, transcript": full,
        "title, description": replace(full, transcript=" "),
        "title": replace(full, description="", transcript=None),
        "title, transcript": replace(full, description=" \n"),
        "none": VideoText(""),
    }
    pairs = [PairExample(name, full, video, 1.0) for name, video in kinds.items()]
    groups = by_group(breakdown(judged(pairs, [0.9] * 5))["texts"])
    assert set(groups) == set(kinds)


def test_a_pair_counts_for_each_of_its_reasons_and_only_if_it_is_similar():
    pairs = [
        pair(0, 1.0, reasons=("subject", "persons")),
        pair(1, 1.0, reasons=("subject",)),
        pair(2, 1.0, reasons=("subject", "subject")),
        pair(3, 1.0, reasons=()),
        pair(4, 0.0, reasons=("opinion",)),
        pair(5, 0.5, reasons=("opinion",)),
    ]
    groups = breakdown(judged(pairs, [0.9, 0.4, 0.2, 0.9, 0.9, 0.9]))["reason"]
    assert [(group["group"], group["n"]) for group in groups] == [("subject", 3), ("persons", 1)]
    assert groups[0]["recall"]["value"] == pytest.approx(1 / 3)
    assert groups[0]["recall_at_threshold"]["value"] == pytest.approx(2 / 3)


def test_after_the_largest_groups_the_rest_is_one():
    codes = [f"l{i:02d}" for i in range(30)]
    pairs = [pair(f"{c}{j}", float(j % 2), language=c) for i, c in enumerate(codes)
             for j in range(2 + (i < 20))]  # fmt: skip
    groups = breakdown(judged(pairs, [0.6] * len(pairs)))["language"]
    assert len(groups) == MAX_GROUPS + 1
    assert (groups[-1]["group"], groups[-1]["n"]) == ("other", 20)
    assert sum(group["n"] for group in groups) == len(pairs)


def test_pairs_with_a_reason_beyond_the_largest_are_one_group():
    names = [f"r{i:02d}" for i in range(MAX_GROUPS + 2)]
    often = [pair(f"{n}{j}", 1.0, reasons=(n,)) for n in names[:MAX_GROUPS] for j in range(3)]
    rare = [
        pair("both", 1.0, reasons=tuple(names[-2:])),
        pair("one", 1.0, reasons=(names[0], names[-1])),
        pair("not similar", 0.0, reasons=(names[-1],)),
    ]
    said = [0.6] * len(often) + [0.9, 0.4, 0.9]
    groups = breakdown(judged([*often, *rare], said))["reason"]
    assert len(groups) == MAX_GROUPS + 1
    assert (groups[0]["group"], groups[0]["n"]) == ("r00", 4)
    assert (groups[-1]["group"], groups[-1]["n"]) == ("other", 2)
    assert groups[-1]["recall"]["value"] == 0.5
    assert groups[-1]["recall_at_threshold"]["value"] == 1.0


@pytest.mark.parametrize("often", [9, 1])
def test_the_rest_joins_a_group_that_is_itself_called_other(often):
    names = [*(f"l{i:02d}" for i in range(MAX_GROUPS) for _ in range(3)), *["other"] * often]
    names += ["rare", "rarer"]
    pairs = [pair(i, 1.0, language=n, reasons=(n,)) for i, n in enumerate(names)]
    by = breakdown(judged(pairs, [0.6] * len(pairs)))
    for dimension in ("language", "reason"):
        groups = by_group(by[dimension])
        assert sum(group["n"] for group in groups.values()) == len(pairs)
        assert groups["other"]["n"] == often + 2 + 3 * (often > 3)


def test_a_small_group_says_how_small_and_has_wide_intervals_or_none():
    pairs = [pair(0, 1.0, language="de"), *(pair(i, float(i % 2)) for i in range(1, 50))]
    small = by_group(breakdown(judged(pairs, np.linspace(0.9, 0.1, 50)))["language"])["de"]
    assert small["n"] == 1
    assert small["metrics"]["auroc"] is None
    assert small["metrics"]["accuracy"]["value"] == 1.0


@pytest.mark.parametrize(
    "written",
    ["subject, Persons", "subject;persons", "subject persons", ["subject", "persons", "subject"],
     '["subject", "persons"]', "|subject|persons|",
        {"Subject": 2, "persons": 1, "opinion": 0},
        '{"subject": 2, "persons": 1}',
    ],
)  # fmt: skip
def test_reasons_are_read_from_a_list_or_from_separated_words(written, tmp_path):
    file = tmp_path / "pairs.jsonl"
    row = {"left": {"title": "a"}, "right": {"title": "b"}, "label": 1, "reasons": written}
    file.write_text(json.dumps(row))
    [(_, found)] = read_pairs(file, labelled=True)
    assert found.reasons == ("subject", "persons")


@pytest.mark.parametrize("written", [3, [1], "{subject", "[subject"])
def test_reasons_of_another_kind_are_refused_with_their_line(written, tmp_path):
    file = tmp_path / "pairs.jsonl"
    row = {"left": {"title": "a"}, "right": {"title": "b"}, "label": 1, "reasons": written}
    file.write_text(json.dumps(row))
    with pytest.raises(InputError, match="line 1: field reasons"):
        list(read_pairs(file, labelled=True))
