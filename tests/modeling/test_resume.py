"""A training process killed with -9 goes on where it was and ends with the same weights."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file

from modeling.checkpoints import Checkpoint, CheckpointStore, claimed
from modeling.errors import ModelingError
from modeling.progress import Ticker
from modeling.recipes import TrainingCallback, TrainingCancelled, train
from modeling.training import Trainer

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import pickle, sys, time
from pathlib import Path
import torch
torch.set_num_threads(1)
import modeling.training as training
from modeling.recipes import train

step = training.Trainer._step
def slow(self, rows):
    time.sleep(0.05)
    step(self, rows)
training.Trainer._step = slow
examples, config, output = pickle.loads(Path(sys.argv[1]).read_bytes())
train("unified", examples, output=output, config=config)
"""


class Messages(TrainingCallback):
    def __init__(self):
        self.seen = []

    def progress(self, fraction, message):
        self.seen.append(message)


def kill_after(checkpoints: Path, job: Path, step: int) -> int:
    """Start training in a process, kill it once a checkpoint at `step` or later is there."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(job)], env=environment)
    try:
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            assert process.poll() is None, "training ended before it could be killed"
            done = [int(f.name[5:14]) for f in checkpoints.glob("step-*")]
            if done and max(done) >= step:
                process.send_signal(signal.SIGKILL)
                return max(done)
            time.sleep(0.01)
        raise AssertionError("no checkpoint was written")
    finally:
        process.kill()
        process.wait()


@pytest.mark.timeout(900)
def test_a_killed_run_resumes_at_its_checkpoint_and_ends_the_same(make_examples, config, tmp_path):
    import pickle

    examples = make_examples(90, 1, transcripts=0.0)
    whole = train("unified", examples, output=tmp_path / "whole", config=config)

    work = tmp_path / "work"
    resumable = replace(config, work_dir=work, checkpoint_every_s=0.0)
    job = tmp_path / "job"
    job.write_bytes(pickle.dumps((examples, resumable, tmp_path / "killed")))
    killed_at = kill_after(work / "checkpoints-nt", job, step=4)
    assert not (tmp_path / "killed").exists()

    messages = Messages()
    resumed = train(
        "unified", examples, output=tmp_path / "resumed", config=resumable, callback=messages
    )
    said = [m for m in messages.seen if m.startswith("resumed at step")]
    assert said, messages.seen
    assert int(said[0].split()[-1]) >= killed_at

    expected = load_file(whole.path / "nt.safetensors")
    found = load_file(resumed.path / "nt.safetensors")
    assert expected.keys() == found.keys()
    for name, tensor in expected.items():
        assert found[name] == pytest.approx(tensor, abs=1e-6), name
    assert not list(work.glob("checkpoints-*"))


def test_checkpoints_of_other_data_are_not_resumed(make_examples, config, tmp_path):
    class Stop(TrainingCallback):
        def should_stop(self):
            return True

    # Without similarities, whose embedding would be what is cancelled.
    resumable = replace(config, work_dir=tmp_path / "work", similarities=False)
    with pytest.raises(TrainingCancelled):
        train(
            "unified",
            make_examples(60, 1),
            output=tmp_path / "m",
            config=resumable,
            callback=Stop(),
        )
    assert list(tmp_path.glob("work/checkpoints-nt/step-*"))
    messages = Messages()
    train(
        "unified",
        make_examples(60, 2),
        output=tmp_path / "m",
        config=resumable,
        callback=messages,
    )
    assert not [m for m in messages.seen if m.startswith("resumed")]


def test_a_half_written_checkpoint_is_passed_over(tmp_path):
    store = CheckpointStore(tmp_path / "c", "data")
    tensors = {"w": torch.ones(2)}
    store.save(Checkpoint(tensors, {}, {"step": 3}), 3)
    (tmp_path / "c" / "step-000000009.0").mkdir()
    found = store.load()
    assert found is not None
    assert found.state["step"] == 3
    assert torch.equal(found.model["w"], tensors["w"])


def saved(folder: Path, **state) -> CheckpointStore:
    """A store with the best weights of step 2 and a checkpoint of step 3."""
    store = CheckpointStore(folder, "data")
    best = store.save_best({"w": torch.zeros(2)}, 2)
    store.save(Checkpoint({"w": torch.ones(2)}, {}, {"step": 3, "best_file": best} | state), 3)
    return store


@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.safetensors", "best"])
@pytest.mark.parametrize("damage", [lambda f: f.write_bytes(b"cut"), lambda f: f.unlink()])
def test_a_checkpoint_that_is_not_whole_is_passed_over(tmp_path, name, damage, caplog):
    store = saved(tmp_path / "c")
    assert torch.equal(store.load().best["w"], torch.zeros(2))
    [file] = (tmp_path / "c").glob("best-*" if name == "best" else f"step-*/{name}")
    damage(file)
    assert store.load() is None
    assert "is unusable and passed over" in caplog.text


def test_a_kill_while_a_step_is_saved_again_leaves_what_was_there(tmp_path, monkeypatch):
    store = saved(tmp_path / "c")

    def killed(self, target):
        raise KeyboardInterrupt

    again = Checkpoint({"w": torch.full((2,), 5.0)}, {}, {"step": 3})
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            store.save(again, 3)
    assert torch.equal(store.load().model["w"], torch.ones(2))
    store.save(again, 3)
    assert torch.equal(store.load().model["w"], torch.full((2,), 5.0))
    assert len(list((tmp_path / "c").glob("*step-*"))) == 1


def test_a_checkpoint_that_cannot_be_written_is_told_with_its_folder(tmp_path, monkeypatch):
    import safetensors.torch

    def full(*_):
        raise SafetensorError("Error while serializing: No space left on device")

    store = saved(tmp_path / "c")
    monkeypatch.setattr(safetensors.torch, "save_file", full)
    with pytest.raises(ModelingError, match=r"no checkpoint can be kept in .*c: .*No space left"):
        store.save(Checkpoint({}, {}, {}), 4)


def cut(recipe, examples, output, config, monkeypatch):
    """Cancelled as soon as there is a checkpoint."""
    step = Trainer._step

    def slow(self, rows):
        time.sleep(0.3)  # longer than between two looks at whether to stop
        step(self, rows)

    class StopAtSteps(TrainingCallback):
        def should_stop(self):
            return any(config.work_dir.glob("checkpoints-nt/step-*"))

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_step", slow)
        with pytest.raises(TrainingCancelled):
            train(recipe, examples, output=output, config=config, callback=StopAtSteps())


def test_another_sentence_encoder_at_the_same_place_starts_afresh(
    make_examples, config, tiny_encoder, tmp_path, monkeypatch
):
    from transformers import AutoModel

    place = Path(shutil.copytree(tiny_encoder, tmp_path / "encoder"))
    resumable = replace(
        config, sentence_encoder=str(place), work_dir=tmp_path / "work", checkpoint_every_s=0.0
    )
    examples, output = make_examples(60, 1), tmp_path / "m"
    cut("unified", examples, output, resumable, monkeypatch)
    model = AutoModel.from_pretrained(place)
    model.embeddings.word_embeddings.weight.data *= 2
    model.save_pretrained(place)
    after = Messages()
    train("unified", examples, output=output, config=resumable, callback=after)
    assert not [m for m in after.seen if m.startswith("resumed")]


def test_a_run_of_auto_that_is_cut_off_goes_on_where_it_was(
    make_examples, config, tmp_path, monkeypatch
):
    monkeypatch.setattr("modeling.choosing.MIN_UNIFIED_EXAMPLES", 40)
    monkeypatch.setattr("modeling.choosing.MIN_LATE_FUSION_EXAMPLES", 40)
    resumable = replace(config, work_dir=tmp_path / "work", checkpoint_every_s=0.0)
    examples, output = make_examples(90, 1, transcripts=0.0), tmp_path / "m"
    cut("auto", examples, output, resumable, monkeypatch)
    after = Messages()
    train("auto", examples, output=output, config=resumable, callback=after)
    assert len([m for m in after.seen if m.startswith("resumed")]) == 1
    assert not list((tmp_path / "work").glob("checkpoints-*"))


def test_what_was_spent_before_a_cut_is_not_in_the_time_budget_again(
    make_examples, config, tmp_path, monkeypatch
):
    resumable = replace(
        config, work_dir=tmp_path / "work", checkpoint_every_s=0.0, time_budget_s=1000.0
    )
    examples, output = make_examples(90, 1, transcripts=1.0), tmp_path / "m"
    cut("unified", examples, output, resumable, monkeypatch)
    for file in tmp_path.glob("work/checkpoints-nt/step-*/state.json"):
        file.write_text(json.dumps(json.loads(file.read_text()) | {"elapsed": 200.0}))
    budgets, run = {}, Trainer.run

    def noting(self):
        budgets[len(self.model.text_types)] = self.budget_s
        return run(self)

    monkeypatch.setattr(Trainer, "run", noting)
    train("unified", examples, output=output, config=resumable)
    assert 600.0 < budgets[3] < 800.0


def test_two_runs_do_not_keep_their_checkpoints_in_one_folder(tmp_path):
    work = tmp_path / "work"
    with (
        claimed(work, Ticker()),
        pytest.raises(ModelingError, match=r"another training keeps its .* in .*work: wait"),
        claimed(work, Ticker(), patience_s=0.0),
    ):
        raise AssertionError("the folder was had twice")
    with claimed(work, Ticker(), patience_s=0.0):
        pass


def test_a_run_that_is_about_to_end_is_waited_for(make_examples, config, tmp_path):
    class EndsTheOther(Messages):
        def progress(self, fraction, message):
            super().progress(fraction, message)
            if "waiting" in message:
                other.close()

    work, other = tmp_path / "work", ExitStack()
    other.enter_context(claimed(work, Ticker()))
    waiting = EndsTheOther()
    resumable = replace(config, work_dir=work)
    train("basic", make_examples(60, 1), output=tmp_path / "m", config=resumable, callback=waiting)
    assert waiting.seen[0] == f"another training keeps its checkpoints in {work}: waiting"
    assert (tmp_path / "m" / "manifest.json").exists()


def test_a_folder_for_checkpoints_that_cannot_be_made_is_named(make_examples, config, tmp_path):
    (tmp_path / "file").write_text("in the way")
    resumable = replace(config, work_dir=tmp_path / "file" / "work")
    with pytest.raises(ModelingError, match=r"no checkpoints can be kept in .*file/work: "):
        train("basic", make_examples(60, 1), output=tmp_path / "m", config=resumable)
