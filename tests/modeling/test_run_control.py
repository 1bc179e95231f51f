"""Progress, cancelling and time budgets of a training run."""

import time
from dataclasses import replace

import pytest

from modeling.recipes import TrainingCallback, TrainingCancelled, load_model, train

recipes = pytest.mark.parametrize("recipe", ["basic", "unified"])


class Recorder(TrainingCallback):
    def __init__(self, stop_after=None):
        self.fractions, self.messages, self.stop_after = [], [], stop_after

    def progress(self, fraction, message):
        self.fractions.append(fraction)
        self.messages.append(message)

    def should_stop(self):
        return self.stop_after is not None and any(
            self.stop_after in message for message in self.messages
        )


@recipes
def test_progress_rises_to_one(recipe, study, config, tmp_path):
    recorder = Recorder()
    train(recipe, study, output=tmp_path / "m", config=config, callback=recorder)
    assert recorder.fractions == sorted(recorder.fractions)
    assert recorder.fractions[-1] == 1.0
    assert all(recorder.messages)


def test_a_cancelled_run_leaves_a_checkpoint_and_no_model(study, config, tmp_path):
    work = tmp_path / "work"
    quick = replace(config, epochs=500, work_dir=work)
    began = time.monotonic()
    with pytest.raises(TrainingCancelled):
        train(
            "unified",
            study,
            output=tmp_path / "m",
            config=quick,
            callback=Recorder(stop_after="examples a second"),
        )
    assert time.monotonic() - began < 100
    assert list(work.glob("checkpoints-nt/step-*/state.json"))
    assert not (tmp_path / "m").exists()


def test_a_cancelled_basic_run_keeps_its_embeddings(study, config, tmp_path):
    from modeling.vector_store import EmbeddingCache

    cache = tmp_path / "cache.sqlite"

    class Stop(TrainingCallback):
        def should_stop(self):
            return True

    with pytest.raises(TrainingCancelled):
        train(
            "basic",
            study,
            output=tmp_path / "m",
            config=replace(config, embedding_cache=cache),
            callback=Stop(),
        )
    assert len(EmbeddingCache(cache)) > 0
    assert not (tmp_path / "m").exists()


def test_a_time_budget_is_kept_and_the_best_so_far_stored(study, config, tmp_path):
    short = replace(config, epochs=100_000, time_budget_s=8.0, similarities=False)
    began = time.monotonic()
    result = train("unified", study, output=tmp_path / "m", config=short)
    # All its epochs would take hours.
    assert time.monotonic() - began < 100
    manifest = load_model(result.path).manifest
    for variant in ("nt", "wt"):
        training = manifest["variants"][variant]["training"]
        assert 0 <= training["best_step"] <= training["steps"]
    assert manifest["variants"]["nt"]["training"]["steps"] > 0


def test_a_time_budget_too_short_for_all_embeddings_uses_those_that_are_there(
    make_examples, config, tmp_path, monkeypatch
):
    from modeling.embeddings import SentenceEncoder

    forward = SentenceEncoder._forward

    def slow(self, *batch):
        time.sleep(0.05)
        return forward(self, *batch)

    monkeypatch.setattr(SentenceEncoder, "_forward", slow)
    examples = make_examples(900, 7)
    result = train(
        "basic", examples, output=tmp_path / "m", config=replace(config, time_budget_s=0.6)
    )
    counts = result.metrics["counts"]
    assert counts["left_out_for_time"] > 0
    assert counts["train"] >= 20
