"""What is wrong with a model, its encoder or its folder is told in a sentence."""

import json
import pickle
import shutil
import sqlite3
from pathlib import Path

import pytest

from modeling.errors import ArtefactError
from modeling.recipes import load_model, train
from tests.modeling.commands import NT, PAIR, cut, labelled, refused, run, write


def other_width(folder: Path, _: str) -> None:
    config = json.loads((folder / "base" / "config.json").read_text())
    config["hidden_size"] *= 2
    (folder / "base" / "config.json").write_text(json.dumps(config))


def remove(folder: Path, name: str) -> None:
    (folder / name).unlink()


def empty(folder: Path, name: str) -> None:
    (folder / name).write_text("{}")


@pytest.mark.parametrize(
    ("damage", "name", "sentence"),
    [
        (cut, "pytorch_model.bin", "pytorch_model.bin is damaged"),
        (cut, "config.json", "config.json is damaged"),
        (cut, "base/config.json", "no configuration of an encoder"),
        (empty, "base/config.json", "no configuration of an encoder"),
        (other_width, "base/config.json", "the weights do not fit the configuration"),
        (remove, "pytorch_model.bin", "has no weights"),
        (remove, "base/tokenizer.json", "has no tokenizer that can be read"),
        (cut, "base/tokenizer.json", "has no tokenizer that can be read"),
    ],
)
def test_a_damaged_model_is_told(tmp_path, capsys, there, damage, name, sentence):
    folder = tmp_path / "model"
    shutil.copytree(NT, folder)
    damage(folder, name)
    source = write(tmp_path / "in.jsonl", PAIR)
    told = refused(capsys, "predict", "--model", folder, "--input", source, "--output", there)
    assert sentence in told
    assert str(folder) in told
    assert there.read_text() == "precious"


def test_a_model_whose_safetensors_are_cut_short_is_told(tmp_path, capsys):
    from modeling.hub import VideoSimilarityModel

    folder = VideoSimilarityModel.from_pretrained(NT).save_pretrained(tmp_path / "model")
    cut(folder, "model.safetensors")
    data = write(tmp_path / "in.jsonl", *labelled(4, 1))
    told = refused(capsys, "evaluate", "--model", folder, "--data", data)
    assert "model.safetensors is damaged" in told


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"text_types": []}, "text_types is empty"),
        ({"text_types": ["title", "title"]}, "each once"),
        ({"scalar_features": ["channel_sim", "channel_sim"]}, "each once"),
        ({"scalar_features": None}, "scalar_features is None"),
        ({"channel_embeddings": ["channel_emb"]}, "channel_embeddings is ['channel_emb']"),
        ({"channel_embedding_dim": "a"}, "channel_embedding_dim is 'a', not a number"),
    ],
)
def test_a_published_configuration_that_makes_no_sense_is_told(tmp_path, config, sentence):
    folder = Path(shutil.copytree(NT, tmp_path / "model"))
    known = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(known | config))
    with pytest.raises(ArtefactError, match=r"config\.json: ") as told:
        load_model(folder)
    assert sentence in str(told.value)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("{", "config.json is damaged"),
        ("[]", "config.json lacks scalar_features and text_types"),
        ('{"scalar_features": []}', "config.json lacks text_types"),
    ],
)
def test_what_is_no_configuration_is_told_by_its_name(tmp_path, written, sentence):
    folder = Path(shutil.copytree(NT, tmp_path / "model"))
    (folder / "config.json").write_text(written)
    with pytest.raises(ArtefactError, match=sentence):
        load_model(folder)


def test_a_weight_that_is_no_number_is_named(tmp_path):
    import torch

    folder = Path(shutil.copytree(NT, tmp_path / "model"))
    weights = torch.load(folder / "pytorch_model.bin", weights_only=True)
    weights["lin1.weight"][0, 1] = float("nan")
    torch.save(weights, folder / "pytorch_model.bin")
    with pytest.raises(ArtefactError, match=r"lin1\.weight holds a number that is not finite"):
        load_model(folder)


@pytest.mark.parametrize(
    "edited",
    [
        {"variants": []}, {"variants": {}}, {"files": []}, {"recipe": [1]}, {"config": None},
        {"variants": {"nt": {"classifier": "oracle"}}}, {"variants": {"nt": 3}},
    ],
)  # fmt: skip
def test_a_manifest_that_somebody_edited_is_told(tmp_path, study, config, edited):
    stored = train("basic", study, output=tmp_path / "model", config=config)
    file = stored.path / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | edited))
    with pytest.raises(ArtefactError, match="manifest"):
        load_model(stored.path)


def test_a_database_of_something_else_is_no_embedding_cache(tmp_path, capsys, data):
    with sqlite3.connect(tmp_path / "cache.sqlite") as connection:
        connection.execute("CREATE TABLE embedding (x)")
    told = refused(
        capsys, "train", "--data", data, "--recipe", "basic", "--output", tmp_path / "model",
        "--embedding-cache", tmp_path / "cache.sqlite",
    )  # fmt: skip
    assert "cache.sqlite cannot be used" in told


def test_an_unpickling_that_is_refused_advises_nobody_to_run_it(tmp_path):
    folder = Path(shutil.copytree(NT, tmp_path / "model"))
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"lin1.bias": Path}))
    with pytest.raises(ArtefactError, match="holds more than weights") as told:
        load_model(folder)
    assert "weights_only" not in str(told.value)


def test_channel_vectors_that_a_model_reads_and_does_not_find_are_told(tmp_path, capsys, config):
    from dataclasses import replace

    from modeling.schema import PairExample, VideoText

    def video(i: int) -> VideoText:
        return VideoText(f"bread {i}", channel=f"c{i % 7}", channel_vector=(0.1 * i, 1.0))

    pairs = [
        PairExample(str(i), video(i), video(i + 1), float(i % 2), left_id=f"l{i}", right_id=f"r{i}")
        for i in range(60)
    ]
    quick = replace(config, epochs=1, similarities=False)
    model = train("unified-v2", pairs, output=tmp_path / "model", config=quick)
    source = write(tmp_path / "in.jsonl", PAIR, PAIR | {"regret_channel_emb": [0.5, 0.5]})
    target = tmp_path / "out.jsonl"
    status, last, _ = run(
        capsys, "predict", "--model", model.path, "--input", source, "--output", target
    )
    assert status == 0
    missing = json.loads(last)["missing"]
    assert (missing["regret_channel_emb"], missing["recommendation_channel_emb"]) == (1, 2)
