"""A disk that is full is told in one sentence that names the file."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.modeling.commands import NT, labelled, write

ROOT = Path(__file__).resolve().parents[2]


def told(kilobytes: int, *arguments) -> str:
    """What the command says where no file may become larger."""
    most = kilobytes * 1024
    process = subprocess.run(
        [sys.executable, "-m", "modeling", *map(str, arguments)], cwd=ROOT, text=True,
        # Half-written bytecode would be read by whoever imports these modules next.
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )  # fmt: skip
    assert process.returncode == 1
    assert "Traceback" not in process.stderr
    last = process.stderr.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert "make room" in last
    return last


@pytest.fixture
def many(tmp_path) -> Path:
    return write(tmp_path / "in.jsonl", *labelled(300, 1), *labelled(600, 0)[300:])


def test_a_model_for_which_there_is_no_room_is_told(tmp_path, data, tiny_encoder):
    output = tmp_path / "model"
    last = told(
        8, "train", "--data", data, "--recipe", "basic", "--encoder", tiny_encoder,
        "--output", output,
    )  # fmt: skip
    assert str(output) in last
    assert sorted(item.name for item in tmp_path.iterdir()) == ["data.jsonl"]


def test_embeddings_for_which_there_is_no_room_are_told(tmp_path, many, tiny_encoder):
    cache = tmp_path / "cache.sqlite"
    last = told(
        40, "train", "--data", many, "--recipe", "basic", "--encoder", tiny_encoder,
        "--output", tmp_path / "model", "--embedding-cache", cache,
    )  # fmt: skip
    assert str(cache) in last


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv.gz", "out.parquet"])
def test_predictions_for_which_there_is_no_room_are_told(tmp_path, many, name):
    output = tmp_path / name
    last = told(1, "predict", "--model", NT, "--input", many, "--output", output)
    assert str(output) in last
    assert not output.exists()


def test_figures_for_which_there_is_no_room_are_told(tmp_path, data):
    folder = tmp_path / "figures"
    last = told(1, "evaluate", "--model", NT, "--data", data, "--output", folder)
    assert str(folder) in last


def test_a_model_that_is_saved_from_python_says_so_as_well(tmp_path, monkeypatch):
    import safetensors.torch

    from modeling.errors import ArtefactError
    from modeling.hub import VideoSimilarityModel

    def full(*_):
        raise safetensors.SafetensorError("I/O error: No space left on device (os error 28)")

    model = VideoSimilarityModel.from_pretrained(NT)
    monkeypatch.setattr(safetensors.torch, "save_file", full)
    with pytest.raises(ArtefactError, match=r"model .*No space left.* make room"):
        model.save_pretrained(tmp_path / "model")


def test_best_weights_for_which_there_is_no_room_are_told(tmp_path, monkeypatch):
    import safetensors.torch

    from modeling.checkpoints import CheckpointStore
    from modeling.errors import ModelingError

    def full(*_):
        raise safetensors.SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(safetensors.torch, "save_file", full)
    with pytest.raises(ModelingError, match=r"no checkpoint can be kept in .* make room"):
        CheckpointStore(tmp_path / "c", "data").save_best({}, 4)
