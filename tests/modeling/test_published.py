"""Folders as the authors of the study published them, and what their own code answers."""

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from modeling.errors import ArtefactError, InputError
from modeling.recipes import load_model
from modeling.records import to_pair
from modeling.schema import PairExample, VideoText
from modeling.tokenization import encode_pairs

NT = Path(__file__).parent / "published_nt"
CASES = json.loads((NT / "expected.json").read_text())["cases"]
SCORED = [case for case in CASES if not case["dropped_by_peer"]]


def pairs_of(cases: list[dict]) -> list[PairExample]:
    return [
        to_pair(case["input"], fallback_id=str(row), labelled=False)
        for row, case in enumerate(cases)
    ]


def test_probabilities_are_those_of_the_authors_code() -> None:
    found = list(load_model(NT).predict(pairs_of(SCORED), batch_size=4))
    assert [p.probability for p in found] == pytest.approx(
        [case["probability"] for case in SCORED], abs=1e-5
    )
    assert [p.logit for p in found] == pytest.approx([c["logit"] for c in SCORED], abs=1e-4)


def test_probabilities_of_cleaned_texts_are_those_of_the_authors_code() -> None:
    model = load_model(NT)
    model.read_cleaned()
    found = [p.probability for p in model.predict(pairs_of(SCORED), batch_size=4)]
    assert found == pytest.approx([c["clean_text"]["probability"] for c in SCORED], abs=1e-5)
    assert found != pytest.approx([case["probability"] for case in SCORED], abs=1e-2)


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_weights_are_not_rounded_to_the_precision_that_the_base_names(copy, precision) -> None:
    file = copy / "base" / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"dtype": precision}))
    found = [p.probability for p in load_model(copy).predict(pairs_of(SCORED))]
    assert found == pytest.approx([case["probability"] for case in SCORED], abs=1e-5)


def test_tokens_are_those_of_the_authors_code() -> None:
    variant = load_model(NT).variants["nt"]
    encoded = encode_pairs(
        pairs_of(SCORED), variant.tokenizer, variant.text_types, variant.max_length,
        prepare=variant.prepare,
    )  # fmt: skip
    for text_type in ("title", "description"):
        rows = encoded.fields[text_type]["input_ids"]
        expected = [case["input_ids_unpadded"][text_type] for case in SCORED]
        assert [row.tolist() for row in rows] == expected


def test_a_pair_that_the_authors_code_drops_is_scored_with_what_there_is() -> None:
    found = list(load_model(NT).predict(pairs_of(CASES)))
    assert len(found) == len(CASES) == 48
    assert all(0 < prediction.probability < 1 for prediction in found)


def texts(pair: PairExample, name: str) -> tuple[str, str]:
    return tuple(" ".join((getattr(v, name) or "").split()) for v in (pair.left, pair.right))


def encoded_as_the_authors_do(tokenizer, pairs, name):
    left, right = zip(*(texts(pair, name) for pair in pairs), strict=True)
    return tokenizer(
        list(left), list(right), padding="max_length", truncation=True, max_length=128,
        return_tensors="pt",
    )  # fmt: skip


def write_folder(folder: Path, encoder: Path, config: dict, weights: dict) -> Path:
    """`encoder` without its weights' meaning: those of the folder count."""
    import torch

    folder.mkdir()
    shutil.copytree(encoder, folder / "base")
    (folder / "config.json").write_text(json.dumps(config | {"label_col": "label"}))
    torch.save(weights, folder / "pytorch_model.bin")
    return folder


@pytest.fixture
def pairs(make_examples) -> list[PairExample]:
    return [e for e in make_examples(40, seed=3, transcripts=1.0) if e.left.description][:12]


def test_a_bert_with_transcripts_gives_what_its_parts_give(tmp_path, tiny_encoder, pairs) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

    torch.manual_seed(5)
    names = ["title", "description", "transcript"]
    base = AutoConfig.from_pretrained(tiny_encoder)
    encoders = {n: AutoModelForSequenceClassification.from_config(base).eval() for n in names}
    last = torch.nn.Linear(3 * base.num_labels + 1, 1)
    weights = {
        f"cross_encoders.{name}.{key}": value
        for name, encoder in encoders.items()
        for key, value in encoder.state_dict().items()
    }
    weights |= {f"lin1.{key}": value for key, value in last.state_dict().items()}
    weights["cross_encoders.title.bert.embeddings.position_ids"] = torch.arange(160)[None]
    config = {"text_types": names, "scalar_features": ["channel_sim"]}
    config["cross_encoder_model_name_or_path"] = "somewhere/else/base"
    folder = write_folder(tmp_path / "wt", tiny_encoder, config, weights)

    tokenizer = AutoTokenizer.from_pretrained(tiny_encoder)
    with torch.inference_mode():
        parts = [
            encoders[name](**encoded_as_the_authors_do(tokenizer, pairs, name)).logits
            for name in names
        ]
        same = torch.tensor([[float(pair.same_channel)] for pair in pairs])
        expected = torch.sigmoid(last(torch.cat([*parts, same], 1)))[:, 0]
    model = load_model(folder)
    found = list(model.predict(pairs, batch_size=5))
    assert {p.variant for p in found} == {"wt"}
    assert [p.probability for p in found] == pytest.approx(expected.tolist(), abs=1e-5)


BOTH = ["regret_channel_emb", "recommendation_channel_emb"]


