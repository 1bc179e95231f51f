"""What is wrong with an encoder, or a card or network that is not there, is told in a sentence."""

import json
import shutil
from pathlib import Path

import pytest

from modeling.errors import ArtefactError, ModelingError
from modeling.recipes import load_model
from tests.modeling.commands import NT, PAIR, cut, labelled, refused, write


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


def test_a_card_that_is_not_there_is_told(tmp_path, capsys, data):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    told = refused(
        capsys, "train", "--data", data, "--recipe", "basic", "--output", tmp_path / "model",
        "--device", "cuda",
    )  # fmt: skip
    assert "PyTorch finds no CUDA device on this machine" in told


def test_a_device_without_a_card_is_an_error_of_the_library_too():
    import torch

    from modeling.encoders import pick_device

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(ModelingError, match="device cuda"):
        pick_device("cuda")
