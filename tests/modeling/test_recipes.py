"""Training, storing, loading and predicting, for both recipes on a tiny encoder."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from modeling.recipes import (
    ArtefactError,
    NotEnoughData,
    TrainingConfig,
    load_model,
    train,
)

recipes = pytest.mark.parametrize("recipe", ["basic", "unified"])


def without_interval(metrics, split, group):
    return {k: v and v["value"] for k, v in metrics[split][group].items()}


@recipes
def test_a_stored_model_predicts_as_the_trained_one_was_judged(recipe, study, config, tmp_path):
    result = train(recipe, study, output=tmp_path / "model", config=config)
    assert result.variants == ("nt", "wt")
    assert result.metrics["counts"]["test"] == 40
    model = load_model(result.path, sha256=result.sha256)
    assert model.recipe == recipe
    test = [e for e in study if e.split == "test"]
    predictions = list(model.predict(test))
    assert [p.pair_id for p in predictions] == [e.pair_id for e in test]
    right = np.mean(
        [(p.probability >= 0.5) == (e.target > 0.5) for p, e in zip(predictions, test, strict=True)]
    )
    assert right == pytest.approx(result.metrics["test"]["overall"]["accuracy"]["value"])
    for p in predictions:
        assert p.probability == pytest.approx(1 / (1 + np.exp(-p.logit)))
    json.dumps(result.metrics, allow_nan=False)


@recipes
def test_pairs_with_both_transcripts_are_routed_to_wt(recipe, study, config, tmp_path):
    model = load_model(train(recipe, study, output=tmp_path / "m", config=config).path)
    test = [e for e in study if e.split == "test"]
    routes = {p.pair_id: p.variant for p in model.predict(test)}
    assert routes == {e.pair_id: "wt" if e.has_transcripts else "nt" for e in test}
    assert set(routes.values()) == {"nt", "wt"}


def test_without_enough_transcripts_nt_judges_everything(make_examples, config, tmp_path):
    few = make_examples(100, 3, transcripts=0.1)
    result = train("basic", few, output=tmp_path / "m", config=config)
    assert result.variants == ("nt",)
    model = load_model(result.path)
    assert {p.variant for p in model.predict(few)} == {"nt"}
    assert without_interval(result.metrics, "validation", "wt")["auroc"] is None


@recipes
def test_the_order_and_batches_of_prediction_do_not_matter(recipe, study, config, tmp_path):
    model = load_model(train(recipe, study, output=tmp_path / "m", config=config).path)
    once = {p.pair_id: p.logit for p in model.predict(study)}
    turned = {p.pair_id: p.logit for p in model.predict(iter(study[::-1]), batch_size=7)}
    assert turned == pytest.approx(once, abs=2e-3)
    assert list(model.predict([])) == []


def test_prediction_streams(study, config, tmp_path):
    model = load_model(train("basic", study, output=tmp_path / "m", config=config).path)
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield study[0]

    predictions = model.predict(endless(), batch_size=2)
    assert next(predictions).pair_id == study[0].pair_id
    assert len(taken) <= 64


@recipes
def test_the_same_seed_gives_the_same_model(recipe, study, config, tmp_path):
    logits = []
    for name in ("a", "b"):
        path = train(recipe, study, output=tmp_path / name, config=config).path
        logits.append([p.logit for p in load_model(path).predict(study[:20])])
    assert logits[0] == pytest.approx(logits[1], abs=1e-6)


def test_the_basic_model_learns_what_cosines_can_tell(make_examples, config, tmp_path):
    examples = [*make_examples(300, 5), *make_examples(100, 6, split="test", prefix="t")]
    result = train("basic", examples, output=tmp_path / "m", config=config)
    assert result.metrics["test"]["overall"]["auroc"]["value"] > 0.8


def test_the_unified_model_learns_what_only_reading_can_tell(make_examples, config, tmp_path):
    # Similar when the recommended video is about chess: no cosine or channel gives that away.
    examples = [
        replace(e, target=float(e.right.channel.startswith("chess")))
        for e in [*make_examples(300, 5), *make_examples(100, 6, split="test", prefix="t")]
    ]
    # Random weights have further to go than a trained encoder.
    faster = replace(config, learning_rate=1e-3, epochs=8)
    result = train("unified", examples, output=tmp_path / "m", config=faster)
    assert result.metrics["test"]["overall"]["auroc"]["value"] > 0.9


@pytest.mark.parametrize(
    ("recipe", "fusion"),
    [("basic", "early"), ("unified", "early"), ("unified", "late"), ("unified-v2", "early"),
     ("auto", "early")],
)  # fmt: skip
def test_pairs_of_one_video_that_leave_none_to_hold_out_are_all_learnt_from(
    recipe, fusion, make_examples, config, tmp_path, monkeypatch
):
    monkeypatch.setattr("modeling.choosing.MIN_UNIFIED_EXAMPLES", 50)
    video = make_examples(1)[0].left
    pairs = [replace(e, left=video, left_id="v") for e in make_examples(60, 1, transcripts=0.5)]
    brief = replace(config, epochs=1, fusion=fusion)
    result = train(recipe, pairs, output=tmp_path / "m", config=brief)
    counts = result.metrics["counts"]
    assert (counts["train"], counts["validation"], counts["test"]) == (60, 0, 0)
    assert result.metrics["validation"]["overall"]["auroc"] is None
    model = load_model(result.path)
    assert "not calibrated: 0 similar" in model.calibration["nt"].note
    assert all(0 < p.probability < 1 for p in model.predict(pairs))


def test_too_few_pairs_say_what_to_do(make_examples, config, tmp_path):
    with pytest.raises(NotEnoughData, match=r"at least 20 are needed.*Label more pairs"):
        train("basic", make_examples(12), output=tmp_path / "m", config=config)
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(("target", "missing"), [(1.0, "not similar"), (0.0, "similar")])
@recipes
def test_a_missing_class_says_which(recipe, target, missing, make_examples, config, tmp_path):
    one_sided = [replace(e, target=target) for e in make_examples(60)]
    with pytest.raises(NotEnoughData, match=f"labelled '{missing}'"):
        train(recipe, one_sided, output=tmp_path / "m", config=config)


@pytest.mark.parametrize("balance", [False, True])
@pytest.mark.parametrize(("target", "missing"), [(1.0, "similar"), (0.0, "not similar")])
@recipes
def test_a_class_whose_pairs_all_have_a_weight_of_0_is_missing(
    recipe, target, missing, balance, make_examples, config, tmp_path
):
    weighed = [replace(e, weight=float(e.target != target)) for e in make_examples(60)]
    said = f"labelled '{missing}'.* have a weight of 0 and count as none"
    with pytest.raises(NotEnoughData, match=said):
        train(recipe, weighed, output=tmp_path / "m", config=replace(
            config, balance_classes=balance))  # fmt: skip


@recipes
def test_pairs_of_weight_0_count_as_none(recipe, make_examples, config, tmp_path):
    weightless = [replace(e, weight=0.0) for e in make_examples(60)]
    with pytest.raises(NotEnoughData, match=r"Only 0 labelled pairs .* 60 labelled pairs have a"):
        train(recipe, weightless, output=tmp_path / "m", config=config)


def test_a_pair_of_weight_0_is_learnt_from_no_more_than_if_it_were_not_there(
    make_examples, config, tmp_path
):
    held = make_examples(60, 2, split="validation", prefix="v")
    judged = [replace(e, weight=0.0) for e in held]
    weighed, wrong = make_examples(80, 1), make_examples(40, 3, prefix="w")
    ignored = [replace(e, target=1 - e.target, weight=0.0) for e in wrong]
    with_them, without = (
        train("basic", examples, output=tmp_path / name, config=config).path
        for name, examples in (("a", [*weighed, *ignored, *judged]), ("b", [*weighed, *held]))
    )
    one, other = (load_model(path) for path in (with_them, without))
    assert [p.logit for p in one.predict(held)] == [p.logit for p in other.predict(held)]
    assert one.manifest["metrics"]["counts"]["weightless"] == 40


def test_training_pairs_that_share_a_video_with_a_test_pair_are_dropped(
    make_examples, config, tmp_path
):
    examples = make_examples(80, 1)
    test = make_examples(10, 2, split="test", prefix="t")
    leaking = replace(test[0], pair_id="leak", split=None, right_id="elsewhere")
    result = train("basic", [*examples, *test, leaking], output=tmp_path / "m", config=config)
    assert result.metrics["counts"]["dropped_shared_with_test"] == 1


def test_a_test_split_of_one_class_has_no_auroc_and_no_nan(make_examples, config, tmp_path):
    test = [replace(e, target=0.0) for e in make_examples(10, 2, split="test", prefix="t")]
    result = train("basic", [*make_examples(80, 1), *test], output=tmp_path / "m", config=config)
    figures = without_interval(result.metrics, "test", "overall")
    assert figures["auroc"] is None
    assert figures["accuracy"] is not None
    json.dumps(result.metrics, allow_nan=False)


def test_soft_labels_and_weights_shape_the_model(make_examples, config, tmp_path):
    # Labels that nothing in the texts explains, so that their shares are all there is to learn.
    rng = np.random.default_rng(0)
    examples = [replace(e, target=float(rng.random() < 0.4)) for e in make_examples(120, 4)]
    even = [replace(e, target=0.5 + 0.01 * (e.target - 0.5)) for e in examples]
    lopsided = [replace(e, weight=9.0 if e.target else 1.0) for e in examples]
    mean = {}
    for name, data in (("plain", examples), ("even", even), ("lopsided", lopsided)):
        model = load_model(train("basic", data, output=tmp_path / name, config=config).path)
        mean[name] = np.mean([p.probability for p in model.predict(examples)])
        if name == "even":
            assert all(abs(p.probability - 0.5) < 0.1 for p in model.predict(examples))
    assert mean["lopsided"] > mean["plain"] + 0.1


@pytest.mark.parametrize("recipe", ["unified", "unified-v2"])
@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_an_encoder_that_is_stored_in_half_precision_is_trained_in_whole(
    study, config, tmp_path, tiny_encoder, recipe, precision
):
    import torch
    from safetensors.torch import load_file
    from transformers import AutoModel

    halved = Path(shutil.copytree(tiny_encoder, tmp_path / "encoder"))
    AutoModel.from_pretrained(tiny_encoder).to(getattr(torch, precision)).save_pretrained(halved)
    quick = replace(config, encoder=str(halved), epochs=1, similarities=False)
    stored = train(recipe, study, output=tmp_path / "model", config=quick).path
    kinds = {w.dtype for file in stored.rglob("*.safetensors") for w in load_file(file).values()}
    assert kinds <= {torch.float32, torch.int64}
    assert len(list(load_model(stored).predict(study[:3]))) == 3


def test_an_unknown_recipe_is_refused_by_name(study, config, tmp_path):
    with pytest.raises(ValueError, match="unknown recipe 'v3'; known: basic, unified"):
        train("v3", study, output=tmp_path / "m", config=config)


def test_an_unknown_encoder_without_safetensors_is_refused(study, tmp_path):
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder" / "pytorch_model.bin").write_bytes(b"pickle")
    config = TrainingConfig(encoder=str(tmp_path / "encoder"))
    with pytest.raises(ArtefactError, match="no safetensors weights"):
        train("basic", study, output=tmp_path / "m", config=config)


def test_the_encoder_in_the_wheel_tells_topics_apart(make_examples, tmp_path):
    examples = [*make_examples(60, 8), *make_examples(30, 9, split="test", prefix="t")]
    result = train("basic", examples, output=tmp_path / "m", config=TrainingConfig(device="cpu"))
    assert result.metrics["test"]["overall"]["auroc"]["value"] > 0.9
    shutil.rmtree(result.path)
