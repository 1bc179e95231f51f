import json
import pickle

import pytest

from modeling.recipes import ArtefactError, load_model, train


@pytest.fixture
def stored(study, config, tmp_path):
    return train("basic", study, output=tmp_path / "model", config=config)


@pytest.fixture
def stored_unified(make_examples, config, tmp_path):
    return train("unified", make_examples(40, 1), output=tmp_path / "unified", config=config)


def test_the_manifest_tells_what_the_model_is(stored):
    manifest = json.loads((stored.path / "manifest.json").read_text())
    assert manifest["format_version"] == 1
    assert manifest["recipe"] == "basic"
    assert set(manifest["variants"]) == {"nt", "wt"}
    assert manifest["metrics"] == stored.metrics
    assert set(manifest["files"]) == {"model.safetensors"}
    assert {"torch", "transformers", "scikit-learn"} <= manifest["libraries"].keys()
    assert "created" in manifest
    assert "config" in manifest


def test_the_unified_artefact_holds_weights_configuration_and_tokenizer(stored_unified):
    files = set(json.loads((stored_unified.path / "manifest.json").read_text())["files"])
    assert {"nt.safetensors", "encoder/config.json", "encoder/tokenizer.json"} <= files
    assert not [f for f in files if f.endswith((".bin", ".pt", ".pkl"))]


def test_nothing_but_the_artefact_is_left_beside_it(stored):
    assert [item.name for item in stored.path.parent.iterdir()] == ["model"]


def test_altered_weights_are_refused(stored):
    file = stored.path / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(ArtefactError, match=r"model\.safetensors was altered"):
        load_model(stored.path)


def test_an_altered_manifest_is_refused_by_who_knows_its_hash(stored):
    file = stored.path / "manifest.json"
    file.write_text(file.read_text().replace('"recipe": "basic"', '"recipe":  "basic"'))
    with pytest.raises(ArtefactError, match="not the one that was stored"):
        load_model(stored.path, sha256=stored.sha256)


def test_a_missing_file_is_named(stored_unified):
    (stored_unified.path / "encoder" / "config.json").unlink()
    with pytest.raises(ArtefactError, match=r"missing: encoder/config\.json"):
        load_model(stored_unified.path)


def test_a_file_that_was_slipped_in_is_refused(stored_unified):
    (stored_unified.path / "encoder" / "modeling.py").write_text("print('no')")
    with pytest.raises(ArtefactError, match="not in the manifest"):
        load_model(stored_unified.path)


def test_a_pickle_is_refused_even_when_the_manifest_lists_it(stored):
    import hashlib

    content = pickle.dumps({"weights": 1})
    (stored.path / "model.bin").write_bytes(content)
    file = stored.path / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest["files"]["model.bin"] = hashlib.sha256(content).hexdigest()
    file.write_text(json.dumps(manifest))
    with pytest.raises(ArtefactError, match="not a kind of file"):
        load_model(stored.path)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"format_version": 99}', '{"format_version": 1}']
)
def test_a_damaged_manifest_is_an_error_in_words(stored, content):
    (stored.path / "manifest.json").write_text(content)
    with pytest.raises(ArtefactError):
        load_model(stored.path)


def test_a_folder_without_a_model_is_an_error_in_words(tmp_path):
    with pytest.raises(ArtefactError, match="holds no model"):
        load_model(tmp_path)


def test_another_encoder_under_the_same_name_is_refused(stored, tiny_encoder, config, tmp_path):
    file = stored.path / "manifest.json"
    manifest = json.loads(file.read_text())
    for variant in manifest["variants"].values():
        variant["encoder_id"] = "0" * 32
    file.write_text(json.dumps(manifest))
    with pytest.raises(ArtefactError, match="not the one that this model was trained with"):
        load_model(stored.path)


def test_a_model_replaces_one_that_was_there_but_never_other_files(stored, study, config, tmp_path):
    again = train("basic", study, output=stored.path, config=config)
    assert load_model(again.path).recipe == "basic"
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")
    with pytest.raises(ArtefactError, match="holds no model"):
        train("basic", study, output=tmp_path / "photos", config=config)
    assert (tmp_path / "photos" / "cat.jpg").exists()
