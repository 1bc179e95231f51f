"""`python -m modeling evaluate`: what it prints, writes and refuses."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from modeling.cli import main
from modeling.evaluation import METRICS, evaluate
from modeling.recipes import TrainingConfig, load_model, train

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = {"precision_recall", "reliability", "roc", "scores", "thresholds"}
LABELS = {1.0: "similar", 0.0: "not_similar", 0.5: "unsure"}


@pytest.fixture(scope="module")
def models(make_examples, tiny_encoder, tmp_path_factory):
    """A good model, and one that was taught the opposite."""
    folder = tmp_path_factory.mktemp("models")
    config = TrainingConfig(encoder=str(tiny_encoder), device="cpu", max_length=48)
    examples = [
        *make_examples(120, 1, transcripts=0.5),
        *make_examples(90, 3, transcripts=0.5, split="validation", prefix="w"),
    ]
    turned = [replace(e, target=1 - e.target) for e in examples]
    for name, data in (("good", examples), ("turned", turned)):
        train("basic", data, output=folder / name, config=config)
    return folder


@pytest.fixture(scope="module")
def pairs(make_examples):
    """Test pairs, every eighth unsure, with languages and reasons."""
    found = make_examples(120, 2, transcripts=0.5, split="test", prefix="t")
    return [
        replace(
            e, target=0.5 if i % 8 == 0 else e.target, language="en" if i % 3 else "de",
            reasons=("subject",) if e.target else (),
        )
        for i, e in enumerate(found)
    ]  # fmt: skip


def write(path, pairs):
    def row(pair):
        sides = {
            side: {k: getattr(video, k) for k in ("title", "description", "transcript", "channel")}
            for side, video in (("left", pair.left), ("right", pair.right))
        }
        said = {"label": LABELS[pair.target], "reasons": list(pair.reasons)}
        fields = {"pair_id": pair.pair_id, "split": pair.split, "language": pair.language}
        return json.dumps(sides | said | fields)

    path.write_text("\n".join(map(row, pairs)), encoding="utf-8")
    return path


def run(capsys, *arguments):
    status = main(["evaluate", *map(str, arguments)])
    captured = capsys.readouterr()
    last = json.loads(captured.out.strip().splitlines()[-1]) if status == 0 else None
    return status, last, captured.err


def test_figures_are_those_of_the_calibrated_predictions(models, pairs, tmp_path, capsys):
    data = write(tmp_path / "pairs.jsonl", pairs)
    status, last, err = run(capsys, "--model", models / "good", "--data", data, "--seed", 3)
    assert status == 0
    model = load_model(models / "good")
    predicted = list(model.predict(pairs))
    expected = evaluate(
        [p.probability for p in predicted], [e.target for e in pairs], resamples=0
    )  # fmt: skip
    assert set(last["metrics"]) == set(METRICS)
    for name, figure in last["metrics"].items():
        assert figure["value"] == pytest.approx(expected[name]["value"], abs=1e-4), name
        assert figure["low"] <= figure["high"]
        assert f"{name} " in err
    assert last["calibration"] == {n: c.as_dict() for n, c in model.calibration.items()}
    assert last["threshold"] == {n: c.threshold for n, c in model.calibration.items()}
    thresholds = np.array([model.calibration[p.variant].threshold for p in predicted])
    said = np.array([p.probability for p in predicted]) >= thresholds
    sure = [i for i, e in enumerate(pairs) if e.target != 0.5]
    right = np.mean([said[i] == (pairs[i].target > 0.5) for i in sure])
    assert last["at_threshold"]["accuracy"]["value"] == pytest.approx(right)
    assert (last["rows"], last["undecided"], last["splits"]) == (120, 15, {"test": 120})


def test_of_few_pairs_it_is_said_that_there_are_no_intervals(models, pairs, tmp_path, capsys):
    data = write(tmp_path / "few.jsonl", pairs[1:8])
    status, last, err = run(capsys, "--model", models / "good", "--data", data)
    assert status == 0
    assert "no intervals: fewer than 20 of these pairs are independent" in err
    assert last["metrics"]["accuracy"].keys() == {"value", "low", "high"}
    assert last["metrics"]["accuracy"]["low"] is None


def test_kinds_of_pairs_and_unsure_ones_are_told_apart(models, pairs, tmp_path, capsys):
    data = write(tmp_path / "pairs.jsonl", pairs)
    _, last, err = run(capsys, "--model", models / "good", "--data", data)
    by = last["by"]
    assert set(by) == {"language", "channel", "texts", "variant", "reason"}
    for dimension in ("language", "channel", "texts", "variant"):
        assert sum(group["n"] for group in by[dimension]) == 105
    assert {group["group"] for group in by["variant"]} == {"nt", "wt"}
    assert by["reason"][0]["n"] == last["similar"]
    assert by["reason"][0]["recall"]["value"] == pytest.approx(last["metrics"]["recall"]["value"])
    assert "subject (n =" in err
    unsure = last["unsure"]
    assert (unsure["n"], unsure["share"]) == (15, 0.125)
    predicted = [p.probability for p in load_model(models / "good").predict(pairs)]
    as_no = [0.0 if e.target == 0.5 else e.target for e in pairs]
    counted = evaluate(predicted, as_no, resamples=0)
    for name, figure in unsure["counted_as_not_similar"].items():
        assert figure["value"] == pytest.approx(counted[name]["value"], abs=1e-4)
    distance = np.mean([(p - e.target) ** 2 for p, e in zip(predicted, pairs, strict=True)])
    assert unsure["soft_brier"]["value"] == pytest.approx(distance, abs=1e-4)


def test_another_model_is_compared_on_the_same_pairs_and_all_is_drawn(
    models, pairs, tmp_path, capsys
):
    data, out = write(tmp_path / "pairs.jsonl", pairs), tmp_path / "report"
    status, last, err = run(
        capsys, "--model", models / "good", "--compare", models / "turned", "--data", data,
        "--output", out,
    )  # fmt: skip
    assert status == 0
    compared = last["comparison"]
    assert compared["models"] == ["good", "turned"]
    assert compared["metrics"]["auroc"]["better"] == "good"
    assert compared["metrics"]["auroc"]["first"]["value"] == pytest.approx(
        last["metrics"]["auroc"]["value"]
    )
    assert "auroc: good is better than turned" in err
    written = json.loads((out / "evaluation.json").read_text())
    assert {k: v for k, v in written.items() if k != "pictures"} == last
    assert set(written["pictures"]) == PICTURES
    assert {file.stem for file in out.glob("*.svg")} == PICTURES
    for file in out.glob("*.svg"):
        root = ElementTree.parse(file).getroot()  # noqa: S314  (our own file)
        assert root.get("role") == "img"
        labels = root.get("aria-labelledby").split()
        assert [root.find(f"{SVG}title").get("id"), root.find(f"{SVG}desc").get("id")] == labels
        assert root.find(f"{SVG}desc").text.startswith("good")
        assert "http" not in file.read_text().replace("http://www.w3.org/2000/svg", "")
    roc = written["pictures"]["roc"]["good"]
    area = np.trapezoid(roc["true_positive_rate"], roc["false_positive_rate"])
    assert area == pytest.approx(last["metrics"]["auroc"]["value"], abs=1e-6)
    bins = written["pictures"]["reliability"]["good"]
    gaps = np.abs(np.subtract(bins["mean_probability"], bins["share_similar"]))
    assert np.average(gaps, weights=bins["n"]) == pytest.approx(last["metrics"]["ece"]["value"])


@pytest.mark.parametrize(
    ("target", "drawn", "missing", "why"),
    [
        (0.0, {"reliability", "scores"}, {"recall", "auroc", "average_precision"}, "is similar"),
        (1.0, PICTURES - {"roc"}, {"auroc"}, "sure label are similar"),
        (0.5, set(), set(METRICS), "no pair has a sure label"),
    ],
)
def test_what_one_class_leaves_undefined_is_null_and_explained(
    models, pairs, tmp_path, capsys, target, drawn, missing, why
):
    same = [replace(pair, target=target, reasons=()) for pair in pairs[:30]]
    data, out = write(tmp_path / "same.jsonl", same), tmp_path / "report"
    status, last, err = run(
        capsys, "--model", models / "good", "--data", data, "--output", out, "--compare",
        models / "turned",
    )  # fmt: skip
    assert status == 0
    assert missing <= {name for name, figure in last["metrics"].items() if figure is None}
    assert why in err
    assert {file.stem for file in out.glob("*.svg")} == drawn


def test_pairs_that_the_model_may_know_are_pointed_out(models, pairs, tmp_path, capsys):
    known = [replace(p, split=("train", "validation")[i % 2]) for i, p in enumerate(pairs)]
    data = write(tmp_path / "known.jsonl", known)
    _, _, err = run(capsys, "--model", models / "good", "--data", data)
    assert "60 pairs were marked for training" in err
    assert "60 pairs were marked for validation" in err


def test_nothing_to_judge_is_an_error_in_words(models, pairs, tmp_path, capsys):
    data = write(tmp_path / "pairs.jsonl", pairs)
    status, _, err = run(
        capsys, "--model", models / "good", "--data", data, "--split", "validation"
    )
    assert status == 1
    assert "no labelled pair of split validation" in err


def test_pairs_that_a_model_was_made_with_are_told_though_no_row_is_marked(
    make_examples, tiny_encoder, tmp_path, capsys
):
    known = [replace(pair, split=None) for pair in make_examples(120, 5)]
    new = [replace(pair, split=None) for pair in make_examples(60, 6, prefix="n")]
    for name, pairs in (("known", known), ("new", new), ("half", [*known[:60], *new])):
        write(tmp_path / f"{name}.jsonl", pairs)
    model, encoder = tmp_path / "model", str(tiny_encoder)
    arguments = ["--data", str(tmp_path / "known.jsonl"), "--output", str(model)]
    assert main(["train", "--recipe", "basic", "--encoder", encoder, *arguments]) == 0
    for name, least, most in (("known", 0.9, 1.0), ("half", 0.4, 0.5), ("new", 0.0, 0.0)):
        status, last, err = run(capsys, "--model", model, "--data", tmp_path / f"{name}.jsonl")
        assert status == 0
        assert least <= last["made_with"]["model"] <= most
        told = f"model was made with {last['made_with']['model']:.0%} of the pairs"
        assert (told in err) == (name != "new"), name
