"""Files of results: where they may go, and what a command that fails or is ended leaves behind."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from modeling.recipes import load_model, train
from tests.modeling.commands import NT, labelled, refused, run, write

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def model(make_examples, tiny_encoder, tmp_path_factory) -> Path:
    from modeling.recipes import TrainingConfig

    config = TrainingConfig(encoder=str(tiny_encoder), device="cpu", max_length=48)
    output = tmp_path_factory.mktemp("models") / "model"
    return train("basic", make_examples(60, 1), output=output, config=config).path


@pytest.fixture
def source(tmp_path) -> Path:
    return write(tmp_path / "in.jsonl", *labelled(4, 1), *labelled(8, 0)[4:])


@pytest.mark.parametrize("name", ["p.jsonl", "new/p.csv"])
def test_results_in_the_folder_of_a_model_are_told_before_the_work(
    capsys, model, source, name, monkeypatch
):
    monkeypatch.setattr("modeling.cli.predict.load_model", None)
    told = refused(capsys, "predict", "--model", NT, "--input", source, "--output", model / name)
    assert f"the model in {model}" in told
    monkeypatch.undo()
    assert load_model(model).recipe == "basic"


@pytest.mark.parametrize("output", [".", "figures"])
def test_figures_in_the_folder_of_a_model_are_told_before_the_work(capsys, model, source, output):
    told = refused(
        capsys, "evaluate", "--model", "nowhere", "--data", source, "--output", model / output
    )
    assert f"the model in {model}" in told
    assert load_model(model).recipe == "basic"


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_embeddings_in_the_folder_of_a_model_are_told(capsys, model, source, command, tmp_path):
    more = {"predict": ["--input", source, "--output", tmp_path / "o.csv"],
            "evaluate": ["--data", source]}[command]  # fmt: skip
    cache = model / "cache.sqlite"
    told = refused(capsys, command, "--model", model, *more, "--embedding-cache", cache)
    assert f"the model in {model}" in told
    assert load_model(model).recipe == "basic"


def test_labels_in_the_folder_of_a_model_are_told_before_they_are_read(capsys, model, tmp_path):
    for arguments in (
        ["consensus", "--method", "majority", "--labels", tmp_path / "none.csv"],
        ["channel-vectors", "--input", tmp_path / "none.csv"],
    ):
        assert f"the model in {model}" in refused(capsys, *arguments, "--output", model / "l.csv")


def test_what_lies_under_a_hidden_name_is_in_no_models_way(capsys, model, source):
    output = model / ".predictions" / "p.jsonl"
    assert run(capsys, "predict", "--model", NT, "--input", source, "--output", output)[0] == 0
    assert load_model(model).recipe == "basic"
    shutil.rmtree(output.parent)


def test_figures_that_cannot_be_written_are_told_before_the_work(capsys, source):
    told = refused(
        capsys, "evaluate", "--model", "nowhere", "--data", source, "--output", "/proc/figures"
    )
    assert "/proc/figures" in told
    assert "choose another" in told


def test_a_link_to_a_file_stays_one(capsys, tmp_path, source):
    (tmp_path / "elsewhere").mkdir()
    link, target = tmp_path / "link.jsonl", tmp_path / "elsewhere" / "out.jsonl"
    link.symlink_to(target)
    for _ in range(2):  # into the void, and over a file
        assert run(capsys, "predict", "--model", NT, "--input", source, "--output", link)[0] == 0
        assert link.is_symlink()
        assert len(target.read_text().splitlines()) == 8
        assert [file.name for file in target.parent.iterdir()] == ["out.jsonl"]


def test_a_device_is_not_replaced(capsys, tmp_path, source):
    (tmp_path / "null.jsonl").symlink_to(os.devnull)
    told = refused(
        capsys, "predict", "--model", NT, "--input", source, "--output", tmp_path / "null.jsonl"
    )
    assert "null.jsonl is no file" in told
    assert Path(os.devnull).is_char_device()


def test_a_file_that_is_written_again_is_open_to_the_same_people(capsys, tmp_path, source):
    output = tmp_path / "out.jsonl"
    output.touch(mode=0o600)
    assert run(capsys, "predict", "--model", NT, "--input", source, "--output", output)[0] == 0
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    figures = tmp_path / "figures"
    figures.mkdir()
    (figures / "evaluation.json").touch(mode=0o600)
    assert run(capsys, "evaluate", "--model", NT, "--data", source, "--output", figures)[0] == 0
    assert stat.S_IMODE((figures / "evaluation.json").stat().st_mode) == 0o600


def test_a_failed_prediction_leaves_no_folders(capsys, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{")
    refused(
        capsys, "predict", "--model", NT, "--input", bad, "--output", tmp_path / "a" / "b" / "o.csv"
    )
    assert [item.name for item in tmp_path.iterdir()] == ["bad.jsonl"]


def test_a_long_name_is_one_for_results(capsys, tmp_path, source):
    output = tmp_path / f"{'n' * 240}.jsonl"
    assert run(capsys, "predict", "--model", NT, "--input", source, "--output", output)[0] == 0
    assert output.exists()


ENDLESS = """
import sys, time
import modeling.cli.predict as predict
from modeling.cli import main
read = predict.read_pairs
def slow(*arguments, **more):
    for found in read(*arguments, **more):
        yield found
    print("waiting", file=sys.stderr, flush=True)
    time.sleep(120)
predict.read_pairs = slow
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_command_that_is_ended_leaves_no_half_files(tmp_path, source, number):
    arguments = ["predict", "--model", NT, "--input", source, "--output", tmp_path / "a" / "o.csv"]
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True,
        # Whoever runs these tests in the background ignores some of them.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )  # fmt: skip
    try:
        for line in process.stderr:
            if "waiting" in line:
                break
        time.sleep(0.1)
        process.send_signal(number)
        said = process.stderr.read()
        assert process.wait(timeout=60) == 128 + number
        assert "Traceback" not in said
    finally:
        process.kill()
        process.wait()
    assert [item.name for item in tmp_path.iterdir()] == ["in.jsonl"]
