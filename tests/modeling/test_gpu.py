"""The same training on a CUDA device; skipped, saying so, on a machine without one."""

from dataclasses import replace

import pytest
import torch

from modeling.recipes import load_model, train

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device"),
]


@pytest.mark.parametrize("recipe", ["basic", "unified"])
def test_a_model_trained_on_a_gpu_predicts_the_same_on_a_cpu(recipe, study, config, tmp_path):
    on_gpu = train(recipe, study, output=tmp_path / "m", config=replace(config, device="cuda"))
    test = [e for e in study if e.split == "test"]
    model = load_model(on_gpu.path)
    probabilities = [p.probability for p in model.predict(test)]
    right = [(p >= 0.5) == (e.target > 0.5) for p, e in zip(probabilities, test, strict=True)]
    assert sum(right) / len(right) == pytest.approx(
        on_gpu.metrics["test"]["overall"]["accuracy"]["value"], abs=0.05
    )


@pytest.mark.parametrize(("engine", "within"), [("exact", 1e-5), ("fast", 0.02)])
def test_pairs_are_scored_on_a_gpu_as_on_a_cpu(engine, within, study, config, tmp_path):
    trained = train("unified", study, output=tmp_path / "m", config=replace(config, device="cuda"))
    model = load_model(trained.path)
    found = [p.probability for p in model.predict(study, engine=engine)]
    assert model.variants["nt"].scorer.picker.last.startswith("torch")
    for variant in model.variants.values():
        variant.module.cpu()
    on_cpu = {n: replace(v, device="cpu") for n, v in model.variants.items()}
    model.variants.update(on_cpu)
    expected = [p.probability for p in model.predict(study, engine="torch-f32")]
    assert found == pytest.approx(expected, abs=within)
