"""The recipe "auto" keeps what validates best."""

from dataclasses import replace

import pytest

from modeling.recipes import load_model, train


@pytest.mark.parametrize("fusion", ["early", "late"])
def test_the_recipe_that_validates_best_is_kept_and_all_figures_told(
    fusion, study, config, tmp_path, monkeypatch
):
    monkeypatch.setattr("modeling.choosing.MIN_UNIFIED_EXAMPLES", 50)
    if fusion == "late":
        monkeypatch.setattr("modeling.choosing.MIN_LATE_FUSION_EXAMPLES", 60)
    quick = replace(config, epochs=1)
    result = train("auto", study, output=tmp_path / "m", config=quick)
    tried = result.metrics["tried"]
    assert tried.keys() == {"basic", "unified"}
    model = load_model(result.path)
    assert model.recipe == result.metrics["recipe"] == max(tried, key=tried.get)
    if model.recipe == "unified":
        assert model.manifest["config"]["fusion"] == fusion
    validated = result.metrics["validation"]["overall"]["auroc"]["value"]
    # Temperatures differ between variants, so that pairs of both may change places.
    assert abs(validated - max(tried.values())) < 0.05


def test_few_labels_are_not_spent_on_fine_tuning(study, config, tmp_path):
    result = train("auto", study, output=tmp_path / "m", config=config)
    assert result.metrics["tried"].keys() == {"basic"}
    assert load_model(result.path).recipe == "basic"


def test_with_thousands_of_labels_all_that_is_read_joins_by_late_fusion(
    study, config, tmp_path, monkeypatch
):
    figures = {"basic": 0.6, "unified": 0.7}
    shown = iter(figures.values())
    monkeypatch.setattr("modeling.choosing.MIN_UNIFIED_EXAMPLES", 50)
    monkeypatch.setattr("modeling.choosing.MIN_LATE_FUSION_EXAMPLES", 60)
    monkeypatch.setattr("modeling.choosing._auroc", lambda fitted, seed: next(shown))
    quick = replace(config, epochs=1, report_gap=True, image_encoder="perceptual")
    result = train("auto", study, output=tmp_path / "m", config=quick)
    assert result.metrics["tried"] == figures
    model = load_model(result.path)
    assert model.recipe == "unified"
    assert model.manifest["config"]["fusion"] == "late"
    read = model.variants["nt"].pair_features
    assert (read.report_gap, read.images is not None) == (True, True)


def test_without_similarities_there_is_nothing_to_fuse(study, config, tmp_path, monkeypatch):
    shown = iter([0.6, 0.7])
    monkeypatch.setattr("modeling.choosing.MIN_UNIFIED_EXAMPLES", 50)
    monkeypatch.setattr("modeling.choosing.MIN_LATE_FUSION_EXAMPLES", 60)
    monkeypatch.setattr("modeling.choosing._auroc", lambda fitted, seed: next(shown))
    alone = replace(config, epochs=1, similarities=False)
    result = train("auto", study, output=tmp_path / "m", config=alone)
    assert load_model(result.path).manifest["config"]["fusion"] == "early"
    assert result.metrics["tried"] == {"basic": 0.6, "unified": 0.7}
