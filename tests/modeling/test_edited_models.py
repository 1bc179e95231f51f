"""A model whose files somebody edited is refused when it is loaded, and what was edited named."""

import json
import shutil
from pathlib import Path

import pytest

from modeling.errors import ArtefactError
from modeling.recipes import TrainingConfig, load_model, train
from tests.modeling.commands import NT, PAIR, refused, write

DELETED = object()


@pytest.fixture(scope="module")
def models(tmp_path_factory, make_examples, tiny_encoder) -> dict[str, Path]:
    """One of each recipe."""
    encoder, pairs = str(tiny_encoder), make_examples(80, 1)
    quick = TrainingConfig(
        encoder=encoder, sentence_encoder=encoder, device="cpu", max_length=48, epochs=1
    )
    folder = tmp_path_factory.mktemp("models")
    return {
        recipe: train(recipe, pairs, output=folder / recipe, config=quick).path
        for recipe in ("basic", "unified", "unified-v2")
    }


def edited(folder: Path, place: str, value: object) -> None:
    """With `value` at "variants.nt.max_length" of its manifest."""
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text())
    *above, last = place.split(".")
    at = manifest
    for name in above:
        at = at[name]
    if value is DELETED:
        del at[last]
    else:
        at[last] = value
    file.write_text(json.dumps(manifest))


OF_ALL = [
    *(("max_length", v) for v in (None, "x", -1, 2.5, 0, True, 10**9, 10**400, [], DELETED)),
    *(("text_types", v) for v in ([], ["a"], ["title"], "title", None, ["title"] * 2, 3)),
    *(("encoder", v) for v in (None, 3, "", [], DELETED)),
]
OF_UNIFIED = [
    ("max_length", 161),
    *(("shape.masked", v) for v in (None, "x", 1, True, DELETED)),
    *(("shape.shared", v) for v in (None, "x", 2)),
    *(("shape.scalars", v) for v in (None, "x", 0, 1, 3, 2.0, 10**30)),
    *(("shape.channel_dimensions", v) for v in (None, "x", -1, 10**30, 2.5)),
    *(("shape.text_types", v) for v in ([], ["a"], ["title"], None)),
    *(("shape", v) for v in (None, [], "x", DELETED)),
    ("shape.strange", 1),
    *(("similarities", v) for v in (None, [], "x", {}, DELETED)),
    *(("similarities.max_length", v) for v in (None, "x", -1, DELETED)),
    *(("similarities.report_gap", v) for v in ("x", 1, [], True)),
    *(("similarities.encoder", v) for v in (None, 3)),
    *(("similarities.image_encoder", v) for v in (3, ["x"])),
    *(("training", v) for v in (None, [], DELETED)),
]
OF_BASIC = [
    *(("report_gap", v) for v in ("x", 1, [], True)),
    *(("classifier", v) for v in ("oracle", None, 3, [])),
    *(("columns", v) for v in ([], None, ["a"], [1], "x")),
    *(("encoder_id", v) for v in (None, 3, DELETED)),
]
CASES = [
    *(("basic", f"variants.nt.{place}", v) for place, v in OF_ALL + OF_BASIC),
    *(("unified", f"variants.nt.{place}", v) for place, v in OF_ALL + OF_UNIFIED),
    *(("unified-v2", f"variants.nt.{place}", v) for place, v in OF_ALL + OF_UNIFIED[:20]),
    *(
        ("basic", place, v)
        for place, v in [
            ("calibration", []), ("calibration", {"nt": 3}), ("calibration.nt.temperature", "x"),
            ("calibration.nt.temperature", 10**400), ("calibration.nt.temperature", 0),
            ("calibration.nt.threshold", 2), ("calibration.nt.threshold", None),
            ("calibration.nt.strange", 1), ("calibration.nt.shift", "x"),
            ("config.clean_text", "x"), ("config.clean_text", None),
            ("variants.nt", None), ("variants.nt", []), ("variants.xx", {}), ("recipe", "oracle"),
            ("encoder", None),
        ]
    ),
]  # fmt: skip


