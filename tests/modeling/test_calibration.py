import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from sklearn.linear_model import LogisticRegression

from modeling.calibration import (
    Calibration,
    best_threshold,
    fit_calibration,
    fit_temperature,
    sigmoid,
    smoothed,
)
from modeling.evaluation import evaluate
from modeling.recipes import ArtefactError, load_model, train


def overconfident(n, factor, seed=0):
    """Logits `factor` times too large, and labels as the true probabilities have it."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(0, 2, n)
    return factor * honest, (rng.random(n) < sigmoid(honest)).astype(float)


@pytest.mark.parametrize("factor", [0.4, 1.0, 3.0])
def test_the_temperature_undoes_what_logits_exaggerate(factor):
    logits, targets = overconfident(20_000, factor)
    assert fit_temperature(logits, targets) == pytest.approx(factor, rel=0.05)


def test_the_temperature_is_that_of_a_logistic_regression_without_intercept():
    logits, targets = overconfident(300, 2.5, seed=1)
    goal = smoothed(targets)
    regression = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=1000)
    twice = np.r_[logits, logits][:, None]
    regression.fit(twice, np.repeat([1, 0], 300), sample_weight=np.r_[goal, 1 - goal])
    expected = 1 / regression.coef_[0, 0]
    assert fit_temperature(logits, targets) == pytest.approx(expected, rel=1e-4)


def test_calibration_lowers_log_loss_and_calibration_error_and_leaves_auroc():
    logits, targets = overconfident(4000, 4.0)
    calibration = fit_calibration(logits[:2000], targets[:2000])
    raw, scaled = sigmoid(logits[2000:]), sigmoid(logits[2000:] / calibration.temperature)
    before = evaluate(raw, targets[2000:], resamples=0)
    after = evaluate(scaled, targets[2000:], resamples=0)
    assert after["ece"]["value"] < 0.5 * before["ece"]["value"]
    assert sk.log_loss(targets[2000:], scaled) < sk.log_loss(targets[2000:], raw)
    assert after["auroc"] == pytest.approx(before["auroc"], nan_ok=True)
    assert calibration.fitted_on == 2000


def test_pairs_told_apart_perfectly_do_not_become_certain():
    targets = np.repeat([0.0, 1.0], 30)
    calibration = fit_calibration(np.where(targets > 0, 8.0, -8.0), targets)
    assert 0.9 < sigmoid(np.array([8.0 / calibration.temperature]))[0] < 0.99


def test_soft_labels_pull_the_probabilities_towards_them():
    logits, hard = overconfident(5000, 1.0)
    assert fit_temperature(logits, 0.5 + 0.4 * (hard - 0.5)) > 1.5


@pytest.mark.parametrize(
    "targets", [[], [1.0] * 100, [0.0] * 100, [0.5] * 100, [1.0] * 4 + [0.0] * 96, [1.0, 0.0] * 9]
)
def test_too_little_to_calibrate_on_changes_nothing_and_says_so(targets):
    found = fit_calibration(np.linspace(-1, 1, len(targets)), np.array(targets))
    assert (found.temperature, found.threshold, found.fitted_on) == (1.0, 0.5, 0)
    assert "not calibrated" in found.note


probabilities = st.one_of(
    st.sampled_from([0.0, 0.2, 0.5, 0.5000000000000001, 1.0]), st.floats(0, 1)
)


@given(st.lists(st.tuples(probabilities, st.sampled_from([0.0, 0.5, 1.0])), min_size=1))
@settings(max_examples=80, deadline=None)
def test_no_threshold_has_a_higher_f1_than_the_one_chosen(cases):
    p, t = (np.array(column) for column in zip(*cases, strict=True))
    if not (t == 1.0).any():
        return
    p, y = p[t != 0.5], t[t != 0.5]

    def f1(threshold):
        return sk.f1_score(y, p >= threshold, zero_division=0)

    chosen = best_threshold(p, y)
    assert best_threshold(*(np.array(column) for column in zip(*cases, strict=True))) == chosen
    assert f1(chosen) == pytest.approx(max(f1(threshold) for threshold in [0.0, *p]))


def test_of_equally_good_thresholds_the_one_nearest_to_a_half_is_chosen():
    # From 0.9 on: F1 2/3. From 0.6 on: 1/2. From 0.1 on, that is for all: 2/3 as well.
    p, t = np.array([0.9, 0.7, 0.6, 0.1]), np.array([1.0, 0.0, 0.0, 1.0])
    assert best_threshold(p, t) == pytest.approx(0.8)
    assert best_threshold(np.array([0.8, 0.3]), np.array([1.0, 0.0])) == pytest.approx(0.55)
    assert best_threshold(np.array([0.8, 0.3]), np.array([1.0, 1.0])) == 0.0


@pytest.fixture
def hard_study(make_examples):
    """As `study`, one label in five wrong, so that certainty does not pay."""
    examples = [
        *make_examples(150, 1, transcripts=0.5),
        *make_examples(120, 3, transcripts=0.5, split="validation", prefix="w"),
        *make_examples(60, 2, transcripts=0.5, split="test", prefix="t"),
    ]
    wrong = np.random.default_rng(0).random(len(examples)) < 0.2
    turned = zip(examples, wrong, strict=True)
    return [replace(e, target=1 - e.target) if w else e for e, w in turned]


def test_a_stored_model_keeps_its_calibration_and_predicts_with_it(hard_study, config, tmp_path):
    stored = train("basic", hard_study, output=tmp_path / "m", config=config)
    kept = json.loads((stored.path / "manifest.json").read_text())["calibration"]
    assert set(kept) == {"nt", "wt"}
    model, raw = load_model(stored.path), load_model(stored.path)
    raw.calibration = dict.fromkeys(raw.variants, Calibration())
    validation = [e for e in hard_study if e.split == "validation"]
    predicted, unscaled = (list(m.predict(validation)) for m in (model, raw))
    for name in ("nt", "wt"):
        here = [i for i, p in enumerate(predicted) if p.variant == name]
        logits = np.array([unscaled[i].logit for i in here])
        expected = fit_calibration(logits, np.array([validation[i].target for i in here]))
        assert kept[name]["fitted_on"] == len(here)
        assert kept[name]["temperature"] == pytest.approx(expected.temperature, rel=1e-3)
        assert kept[name]["temperature"] != 1.0
        scaled = [predicted[i].logit * kept[name]["temperature"] for i in here]
        assert scaled == pytest.approx(logits.tolist(), abs=1e-3)
        assert model.calibration[name] == Calibration(**kept[name])
    for p in predicted:
        assert p.probability == pytest.approx(1 / (1 + np.exp(-p.logit)))
    assert stored.metrics["at_threshold"]["validation"]["f1"]["value"] >= (
        stored.metrics["validation"]["overall"]["f1"]["value"] - 0.05
    )


def test_a_model_without_a_calibration_says_what_its_variants_say(study, config, tmp_path):
    stored = train("basic", study, output=tmp_path / "m", config=config)
    file = stored.path / "manifest.json"
    manifest = json.loads(file.read_text())
    del manifest["calibration"]
    file.write_text(json.dumps(manifest))
    assert set(load_model(stored.path).calibration.values()) == {Calibration()}
    for damaged in ({"nt": {"temperature": 0.0}}, {"nt": {"temper": 1.0}}, {"nt": "1"}, 3):
        file.write_text(json.dumps(manifest | {"calibration": damaged}))
        with pytest.raises(ArtefactError, match=r"manifest.json: the manifest.s calibration"):
            load_model(stored.path)
