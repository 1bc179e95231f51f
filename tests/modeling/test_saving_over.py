"""Saving where something is already: an older model is lost, and nothing else."""

import json
import shutil
from pathlib import Path

import pytest

from modeling.errors import ArtefactError
from modeling.hub import VideoSimilarityModel
from modeling.recipes import load_model, train
from tests.modeling.commands import NT, PAIR, refused


@pytest.fixture
def stored(study, config, tmp_path) -> Path:
    return train("basic", study, output=tmp_path / "model", config=config).path


def files_in(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("manifest.json", {"name": "A web app", "icons": []}),
        ("manifest.json", {"format_version": 1}),
        ("config.json", {"text_types": 1, "scalar_features": 2}),
        ("config.json", {"text_types": ["title"], "scalar_features": []}),
    ],
)
def test_files_that_only_sound_like_a_models_are_kept(tmp_path, capsys, data, name, content):
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / name).write_text(json.dumps(content))
    (folder / "index.html").write_text("<title>app</title>")
    told = refused(capsys, "train", "--data", data, "--recipe", "basic", "--output", folder)
    assert f"{folder} is not empty and holds no model" in told
    with pytest.raises(ArtefactError, match="holds no model"):
        VideoSimilarityModel.from_pretrained(NT).save_pretrained(folder)
    assert files_in(folder) == {name, "index.html"}


def test_a_file_that_the_manifest_does_not_list_is_named(stored, study, config):
    (stored / "notes.txt").write_text("precious")
    with pytest.raises(ArtefactError, match=r"notes\.txt"):
        train("basic", study, output=stored, config=config)
    assert (stored / "notes.txt").read_text() == "precious"


def test_what_stands_beside_a_model_of_ours_stays(stored, study, config):
    (stored / ".git" / "refs").mkdir(parents=True)
    (stored / ".git" / "HEAD").write_text("ref")
    (stored / "README.md").write_text("# By hand")
    before = load_model(stored).manifest["created"]
    manifest = stored / "manifest.json"
    manifest.write_text(manifest.read_text().replace(before, "long ago"))
    VideoSimilarityModel.from_pretrained(stored).save_pretrained(stored)
    assert load_model(stored).manifest["created"] != "long ago"
    assert (stored / ".git" / "refs").is_dir()
    assert (stored / ".git" / "HEAD").read_text() == "ref"
    assert (stored / "README.md").read_text() == "# By hand"
    assert [item.name for item in stored.parent.iterdir()] == ["model"]
    assert {item.name for item in stored.iterdir() if item.name.startswith(".")} == {".git"}


def test_a_card_that_was_written_here_goes_with_its_model_and_an_edited_one_stays(
    stored, study, config
):
    card = VideoSimilarityModel.from_pretrained(stored).save_pretrained(stored) / "README.md"
    train("basic", study, output=stored, config=config)
    assert not card.exists()
    VideoSimilarityModel.from_pretrained(stored).save_pretrained(stored)
    card.write_text(card.read_text() + "\nLicence: ours.\n")
    edited = card.read_text()
    VideoSimilarityModel.from_pretrained(stored).save_pretrained(stored)
    assert card.read_text() == edited


def test_a_clone_of_a_published_model_keeps_what_is_not_the_models(tmp_path):
    folder = Path(shutil.copytree(NT, tmp_path / "clone"))
    (folder / ".git" / "refs").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("ref")
    before = files_in(folder)
    model = VideoSimilarityModel.from_pretrained(folder)
    expected = model.predict(PAIR)
    assert model.save_pretrained(folder) == folder
    assert before - files_in(folder) == {"pytorch_model.bin"}
    assert {"model.safetensors", "README.md"} <= files_in(folder)
    assert (folder / ".git" / "refs").is_dir()
    assert VideoSimilarityModel.from_pretrained(folder).predict(PAIR) == pytest.approx(expected)


def test_a_new_repository_takes_a_model(tmp_path, study, config):
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    stored = train("basic", study, output=tmp_path / "repository", config=config).path
    assert load_model(stored).recipe == "basic"
    assert (stored / ".git").is_dir()


def test_a_saving_that_fails_half_way_leaves_the_model_that_was_there(
    stored, study, config, monkeypatch
):
    rename, before = Path.rename, (stored / "manifest.json").read_text()

    def fails(self, target):
        if self.parent.parent == stored and Path(target) == stored / "manifest.json":
            monkeypatch.undo()
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(ArtefactError, match="Input/output error"):
        train("basic", study, output=stored, config=config)
    assert (stored / "manifest.json").read_text() == before
    assert load_model(stored).recipe == "basic"
    assert sorted(item.name for item in stored.iterdir()) == ["manifest.json", "model.safetensors"]


def test_a_manifest_that_lists_files_elsewhere_has_none_of_them_removed(stored, study, config):
    (stored.parent / "precious.txt").write_text("precious")
    manifest = stored / "manifest.json"
    listed = json.loads(manifest.read_text())
    listed["files"] |= {"../precious.txt": "0", str(stored.parent / "precious.txt"): "0"}
    manifest.write_text(json.dumps(listed))
    train("basic", study, output=stored, config=config)
    assert (stored.parent / "precious.txt").read_text() == "precious"
    assert load_model(stored).recipe == "basic"
