"""The recipe "auto" keeps what validates best."""

from dataclasses import replace

import numpy as np
import pytest

from modeling.choosing import fit_best
from modeling.dataset import Splits
from modeling.prediction import Fitted
from modeling.progress import Ticker
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
    assert validated == tried[model.recipe]


class Says:
    """A variant whose logits are what is known of a pair, times how sure it is of itself."""

    def __init__(self, known, sureness):
        self.known, self.sureness = known, sureness

    def logits(self, pairs, **_):
        return self.sureness * np.array([self.known[pair.pair_id] for pair in pairs])


def test_recipes_are_compared_as_they_would_be_stored_however_sure_their_variants_are(
    make_examples, config, monkeypatch
):
    rng = np.random.default_rng(0)
    splits = Splits((), tuple(make_examples(400, 1, transcripts=0.5)), (), {})

    def fitted(noise, nt, wt):
        known = {e.pair_id: 2 * e.target - 1.6 + noise * rng.normal() for e in splits.validation}
        return Fitted({"nt": Says(known, nt), "wt": Says(known, wt)}, splits, None)

    better, plainer = fitted(0.95, 0.4, 2.5), fitted(1.08, 1.0, 1.0)
    monkeypatch.setattr("modeling.choosing.MIN_UNIFIED_EXAMPLES", 0)
    monkeypatch.setattr("modeling.choosing.basic.fit", lambda *_, **__: plainer)
    monkeypatch.setattr("modeling.choosing.unified.fit", lambda *_, **__: better)
    choice = fit_best(splits, config, ticker=Ticker(), started=0.0)
    assert choice.recipe == "unified"
    assert choice.tried["unified"] > choice.tried["basic"] > 0.9


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
