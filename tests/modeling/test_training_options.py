"""What the settings of a training run change, and what they leave as it is."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from modeling.config import TrainingConfig
from modeling.dataset import Splits, balanced
from modeling.hub import VideoSimilarityModel
from modeling.recipes import load_model, train
from modeling.schema import PairExample, VideoText

labels = st.lists(
    st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.sampled_from([0.5, 1.0, 3.0])),
    min_size=2,
    max_size=30,
).filter(lambda ls: any(t > 0 for t, _ in ls) and any(t < 1 for t, _ in ls))


def labelled(targets_and_weights):
    return [
        PairExample(f"p{i}", VideoText("a"), VideoText("b"), target, weight)
        for i, (target, weight) in enumerate(targets_and_weights)
    ]


@given(labels, st.floats(0.01, 0.99))
@settings(max_examples=100, deadline=None)
def test_balanced_classes_have_half_of_the_loss_each(rows, p):
    before = labelled(rows)
    after = balanced(Splits(tuple(before), (), (), {})).train
    similar, whole = (
        sum(e.weight * e.target for e in before),
        sum(e.weight for e in before),
    )
    loss = sum(-e.weight * (e.target * np.log(p) + (1 - e.target) * np.log(1 - p)) for e in after)
    expected = sum(
        -e.weight
        * (
            e.target * np.log(p) * whole / (2 * similar)
            + (1 - e.target) * np.log(1 - p) * whole / (2 * (whole - similar))
        )
        for e in before
    )
    assert loss == pytest.approx(expected)
    assert sum(e.weight for e in after) == pytest.approx(whole)
    assert sum(e.weight * e.target for e in after) == pytest.approx(whole / 2)


def test_balancing_equal_counts_changes_nothing():
    examples = labelled([(1.0, 1.0), (0.0, 1.0), (1.0, 1.0), (0.0, 1.0)])
    splits = Splits(tuple(examples), (), (), {})
    assert balanced(splits) == splits
    assert splits.shift == 0.0


@pytest.mark.parametrize("classifier", ["stacked", "logistic"])
def test_balanced_classes_leave_probabilities_that_mean_what_they_say(
    classifier, make_examples, config, tmp_path
):
    rng = np.random.default_rng(0)

    def rare_and_uncertain(examples):
        kept = [e for e in examples if e.target == 0.0 or rng.random() < 0.35]
        return [replace(e, target=1 - e.target) if rng.random() < 0.2 else e for e in kept]

    examples = rare_and_uncertain(make_examples(1500, 1))
    test = rare_and_uncertain(make_examples(1500, 2, split="test", prefix="t"))
    figures = {}
    for balance in (False, True):
        chosen = replace(config, classifier=classifier, balance_classes=balance)
        result = train("basic", [*examples, *test], output=tmp_path / f"{balance}", config=chosen)
        figures[balance] = result.metrics["test"]["overall"]
        copied = VideoSimilarityModel(load_model(result.path)).save_pretrained(tmp_path / "copy")
        said = list(VideoSimilarityModel.from_pretrained(copied).model.predict(test))
        similar = np.mean([pair.target for pair in test])
        assert np.mean([p.probability for p in said]) == pytest.approx(similar, abs=0.04)
    plain, balanced = figures[False], figures[True]
    assert balanced["ece"]["value"] < plain["ece"]["value"] + 0.03
    assert balanced["brier"]["value"] == pytest.approx(plain["brier"]["value"], abs=0.005)


@pytest.mark.parametrize("recipe", ["basic", "unified"])
def test_what_balancing_adds_is_taken_off_where_too_few_pairs_are_there_to_calibrate_on(
    recipe, make_examples, config, tmp_path
):
    examples = [e for i, e in enumerate(make_examples(90, 3)) if e.target == 0.0 or i % 3 == 0]
    chosen = replace(config, balance_classes=True, epochs=1)
    result = train(recipe, examples, output=tmp_path / "m", config=chosen)
    calibration = load_model(result.path).calibration["nt"]
    counts = result.metrics["counts"]
    odds = counts["train_not_similar"] / counts["train_similar"]
    assert (calibration.temperature, calibration.fitted_on) == (1.0, 0)
    assert calibration.shift == pytest.approx(np.log(odds))
    assert calibration.shift > 0.5


def test_soft_labels_are_counted_as_they_were_before_balancing(make_examples, config, tmp_path):
    softened = [
        replace(e, target=0.9 * e.target + 0.3 * (1 - e.target)) if i % 2 else e
        for i, e in enumerate(make_examples(120, 3))
    ]
    softened[::7] = [replace(e, target=0.5) for e in softened[::7]]
    rare = [e for i, e in enumerate(softened) if e.target <= 0.5 or i % 4 == 0]
    plain, balanced = (
        train("basic", rare, output=tmp_path / f"{balance}", config=replace(
            config, balance_classes=balance)).metrics["counts"]
        for balance in (False, True)
    )  # fmt: skip
    assert balanced == plain


def weights(result, name="nt"):
    return load_file(result.path / f"{name}.safetensors")


def without_dropout(encoder, folder):
    shutil.copytree(encoder, folder)
    described = json.loads((folder / "config.json").read_text())
    described |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(described))
    return str(folder)


def test_a_batch_in_parts_trains_the_same_model_as_a_whole_one(study, config, tmp_path):
    # Dropout's draws depend on how a batch is cut, so there is none here.
    encoder = without_dropout(config.encoder, tmp_path / "encoder")
    settled = replace(config, encoder=encoder, epochs=1, precision="fp32")
    whole, parts = (
        weights(
            train(
                "unified",
                study[:60],
                output=tmp_path / f"{n}",
                config=replace(settled, accumulation=n),
            )
        )
        for n in (1, 4)
    )
    assert whole.keys() == parts.keys()
    for name, values in whole.items():
        np.testing.assert_allclose(values, parts[name], atol=1e-5, err_msg=name)


def test_frozen_encoders_leave_everything_but_the_heads_as_it_came(study, config, tmp_path):
    untouched = load_file(f"{config.encoder}/model.safetensors")
    frozen = replace(config, epochs=1, freeze="encoders", learning_rate=1e-3)
    trained = weights(train("unified", study[:60], output=tmp_path / "m", config=frozen))
    layers = [n for n in untouched if ".layer." in n or n.startswith("embeddings.")]
    assert layers
    for name in layers:
        np.testing.assert_array_equal(trained[f"encoders.title.bert.{name}"], untouched[name])
    free = weights(
        train("unified", study[:60], output=tmp_path / "f", config=replace(frozen, freeze="words"))
    )
    words = "embeddings.word_embeddings.weight"
    np.testing.assert_array_equal(free[f"encoders.title.bert.{words}"], untouched[words])
    assert any((free[f"encoders.title.bert.{n}"] != untouched[n]).any() for n in layers)


def test_training_stops_after_so_many_epochs_without_a_better_one(study, config, tmp_path):
    # With a rate that changes nothing the first epoch stays the best but for ties, which count as
    # better: so let it diverge instead.
    config = replace(config, epochs=12, patience=1, learning_rate=0.5, precision="fp32")
    result = train("unified", study[:100], output=tmp_path / "m", config=config)
    report = load_model(result.path).variants["nt"].report
    assert report["steps"] < 12 * 7
    assert report["best_step"] < report["steps"]


def test_a_training_that_diverges_keeps_what_it_began_with(study, config, tmp_path):
    wild = replace(config, learning_rate=1e30, epochs=2)
    result = train("unified", study, output=tmp_path / "m", config=wild)
    assert load_model(result.path).manifest["variants"]["nt"]["training"]["best_step"] == 0
    assert result.metrics["validation"]["overall"]["auroc"]["value"] > 0.5


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"freeze": "all"}, "freeze must be one of words, encoders, nothing, not 'all'"),
        ({"precision": "fp8"}, "precision must be one of auto, fp32, bf16"),
        ({"accumulation": 0}, "accumulation must be at least 1"),
        ({"learning_rate": -1.0}, "learning_rate must be positive"),
        ({"patience": 0}, "patience must be at least 1"),
        ({"max_length": 2}, "max_length must be at least 5, not 2"),
        ({"seed": -1}, "seed must be within 0 and 4294967295, not -1"),
    ],
)
def test_an_impossible_setting_is_refused_by_name(wrong, said):
    with pytest.raises(ValueError, match=said):
        TrainingConfig(**wrong)
