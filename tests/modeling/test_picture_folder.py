"""The folder that `evaluate` writes to: this evaluation's files, all of them or none."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from modeling.calibration import Calibration
from modeling.errors import ArtefactError, ModelingError
from modeling.evaluation.folder import require_writable, write
from modeling.evaluation.judgements import Judgements
from modeling.evaluation.pictures import NAMES, draw
from modeling.evaluation.report import report
from tests.modeling.commands import NT, labelled, refused, run
from tests.modeling.commands import write as write_rows

FITTED = Calibration(threshold=0.42, fitted_on=60)
BOTH_CLASSES, FILES = [1, 1, 0, 0], {"evaluation.json", *(f"{name}.svg" for name in NAMES)}


def judged(targets, said=(0.9, 0.45, 0.4, 0.1), **calibration):
    calibration = calibration or {"nt": Calibration()}
    variants = tuple(list(calibration)[i % len(calibration)] for i in range(len(targets)))
    numbers = np.asarray(said), np.asarray(targets, dtype=float)
    return Judgements([], *numbers, variants, calibration, np.arange(len(targets)))


def reported(judgements, monkeypatch):
    """What `write` and `draw` take; these judgements are of no pairs to be broken down."""
    monkeypatch.setattr("modeling.evaluation.report.breakdown", lambda judged, seed: {})
    return report(judgements, name="m"), [("m", judgements)]


def there(folder):
    return {path.name for path in folder.iterdir()}


def test_pictures_of_an_earlier_evaluation_do_not_stay(tmp_path, monkeypatch):
    write(tmp_path, *reported(judged(BOTH_CLASSES), monkeypatch))
    for name in ("notes.txt", "own.svg"):
        (tmp_path / name).write_text("mine")
    assert there(tmp_path) == FILES | {"notes.txt", "own.svg"}
    write(tmp_path, *reported(judged([1, 1, 1, 1]), monkeypatch))
    assert there(tmp_path) == FILES - {"roc.svg"} | {"notes.txt", "own.svg"}
    assert "roc" not in json.loads((tmp_path / "evaluation.json").read_text())["pictures"]
    write(tmp_path, *reported(judged([0.5] * 4), monkeypatch))
    assert there(tmp_path) == {"evaluation.json", "notes.txt", "own.svg"}


def test_what_fails_midway_leaves_the_earlier_evaluation_as_it_was(tmp_path, monkeypatch):
    write(tmp_path, *reported(judged(BOTH_CLASSES), monkeypatch))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    later = reported(judged([1, 0, 1, 0]), monkeypatch)
    write_text = Path.write_text

    def full(path, *arguments, **options):
        if path.name.endswith("evaluation.json"):
            raise OSError("no space left on device")
        return write_text(path, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ModelingError, match="no space"):
        write(tmp_path, *later)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["evaluation.json", "roc.svg"])
def test_a_folder_in_the_place_of_a_file_is_told_before_anything_is_written(tmp_path, capsys, name):
    data = write_rows(tmp_path / "rows.jsonl", *labelled(4, 1), *labelled(4, 0))
    out = tmp_path / "out"
    (out / name).mkdir(parents=True)
    (out / "scores.svg").write_text("earlier")
    told = refused(capsys, "evaluate", "--model", NT, "--data", data, "--output", out)
    assert f"{out / name} is a folder, where a file is to be written" in told
    assert (out / "scores.svg").read_text() == "earlier"
    with pytest.raises(ArtefactError, match="is not a folder"):
        require_writable(data / "within")


def test_a_figure_that_only_the_chosen_threshold_leaves_undefined_is_explained(monkeypatch):
    strict = judged(BOTH_CLASSES, nt=replace(FITTED, threshold=0.95))
    found, _ = reported(strict, monkeypatch)
    assert found["metrics"]["precision"] is not None
    assert found["at_threshold"]["precision"] is None
    assert found["undefined"] == [
        "precision at the threshold is undefined: the model calls no pair similar"
    ]
    found, _ = reported(judged([0, 0, 0, 0], said=[0.1] * 4), monkeypatch)
    assert any(s.startswith("f1 at 0.5 and at the threshold is undef") for s in found["undefined"])


def drawn_thresholds(calibration, monkeypatch):
    pictures = draw(*reported(judged(BOTH_CLASSES, **calibration), monkeypatch))
    return {name: svg for name, (svg, _) in pictures.items()}


def test_a_threshold_that_nobody_fitted_is_not_called_chosen(monkeypatch):
    plain = drawn_thresholds({"nt": Calibration()}, monkeypatch)
    assert "by default (nt 0.50)" in plain["thresholds"]
    assert not any("chosen" in svg or "at the threshold" in svg for svg in plain.values())
    assert "at 0.5" in plain["roc"]
    fitted = drawn_thresholds({"nt": FITTED}, monkeypatch)
    assert "chosen on validation (nt 0.42)" in fitted["thresholds"]
    assert "by default" not in fitted["thresholds"]
    assert "at the threshold (nt 0.42)" in fitted["roc"]
    mixed = drawn_thresholds({"nt": FITTED, "wt": Calibration()}, monkeypatch)
    assert "chosen on validation (nt 0.42)" in mixed["thresholds"]
    assert "by default (wt 0.50)" in mixed["thresholds"]
    assert "at the threshold (nt 0.42, wt 0.50)" in mixed["precision_recall"]


def test_a_published_models_threshold_is_not_called_chosen(tmp_path, capsys):
    data = write_rows(tmp_path / "rows.jsonl", *labelled(4, 1), *labelled(4, 0))
    out = tmp_path / "out"
    status, _, _ = run(capsys, "evaluate", "--model", NT, "--data", data, "--output", out)
    assert status == 0
    assert "by default (nt 0.50)" in (out / "thresholds.svg").read_text()