def in_short(value: object) -> str:
    return "deleted" if value is DELETED else repr(value)[:30]


@pytest.mark.parametrize(("recipe", "place", "value"), CASES, ids=in_short)
def test_a_field_of_a_manifest_that_cannot_be_is_named(tmp_path, models, recipe, place, value):
    folder = Path(shutil.copytree(models[recipe], tmp_path / "model"))
    edited(folder, place, value)
    with pytest.raises(ArtefactError, match="manifest") as told:
        load_model(folder)
    complaint = str(told.value)
    assert str(folder) in complaint
    assert place.split(".")[-1] in complaint
    assert len(complaint) < 400


@pytest.mark.parametrize("recipe", ["basic", "unified", "unified-v2"])
def test_a_manifest_from_before_there_were_gaps_and_calibrations_is_still_read(
    tmp_path, models, recipe
):
    folder = Path(shutil.copytree(models[recipe], tmp_path / "model"))
    edited(folder, "variants.nt.report_gap" if recipe == "basic" else
           "variants.nt.similarities.report_gap", DELETED)  # fmt: skip
    edited(folder, "calibration", DELETED)
    assert load_model(folder).calibration["nt"].temperature == 1.0


def change(folder: Path, name: str, **values: object) -> None:
    known = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps(known | values))


TOKENIZER = "tokenizer_config.json"
BASES = [
    ("config.json", {"pad_token_id": None}),
    ("config.json", {"num_hidden_layers": 10**30}),
    ("config.json", {"num_hidden_layers": 1001}),
    ("config.json", {"hidden_size": 10**6}),
    ("config.json", {"vocab_size": 10**12}),
    ("config.json", {"max_position_embeddings": 10**15}),
    ("config.json", {"intermediate_size": 10**12}),
    ("config.json", {"num_labels": 10**12}),
    ("config.json", {"text_config": {"num_hidden_layers": 10**30}}),
    (TOKENIZER, {"model_input_names": ["input_ids", "oddities"]}),
    (TOKENIZER, {"model_input_names": []}),
    (TOKENIZER, {"model_input_names": ["attention_mask"]}),
    (TOKENIZER, {"model_input_names": 3}),
    (TOKENIZER, {"model_input_names": "input_ids"}),
    (TOKENIZER, {"model_input_names": {"a": 1}}),
    (TOKENIZER, {"model_input_names": [["input_ids"]]}),
    (TOKENIZER, {"model_max_length": "x"}),
    (TOKENIZER, {"model_max_length": -1}),
    (TOKENIZER, {"model_max_length": []}),
    (TOKENIZER, {"truncation_side": "up"}),
    (TOKENIZER, {"pad_token": 3}),
]


@pytest.mark.parametrize(("name", "values"), BASES, ids=lambda v: repr(v)[:50])
def test_a_base_encoder_that_somebody_edited_is_told(tmp_path, capsys, there, name, values):
    folder = Path(shutil.copytree(NT, tmp_path / "model"))
    change(folder / "base", name, **values)
    source = write(tmp_path / "in.jsonl", PAIR)
    told = refused(capsys, "predict", "--model", folder, "--input", source, "--output", there)
    assert str(folder / "base") in told
    assert len(told) < 600
    assert there.read_text() == "precious"


@pytest.mark.parametrize("recipe", ["basic", "unified"])
@pytest.mark.parametrize(("name", "values"), BASES[1:4] + BASES[9:12], ids=lambda v: repr(v)[:50])
def test_an_encoder_that_somebody_edited_trains_nothing(
    tmp_path, capsys, data, tiny_encoder, recipe, name, values
):
    base = Path(shutil.copytree(tiny_encoder, tmp_path / "base"))
    change(base, name, **values)
    told = refused(
        capsys, "train", "--data", data, "--recipe", recipe, "--encoder", base,
        "--sentence-encoder", base, "--output", tmp_path / "model",
    )  # fmt: skip
    assert str(base) in told
    assert not (tmp_path / "model").exists()
