"""The recipe "auto" keeps what validates best."""

from dataclasses import replace

from modeling.recipes import load_model, train


def test_the_recipe_that_validates_best_is_kept_and_all_figures_told(
    study, config, tmp_path, monkeypatch
):
    monkeypatch.setattr("modeling.choosing.MIN_UNIFIED_EXAMPLES", 50)
    monkeypatch.setattr("modeling.choosing.MIN_LATE_FUSION_EXAMPLES", 60)
    quick = replace(config, epochs=1)
    result = train("auto", study, output=tmp_path / "m", config=quick)
    tried = result.metrics["tried"]
    assert tried.keys() == {"basic", "unified", "unified, late fusion"}
    model = load_model(result.path)
    best = max(tried, key=tried.get)
    assert model.recipe == result.metrics["recipe"] == best.split(",")[0]
    late = model.manifest["config"]["fusion"] == "late"
    assert late == (best == "unified, late fusion")
    validated = result.metrics["validation"]["overall"]["auroc"]["value"]
    # Temperatures differ between variants, so that pairs of both may change places.
    assert abs(validated - max(tried.values())) < 0.05


def test_few_labels_are_not_spent_on_fine_tuning(study, config, tmp_path):
    result = train("auto", study, output=tmp_path / "m", config=config)
    assert result.metrics["tried"].keys() == {"basic"}
    assert load_model(result.path).recipe == "basic"


def test_late_fusion_is_kept_where_it_validates_best(study, config, tmp_path, monkeypatch):
    figures = {"basic": 0.6, "unified": 0.7, "unified, late fusion": 0.8}
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
