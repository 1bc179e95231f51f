"""Late fusion: a judgement joins a network after its training."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from modeling.calibration import smoothed
from modeling.config import TrainingConfig
from modeling.models.fusion import Fusion
from modeling.models.unified_model import NetworkShape, UnifiedModel
from modeling.recipes import load_model, train


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def logits_of_two(rng, n=400):
    """Both know something of the truth, each something else."""
    targets = (rng.random(n) < 0.4).astype(float)
    network, basic = (2 * targets - 1 + rng.normal(0, s, n) for s in (1.5, 1.0))
    return network, basic, targets


def test_the_shares_have_the_least_log_loss_and_are_drawn_to_the_mean(rng):
    from scipy.optimize import minimize

    network, basic, targets = logits_of_two(rng, 60)
    weights = rng.uniform(0.5, 2.0, len(targets))
    found = Fusion.fit(network, basic, targets, weights)

    def loss(shares):
        total = 2.5 * ((shares[0] - 0.5) ** 2 + (shares[1] - 0.5) ** 2)
        for a, b, t, w in zip(network, basic, smoothed(targets), weights, strict=True):
            p = 1 / (1 + np.exp(-(shares[0] * a + shares[1] * b + shares[2])))
            total -= w * (t * np.log(p) + (1 - t) * np.log(1 - p))
        return total

    settings = {"xatol": 1e-7, "fatol": 1e-9, "maxiter": 5000}
    a, b, _ = minimize(loss, [0.5, 0.5, 0.0], method="Nelder-Mead", options=settings).x
    assert [found.network, found.basic] == pytest.approx([a / (a + b), b / (a + b)], abs=1e-3)


def test_a_network_that_is_wrong_has_no_say(rng):
    network, basic, targets = logits_of_two(rng)
    assert Fusion.fit(-network, basic, targets, np.ones(len(targets))).network == 0.0


def test_what_is_wrong_altogether_is_still_a_mean(rng):
    network, basic, targets = logits_of_two(rng, 4000)
    assert Fusion.fit(-network, -basic, targets, np.ones(len(targets))) == Fusion(0.5, 0.5)


def test_pairs_that_are_told_apart_perfectly_leave_both_a_say():
    targets = np.repeat([0.0, 1.0], 30)
    logits = 2 * targets - 1
    assert Fusion.fit(logits, logits, targets, np.ones(60)) == Fusion(0.5, 0.5)


def test_the_mixture_of_classes_in_validation_shifts_no_decision(rng):
    network, basic, targets = logits_of_two(rng, 4000)
    rare = np.flatnonzero((targets == 0) | (rng.random(4000) < 0.1))
    few = Fusion.fit(network[rare], basic[rare], targets[rare], np.ones(len(rare)))
    every = Fusion.fit(network, basic, targets, np.ones(4000))
    said = [f.network * network + f.basic * basic > 0 for f in (few, every)]
    assert np.mean(said[0] == said[1]) > 0.98


@pytest.mark.parametrize("pairs", [0, 3])
def test_with_hardly_a_pair_it_is_near_the_mean(pairs):
    logits = np.linspace(-1, 1, pairs)
    found = Fusion.fit(logits, logits, np.zeros(pairs), np.ones(pairs))
    assert [found.network, found.basic] == pytest.approx([0.5, 0.5], abs=0.1)


@pytest.mark.parametrize("masked", [False, True])
def test_a_fused_network_gives_the_weighed_sum_of_both_logits(masked, tiny_encoder, rng):
    shape = NetworkShape(("title", "description"), scalars=3 if masked else 1, masked=masked)
    network = UnifiedModel.pretrained(shape, tiny_encoder)
    features = {
        t: torch.tensor(rng.normal(size=(6, 1)), dtype=torch.float32) for t in shape.text_types
    }
    channel = torch.tensor([[0.0], [1.0]] * 3)
    missing = torch.tensor([[0.0, 1.0], [0.0, 0.0]] * 3) if masked else torch.empty(6, 0)
    basic = torch.tensor(rng.normal(size=(6, 1)), dtype=torch.float32)
    none = torch.zeros(6, 0)
    with torch.inference_mode():
        own = network.join(features, torch.cat([channel, missing], 1), none)
        fused = Fusion(0.3, 0.7).apply(network)
        found = fused.join(features, torch.cat([channel, basic, missing], 1), none)
    assert found.numpy() == pytest.approx((0.3 * own + 0.7 * basic[:, 0]).numpy(), abs=1e-5)


def test_what_the_basic_model_knows_is_there_though_the_network_learned_nothing(
    study, config, tmp_path
):
    idle = replace(config, epochs=1, learning_rate=1e-12)
    figures = {}
    for name, settings in {"alone": {"similarities": False}, "late": {"fusion": "late"}}.items():
        result = train("unified", study, output=tmp_path / name, config=replace(idle, **settings))
        figures[name] = result.metrics["test"]["overall"]["auroc"]["value"]
    assert figures["late"] > figures["alone"] + 0.05
    described = load_model(tmp_path / "late").manifest["variants"]
    assert all(v["training"]["fusion"]["basic"] > 0 for v in described.values())


def test_late_fusion_without_what_it_joins_is_refused():
    with pytest.raises(ValueError, match="late fusion joins the similarities"):
        TrainingConfig(fusion="late", similarities=False)


def test_the_second_version_has_early_fusion_alone(study, config, tmp_path):
    late = replace(config, fusion="late")
    with pytest.raises(ValueError, match="late fusion is not for recipe unified-v2"):
        train("unified-v2", study, output=tmp_path / "m", config=late)


@pytest.mark.parametrize("masked", [False, True])
def test_a_stored_model_of_late_fusion_judges_as_the_trained_one(masked, study, config, tmp_path):
    settings = replace(config, epochs=1, fusion="late", missing_masks=masked)
    result = train("unified", study, output=tmp_path / "m", config=settings)
    test = [e for e in study if e.split == "test"]
    judged = np.array([p.probability for p in load_model(result.path).predict(test)])
    brier = np.mean((judged - np.array([e.target for e in test])) ** 2)
    assert brier == pytest.approx(result.metrics["test"]["overall"]["brier"]["value"], abs=1e-5)
