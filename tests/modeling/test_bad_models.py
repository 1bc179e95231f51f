"""What is wrong with a model, its encoder or its folder is told in a sentence."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from modeling.errors import ArtefactError, ModelingError
from modeling.recipes import load_model, train
from tests.modeling.commands import NT, PAIR, labelled, refused, run, write


def cut(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 3])


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
        (cut, "config.json", "holds no model"),
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


@pytest.fixture(params=["offline", "unreachable"])
def no_network(request, monkeypatch, tmp_path) -> None:
    """As HF_HUB_OFFLINE=1 does, and as a hub whose address does not answer."""
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", request.param == "offline")
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")


@pytest.mark.usefixtures("no_network")
def test_without_a_network_training_says_what_to_do_about_the_encoder(tmp_path, capsys):
    rows = [*labelled(30, 1), *labelled(60, 0)[30:]]
    data = write(tmp_path / "data.jsonl", *rows)
    told = refused(
        capsys, "train", "--data", data, "--recipe", "basic", "--encoder", "someone/encoder",
        "--output", tmp_path / "model",
    )  # fmt: skip
    assert "'someone/encoder' is neither a folder nor a model that the hub gave" in told
    assert "fetch the model elsewhere" in told
    assert not (tmp_path / "model").exists()


@pytest.mark.usefixtures("no_network")
def test_without_a_network_a_published_model_without_its_encoder_says_which(
    tmp_path, capsys, there
):
    folder = tmp_path / "model"
    shutil.copytree(NT, folder)
    shutil.rmtree(folder / "base")
    source = write(tmp_path / "in.jsonl", PAIR)
    told = refused(capsys, "predict", "--model", folder, "--input", source, "--output", there)
    assert "'fixture_nt/base' is neither a folder nor a model that the hub gave" in told
    assert there.read_text() == "precious"


@pytest.fixture
def data(tmp_path) -> Path:
    """Pairs that a model can be trained on."""
    return write(tmp_path / "data.jsonl", *labelled(40, 1), *labelled(80, 0)[40:])


@pytest.fixture
def base(tiny_encoder, tmp_path) -> Path:
    """A copy of the encoder."""
    return Path(shutil.copytree(tiny_encoder, tmp_path / "base"))


def shortened(folder: Path) -> Path:
    """The same encoder with as many positions as few texts have tokens."""
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.from_pretrained(folder, max_position_embeddings=20)
    AutoModel.from_config(config).save_pretrained(folder)
    return folder


def forget_words(folder: Path) -> Path:
    for file in ("tokenizer.json", "tokenizer_config.json"):
        (folder / file).unlink()
    return folder


def cut_weights(folder: Path) -> Path:
    cut(folder, "model.safetensors")
    return folder


@pytest.mark.parametrize("recipe", ["basic", "unified"])
@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (shortened, "the encoder cannot read"),
        (forget_words, "has no vocabulary of a tokenizer: none of tokenizer.json, vocab*"),
        (cut_weights, "has no encoder that can be read"),
    ],
)
def test_an_encoder_that_cannot_be_used_is_told(
    tmp_path, capsys, data, base, recipe, damage, sentence
):
    told = refused(
        capsys, "train", "--data", data, "--recipe", recipe, "--encoder", damage(base),
        "--sentence-encoder", base, "--output", tmp_path / "model",
    )  # fmt: skip
    assert sentence in told
    assert str(base) in told
    assert not (tmp_path / "model").exists()


def test_a_published_model_whose_encoder_is_too_short_is_told(tmp_path):
    folder = Path(shutil.copytree(NT, tmp_path / "model"))
    file = folder / "pytorch_model.bin"
    config = json.loads((folder / "base" / "config.json").read_text())
    (folder / "base" / "config.json").write_text(
        json.dumps(config | {"max_position_embeddings": 64})
    )
    import torch

    weights = torch.load(file, weights_only=True)
    torch.save({n: w[:64] if "position_embeddings" in n else w for n, w in weights.items()}, file)
    with pytest.raises(ArtefactError, match="base: the encoder cannot read 128 tokens"):
        load_model(folder)


def test_a_published_models_encoder_without_a_vocabulary_is_told(tmp_path):
    folder = Path(shutil.copytree(NT, tmp_path / "model"))
    for file in (folder / "base").glob("*token*"):
        file.unlink()
    with pytest.raises(ArtefactError, match="tokenizer"):
        load_model(folder)


def test_an_encoder_that_lacks_words_of_its_tokenizer_is_told(tmp_path, capsys, data, base):
    from transformers import AutoConfig, AutoModel

    AutoModel.from_config(AutoConfig.from_pretrained(base, vocab_size=3)).save_pretrained(base)
    told = refused(
        capsys, "train", "--data", data, "--recipe", "basic", "--encoder", base,
        "--output", tmp_path / "model",
    )  # fmt: skip
    assert "lacks a token of its tokenizer" in told


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"text_types": []}, "text_types is empty"),
        ({"text_types": ["title", "title"]}, "each once"),
        ({"scalar_features": ["channel_sim", "channel_sim"]}, "each once"),
        ({"scalar_features": None}, "scalar_features is None"),
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


def test_a_card_that_is_not_there_is_told(tmp_path, capsys, data):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    told = refused(
        capsys, "train", "--data", data, "--recipe", "basic", "--output", tmp_path / "model",
        "--device", "cuda",
    )  # fmt: skip
    assert "PyTorch finds no CUDA device on this machine" in told


@pytest.mark.parametrize("output", ["data.jsonl", "data.jsonl/model", "photos"])
def test_a_place_where_no_model_can_go_is_told_before_training(
    tmp_path, capsys, data, output, monkeypatch
):
    import modeling.dataset

    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")
    monkeypatch.setattr(modeling.dataset, "prepare_splits", None)  # the first thing of the work
    told = refused(
        capsys, "train", "--data", data, "--recipe", "basic", "--output", tmp_path / output
    )
    assert str(tmp_path / output) in told


@pytest.mark.parametrize("output", ["data.jsonl", "data.jsonl/figures"])
def test_a_place_where_no_figures_can_go_is_told_before_evaluating(tmp_path, capsys, data, output):
    # There is no model either: what is looked at first is what is told.
    told = refused(
        capsys, "evaluate", "--data", data, "--model", tmp_path / "none",
        "--output", tmp_path / output,
    )  # fmt: skip
    assert "is not a folder" in told


@pytest.mark.parametrize("size", [0, -1])
def test_batches_of_no_pairs_lose_none(tmp_path, capsys, there, size):
    source = write(tmp_path / "in.jsonl", PAIR)
    told = refused(
        capsys, "predict", "--model", NT, "--input", source, "--output", there,
        "--batch-size", size,
    )  # fmt: skip
    assert f"batch_size must be at least 1, not {size}" in told
    assert there.read_text() == "precious"
    with pytest.raises(ValueError, match="batch_size"):
        list(load_model(NT).predict([], batch_size=size))


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


def test_a_device_without_a_card_is_an_error_of_the_library_too():
    import torch

    from modeling.encoders import pick_device

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(ModelingError, match="device cuda"):
        pick_device("cuda")
