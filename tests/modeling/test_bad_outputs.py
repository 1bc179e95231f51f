"""An output that cannot be written, or would hold nothing, is told before the work."""

import pytest

from modeling.recipes import load_model
from tests.modeling.commands import NT, PAIR, refused, write


@pytest.mark.parametrize("output", ["data.jsonl", "data.jsonl/model", "photos"])
def test_a_place_where_no_model_can_go_is_told_before_training(
    tmp_path, capsys, data, output, monkeypatch
):
    import modeling.dataset

    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")
    monkeypatch.setattr(modeling.dataset, "prepare_splits", None)  # the first thing of the work
    told = refused(
        capsys, "train", "--data", data, "--recipe", "basic", "--output", tmp_path / output
    )
    assert str(tmp_path / output) in told


@pytest.mark.parametrize("option", [("--features", "study"), ("--classifier", "boosting")])
def test_a_setting_that_the_recipe_does_not_read_is_told(tmp_path, capsys, data, option):
    told = refused(
        capsys, "train", "--data", data, "--recipe", "unified", "--output", tmp_path / "m", *option
    )
    assert f"{option[0]}: recipe unified does not read it" in told


@pytest.mark.parametrize("recipe", ["basic", "unified-v2"])
def test_late_fusion_of_what_is_not_fused_is_told(tmp_path, capsys, data, recipe):
    told = refused(
        capsys, "train", "--data", data, "--recipe", recipe, "--output", tmp_path / "m",
        "--fusion", "late",
    )  # fmt: skip
    assert f"--fusion late: recipe {recipe} does not read it" in told


@pytest.mark.parametrize("output", ["data.jsonl", "data.jsonl/figures"])
def test_a_place_where_no_figures_can_go_is_told_before_evaluating(tmp_path, capsys, data, output):
    # There is no model either: what is looked at first is what is told.
    told = refused(
        capsys, "evaluate", "--data", data, "--model", tmp_path / "none",
        "--output", tmp_path / output,
    )  # fmt: skip
    assert "is not a folder" in told


@pytest.mark.parametrize("size", [0, -1])
def test_batches_of_no_pairs_lose_none(tmp_path, capsys, there, size):
    source = write(tmp_path / "in.jsonl", PAIR)
    told = refused(
        capsys, "predict", "--model", NT, "--input", source, "--output", there,
        "--batch-size", size,
    )  # fmt: skip
    assert f"batch_size must be at least 1, not {size}" in told
    assert there.read_text() == "precious"
    with pytest.raises(ValueError, match="batch_size"):
        list(load_model(NT).predict([], batch_size=size))
