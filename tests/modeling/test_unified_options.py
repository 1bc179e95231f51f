"""The unified family with its options: trained, stored, loaded and judging the same."""

from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file

from modeling.models.pair_scalars import PairScalars
from modeling.progress import Ticker
from modeling.recipes import load_model, train
from modeling.schema import PairExample, VideoText
from modeling.vector_store import MemoryStore


@pytest.fixture
def small(config):
    return replace(config, epochs=1)


def probabilities(model, pairs):
    return np.array([p.probability for p in model.predict(pairs)])


@pytest.mark.parametrize("recipe", ["unified", "unified-v2"])
@pytest.mark.parametrize(
    "options",
    [
        {"similarities": False},
        {"similarities": True},
        {"similarities": False, "shared_encoder": True, "missing_masks": True},
    ],
    ids=["texts alone", "similarities", "one encoder and masks"],
)
def test_a_stored_model_judges_as_the_trained_one(recipe, options, study, small, tmp_path):
    result = train(recipe, study, output=tmp_path / "m", config=replace(small, **options))
    model = load_model(result.path)
    test = [e for e in study if e.split == "test"]
    judged = probabilities(model, test)
    brier = np.mean((judged - np.array([e.target for e in test])) ** 2)
    assert brier == pytest.approx(result.metrics["test"]["overall"]["brier"]["value"], abs=1e-5)
    assert set(model.variants) == ({"wt"} if options.get("missing_masks") else {"nt", "wt"})


def test_a_shared_encoder_is_stored_once(study, small, tmp_path):
    sizes = {}
    for shared in (False, True):
        config = replace(small, shared_encoder=shared, similarities=False)
        result = train("unified", study[:60], output=tmp_path / f"{shared}", config=config)
        sizes[shared] = sum(v.size for v in load_file(result.path / "nt.safetensors").values())
    assert sizes[True] < 0.6 * sizes[False]


def test_what_the_similarities_know_is_not_lost_before_the_encoders_learn(study, small, tmp_path):
    # A rate at which nothing is learned: what is left is the start.
    idle = replace(small, learning_rate=1e-12)
    figures = {}
    for similarities in (False, True):
        config = replace(idle, similarities=similarities)
        result = train("unified", study, output=tmp_path / f"{similarities}", config=config)
        figures[similarities] = result.metrics["test"]["overall"]["auroc"]["value"]
    assert figures[True] > figures[False] + 0.05


def test_with_masks_a_missing_text_has_no_say(study, small, tmp_path):
    config = replace(small, missing_masks=True, similarities=False)
    variant = load_model(
        train("unified", study, output=tmp_path / "m", config=config).path
    ).variants["wt"]
    module = variant.module
    spoken = PairExample("p", VideoText("rocket", "moon", "orbit"), VideoText("rocket", "", None))
    scalars = variant.scalars.matrix([spoken], MemoryStore(), Ticker())
    assert scalars.tolist() == [[0.0, 0.0, 1.0, 1.0]]
    import torch

    def joined(description, transcript):
        features = {"title": 1.0, "description": description, "transcript": transcript}
        tensors = {k: torch.tensor([[v]]) for k, v in features.items()}
        told = torch.tensor(scalars, dtype=torch.float32)
        return float(module.join(tensors, told, torch.zeros(1, 0)))

    with torch.inference_mode():
        assert joined(5.0, -7.0) == joined(0.0, 0.0)


def test_scalars_begin_with_channel_equality():
    same = PairExample("p", VideoText("a", channel="c"), VideoText("b", channel="c"))
    other = replace(same, right=VideoText("b", channel="d"))
    matrix = PairScalars(("title",)).matrix([same, other], MemoryStore(), Ticker())
    assert matrix.tolist() == [[1.0], [0.0]]
    assert PairScalars(("title",)).matrix([], MemoryStore(), Ticker()).shape == (0, 1)


def test_channel_embeddings_are_read_by_the_second_version(study, small, tmp_path):
    def placed(pair):
        return replace(
            pair,
            left=replace(pair.left, channel_vector=(1.0, 0.0)),
            right=replace(pair.right, channel_vector=(0.0, 1.0)),
        )

    examples = [placed(pair) for pair in study[:80]]
    config = replace(small, similarities=False)
    result = train("unified-v2", examples, output=tmp_path / "m", config=config)
    model = load_model(result.path)
    moved = replace(examples[0], left=replace(examples[0].left, channel_vector=(-3.0, 2.0)))
    here, there = probabilities(model, [examples[0], moved])
    assert here != there


class Noise:
    """Similarities that say nothing of the label."""

    def __init__(self, n):
        rng = np.random.default_rng(0)
        self.found = {"same_channel": np.zeros(n), "cosine_title": rng.random(n)}
        self.found |= {f"words_contained_{i}": rng.random(n) for i in range(8)}

    def columns(self, pairs, store, ticker):
        return self.found

    def matrix(self, pairs, store, ticker):
        return np.column_stack(list(self.found.values()))


def test_training_pairs_are_guessed_by_parts_that_have_not_seen_them():
    rng = np.random.default_rng(1)
    pairs = [
        PairExample(
            str(i),
            VideoText("a"),
            VideoText("b"),
            float(rng.random() < 0.5),
            left_id=f"left {i}",
            right_id=f"right {i}",
        )
        for i in range(300)
    ]
    targets = np.array([pair.target for pair in pairs])
    bare = PairScalars(("title",), Noise(len(pairs)))
    scalars, told = bare.fitted(pairs, MemoryStore(), Ticker(), seed=0)
    known = scalars.matrix(pairs, MemoryStore(), Ticker())
    assert told.shape == known.shape == (300, 2)

    def gap(logits):
        return logits[targets > 0].mean() - logits[targets < 1].mean()

    # The weights of the parts were fitted on these, so noise may get a little; seen, it gets much.
    boosted = scalars.guess.parts["boosting"].logits(scalars.similarities.matrix(None, None, None))
    assert gap(boosted) > 1.0
    assert abs(gap(told[:, 1])) < 0.1


def test_a_handful_of_labels_is_guessed_all_the_same():
    pairs = [PairExample(str(i), VideoText("a"), VideoText("b"), float(i < 3)) for i in range(40)]
    bare = PairScalars(("title",), Noise(len(pairs)))
    scalars, told = bare.fitted(pairs, MemoryStore(), Ticker(), seed=0)
    assert np.isfinite(told).all()
    assert told.tolist() == scalars.matrix(pairs, MemoryStore(), Ticker()).tolist()


def test_transcripts_that_no_validation_pair_has_do_not_stop_a_training(
    make_examples, config, tmp_path
):
    pairs = [
        *make_examples(60, 1, transcripts=1.0, split="train"),
        *make_examples(30, 2, split="validation", prefix="w"),
    ]
    quick = replace(config, epochs=1)
    for recipe in ("unified", "unified-v2"):
        result = train(recipe, pairs, output=tmp_path / recipe, config=quick)
        assert set(result.variants) == {"nt", "wt"}
