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
from modeling.dataset import balanced
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
    before, after = labelled(rows), balanced(labelled(rows))
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
    assert balanced(examples) == tuple(examples)


def test_balancing_raises_the_recall_of_a_rare_class(make_examples, config, tmp_path):
    examples = [e for i, e in enumerate(make_examples(300, 3)) if e.target == 0.0 or i % 6 == 0]
    recalls = {}
    for balance in (False, True):
        chosen = replace(config, balance_classes=balance)
        result = train("basic", examples, output=tmp_path / f"{balance}", config=chosen)
        recalls[balance] = result.metrics["validation"]["overall"]["recall"]["value"]
    assert recalls[True] >= recalls[False]


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
    from modeling.recipes import load_model

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