@pytest.mark.parametrize(
    "sides", [[], BOTH, BOTH[::-1], BOTH[1:]], ids=["none", "both", "swapped", "one"]
)
def test_the_second_version_gives_what_its_parts_give(tmp_path, tiny_encoder, pairs, sides) -> None:
    """Against sentence-transformers' own encoder and pooling, as the authors put them together."""
    import torch
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from torch import nn
    from transformers import AutoTokenizer

    torch.manual_seed(6)
    names, channels = ["title", "description"], 6 if sides else 0
    encoders = {name: Transformer(str(tiny_encoder)).eval() for name in names}
    for encoder in encoders.values():
        for parameter in encoder.parameters():
            nn.init.normal_(parameter, std=0.2)
    inputs = 2 * 32 + 1 + channels
    layers = {
        "norm1": nn.LayerNorm(inputs), "fc1": nn.Linear(inputs, 1024),
        "norm2": nn.LayerNorm(1024), "fc2": nn.Linear(1024, 256), "fc3": nn.Linear(256, 1),
    }  # fmt: skip
    layers["fc3"].weight.data.mul_(100)  # random layers hardly tell one pair from another
    config = {"text_types": names, "scalar_features": ["channel_sim"], "dropout": 0.1}
    config |= {"model_name_or_path": "fixture/base", "channel_embeddings": sides}
    if channels:
        layers["channel_emb_fc"] = nn.Linear(len(sides) * channels, channels)
        config |= {"channel_embedding_dim": channels}
        pairs = [with_channels(pair, channels, seed) for seed, pair in enumerate(pairs)]
    weights = {
        f"transformer_models.{name}.auto_model.{key}": value
        for name, encoder in encoders.items()
        for key, value in encoder.auto_model.state_dict().items()
    }
    weights |= {f"{n}.{k}": v for n, layer in layers.items() for k, v in layer.state_dict().items()}
    folder = write_folder(tmp_path / "v2", tiny_encoder, config, weights)

    tokenizer, pooling = AutoTokenizer.from_pretrained(tiny_encoder), Pooling(32, "mean")
    gelu = nn.GELU()
    with torch.inference_mode():
        parts = []
        for name in names:
            read = dict(encoded_as_the_authors_do(tokenizer, pairs, name))
            parts.append(pooling(encoders[name](read))["sentence_embedding"])
        if channels:
            of_pair = [dict(zip(BOTH, (p.left, p.right), strict=True)) for p in pairs]
            vectors = [[x for s in sides for x in p[s].channel_vector] for p in of_pair]
            parts.append(gelu(layers["channel_emb_fc"](torch.tensor(vectors))))
        parts.append(torch.tensor([[float(pair.same_channel)] for pair in pairs]))
        hidden = gelu(layers["fc1"](layers["norm1"](torch.cat(parts, 1))))
        hidden = gelu(layers["fc2"](layers["norm2"](hidden)))
        expected = layers["fc3"](hidden)[:, 0]
    found = [p.logit for p in load_model(folder).predict(pairs, batch_size=5)]
    assert np.std(found) > 0.1
    assert found == pytest.approx(expected.tolist(), abs=1e-3)


def with_channels(pair: PairExample, dimensions: int, seed: int) -> PairExample:
    numbers = np.random.default_rng(seed).normal(size=(2, dimensions)).tolist()
    row = {"regret_title": pair.left.title, "recommendation_title": pair.right.title}
    row |= {"regret_description": pair.left.description, "channel_sim": seed % 2}
    row |= {"recommendation_description": pair.right.description}
    row |= {"regret_channel_emb": numbers[0], "recommendation_channel_emb": json.dumps(numbers[1])}
    return to_pair(row, fallback_id=pair.pair_id, labelled=False)


@pytest.fixture
def copy(tmp_path) -> Path:
    return Path(shutil.copytree(NT, tmp_path / "model"))


def test_weights_cut_short_are_named(copy) -> None:
    file = copy / "pytorch_model.bin"
    file.write_bytes(file.read_bytes()[:100_000])
    with pytest.raises(ArtefactError, match=r"pytorch_model\.bin is damaged"):
        load_model(copy)


class Hostile:
    def __reduce__(self):
        return print, ("this must never run",)


def test_code_in_a_pickle_is_refused_and_not_run(copy, capsys) -> None:
    (copy / "pytorch_model.bin").write_bytes(pickle.dumps({"lin1.bias": Hostile()}))
    with pytest.raises(ArtefactError, match="holds more than weights"):
        load_model(copy)
    assert "never run" not in capsys.readouterr().out


def test_an_encoder_of_another_width_is_told(copy, tiny_encoder) -> None:
    shutil.rmtree(copy / "base")
    shutil.copytree(tiny_encoder, copy / "base")
    with pytest.raises(ArtefactError, match="do not fit the configuration"):
        load_model(copy)


def test_without_weights_it_says_which_files_it_looked_for(copy) -> None:
    (copy / "pytorch_model.bin").unlink()
    with pytest.raises(ArtefactError, match=r"neither model\.safetensors nor pytorch_model\.bin"):
        load_model(copy)


def test_an_unknown_kind_of_text_is_told(copy) -> None:
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"text_types": ["title", "tags"]}))
    with pytest.raises(ArtefactError, match="text_types"):
        load_model(copy)


def test_a_channel_vector_of_another_length_names_the_pair() -> None:
    video = VideoText("a", channel_vector=(1.0, 2.0))
    with pytest.raises(InputError, match=r"pair p1: field regret_channel_emb .*: 2 numbers"):
        encode_pairs([PairExample("p1", video, video)], None, [], 128, channel_dimensions=3)
