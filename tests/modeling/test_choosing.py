"""The recipe "auto" keeps what validates best."""

from dataclasses import replace

from modeling.recipes import load_model, train


def test_the_recipe_that_validates_best_is_kept_and_all_figures_told(
    study, config, tmp_path, monkeypatch
):
    monkeypatch.setattr("modeling.choosing.MIN_UNIFIED_EXAMPLES", 50)
    quick = replace(config, epochs=1)
    result = train("auto", study, output=tmp_path / "m", config=quick)
    tried = result.metrics["tried"]
    assert tried.keys() == {"basic", "unified"}
    model = load_model(result.path)
    assert model.recipe == result.metrics["recipe"] == max(tried, key=tried.get)
    validated = result.metrics["validation"]["overall"]["auroc"]["value"]
    # Temperatures differ between variants, so that pairs of both may change places.
    assert abs(validated - max(tried.values())) < 0.05


def test_few_labels_are_not_spent_on_fine_tuning(study, config, tmp_path):
    result = train("auto", study, output=tmp_path / "m", config=config)
    assert result.metrics["tried"].keys() == {"basic"}
    assert load_model(result.path).recipe == "basic"
