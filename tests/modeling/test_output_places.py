"""A place where no model can be stored, or would be lost again, is told before training."""

import os
from pathlib import Path

import pytest

from modeling.hub import VideoSimilarityModel
from modeling.recipes import load_model
from tests.modeling.commands import refused, run


@pytest.fixture
def trained(data, tiny_encoder):
    """The arguments of a training but for its output."""
    return ["train", "--data", data, "--recipe", "basic", "--encoder", tiny_encoder]


@pytest.fixture
def told(trained, capsys, monkeypatch):
    """told(output, ...) -> the sentence that refuses it, before any work."""
    import modeling.dataset

    def tell(output, *more) -> str:
        with monkeypatch.context() as patch:
            patch.setattr(modeling.dataset, "prepare_splits", None)  # the first thing of the work
            return refused(capsys, *trained, "--output", output, *more)

    return tell


def names_in(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def test_a_training_leaves_its_model_and_folders_that_only_sound_like_its_own(
    tmp_path, capsys, trained
):
    work = tmp_path / "w"
    for folder in ("checkpoints-mine", "checkpoints-nt"):
        (work / folder).mkdir(parents=True)
        (work / folder / "precious.txt").write_text("precious")
    (work / "checkpoints-nt" / "step-000000003.0").mkdir()
    (work / "checkpoints-nt" / "best-000000002.safetensors").write_text("weights")
    output = work / "checkpoints-best"
    assert run(capsys, *trained, "--output", output, "--work-dir", work)[0] == 0
    assert load_model(output).recipe == "basic"
    assert names_in(work / "checkpoints-mine") == ["precious.txt"]
    assert names_in(work / "checkpoints-nt") == ["precious.txt"]


@pytest.mark.parametrize("output", ["checkpoints-nt", "checkpoints-wt", "checkpoints-wt/model"])
def test_a_model_among_the_checkpoints_is_told_before_training(tmp_path, told, output):
    work = tmp_path / "w"
    assert "checkpoints" in told(work / output, "--work-dir", work)
    assert not work.exists()


@pytest.mark.parametrize(
    ("option", "place"),
    [
        ("--work-dir", "model"),
        ("--work-dir", "model/work"),
        ("--embedding-cache", "model"),
        ("--embedding-cache", "model/cache.sqlite"),
        ("--embedding-cache", "link/cache.sqlite"),
    ],
)
def test_what_the_training_keeps_has_no_place_in_the_model(tmp_path, told, option, place):
    (tmp_path / "link").symlink_to("model")
    sentence = told(tmp_path / "model", option, tmp_path / place)
    assert option.strip("-").replace("-", "_") in sentence
    assert str(tmp_path / place) in sentence
    assert not (tmp_path / "model").exists()


def test_an_encoder_among_the_files_of_the_model_would_be_lost(tmp_path, capsys, trained, told):
    output = tmp_path / "model"
    assert run(capsys, *trained, "--output", output)[0] == 0
    VideoSimilarityModel.from_pretrained(output).save_pretrained(output)
    sentence = told(output, "--sentence-encoder", output / "sentence_encoder")
    assert f"sentence_encoder {output / 'sentence_encoder'} would be among the files" in sentence
    assert load_model(output).recipe == "basic"


def test_what_is_kept_under_a_hidden_name_stays_beside_the_model(tmp_path, capsys, trained):
    output = tmp_path / "model"
    more = ["--work-dir", output / ".work", "--embedding-cache", output / ".cache.sqlite"]
    for _ in range(2):
        assert run(capsys, *trained, "--output", output, *more)[0] == 0
        assert load_model(output).recipe == "basic"
    assert {".work", ".cache.sqlite", "manifest.json"} <= set(names_in(output))


@pytest.mark.parametrize("output", ["/proc/model", "/proc/a/b/model", "n" * 256, "loop"])
def test_a_place_that_cannot_be_written_is_told_before_training(tmp_path, told, output):
    (tmp_path / "loop").symlink_to("loop")
    before = names_in(tmp_path)
    sentence = told(tmp_path / output)
    assert str(tmp_path / output) in sentence
    assert "choose another" in sentence
    assert names_in(tmp_path) == before


def test_looking_whether_a_place_can_be_written_leaves_nothing_there(tmp_path, capsys):
    from tests.modeling.commands import labelled, write

    few = write(tmp_path / "few.jsonl", *labelled(3, 1))
    refused(
        capsys, "train", "--data", few, "--recipe", "basic", "--output", tmp_path / "a" / "b" / "m"
    )
    assert names_in(tmp_path) == ["few.jsonl"]


def test_a_name_of_250_letters_is_one_for_a_model(tmp_path, capsys, trained):
    output = tmp_path / ("n" * 250)
    assert run(capsys, *trained, "--output", output)[0] == 0
    assert load_model(output).recipe == "basic"


def test_the_folder_in_which_one_is_takes_a_model(tmp_path, capsys, trained, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for _ in range(2):
        assert run(capsys, *trained, "--output", ".")[0] == 0
        assert os.path.samefile(".", tmp_path / "here")
        assert names_in(Path()) == ["manifest.json", "model.safetensors"]


@pytest.mark.parametrize("there", [True, False])
def test_a_link_to_a_folder_stays_one(tmp_path, capsys, trained, there):
    if there:
        (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to("disk")
    assert run(capsys, *trained, "--output", tmp_path / "link")[0] == 0
    assert (tmp_path / "link").is_symlink()
    assert names_in(tmp_path / "disk") == ["manifest.json", "model.safetensors"]
    assert names_in(tmp_path) == ["data.jsonl", "disk", "link"]


def test_a_model_in_the_folder_of_another_is_told_before_training(tmp_path, capsys, trained, told):
    outer = tmp_path / "outer"
    assert run(capsys, *trained, "--output", outer)[0] == 0
    for more in (
        [outer / "inner"],
        [tmp_path / "m", "--work-dir", outer / "work"],
        [tmp_path / "m", "--embedding-cache", outer / "cache.sqlite"],
    ):
        assert f"the model in {outer}" in told(*more)
    assert load_model(outer).recipe == "basic"
