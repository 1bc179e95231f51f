"""Models used from Python, saved, and sent to and had from a hub."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from modeling.errors import ArtefactError, InputError
from modeling.hub import VideoSimilarityModel
from modeling.models.published import load_published
from modeling.recipes import load_model, train
from tests.modeling.fake_hub import fake_hub
from tests.modeling.test_published import CASES, NT, SCORED, pairs_of

# The model card's own example.
FIRST = {
    "regret_title": "YouTube Regrets",
    "regret_description": "Are your YouTube recommendations sometimes lies? Conspiracy theories? "
    "Or just weird as hell?\n\n\nYou’re not alone. That’s why Mozilla and 37,380 YouTube users "
    "conducted a study to better understand harmful YouTube recommendations. This is what we "
    "learned about YouTube regrets: https://foundation.mozilla.org/regrets/",
    "regret_transcript": None,
}
SECOND = {
    "recommendation_title": "YouTube Regrets Reporter",
    "recommendation_description": "Are you choosing what to watch, or is YouTube choosing for you?"
    "\n\nTheir algorithm is responsible for over 70% of  viewing time, which can include "
    "recommending harmful videos.\n\nHelp us hold them responsible. Install RegretsReporter: "
    "https://mzl.la/37BT2vA",
    "recommendation_transcript": None,
}
EXAMPLE = FIRST | SECOND | {"channel_sim": 1}
PICKLES = {".bin", ".pt", ".pkl", ".ckpt"}


@pytest.fixture(scope="module")
def hub():
    with fake_hub() as running:
        yield running


@pytest.fixture
def published() -> VideoSimilarityModel:
    return VideoSimilarityModel.from_pretrained(NT)


@pytest.fixture(params=["basic", "unified"])
def ours(request, make_examples, config, tmp_path) -> Path:
    examples = make_examples(80, 1, transcripts=0.6)
    return train(request.param, examples, output=tmp_path / "ours", config=config).path


def upload(hub, name: str, folder: Path) -> None:
    files = (file for file in folder.rglob("*") if file.is_file())
    hub.files[name] = {str(file.relative_to(folder)): file.read_bytes() for file in files}


def files_in(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_the_model_cards_example_gives_a_probability(published):
    frame = pd.DataFrame([EXAMPLE])
    [probability] = published.predict(frame)
    assert 0 < probability < 1
    assert published.predict([EXAMPLE]).tolist() == [probability]
    assert published.predict(EXAMPLE).tolist() == [probability]
    apart = frame.assign(channel_sim=0)
    assert published.predict(apart)[0] != probability


def test_a_frame_gives_what_the_authors_code_gives(published):
    frame = pd.DataFrame([case["input"] for case in CASES])
    found = published.predict(frame)
    assert len(found) == len(CASES)
    scored = [p for p, case in zip(found, CASES, strict=True) if not case["dropped_by_peer"]]
    assert scored == pytest.approx([case["probability"] for case in SCORED], abs=1e-5)


def test_a_stream_gives_its_first_pair_and_every_other(published):
    rows = [EXAMPLE | {"channel_sim": i % 2, "regret_title": f"title {i}"} for i in range(150)]
    one_by_one = [published.predict(row)[0] for row in rows[:3]]
    streamed = list(published.stream((row for row in rows), batch_size=2))
    assert len(streamed) == 150
    assert [p.probability for p in streamed[:3]] == pytest.approx(one_by_one, abs=1e-6)


def test_a_bad_row_is_named(published):
    with pytest.raises(InputError, match="row 1: field recommendation_title: missing"):
        published.predict([EXAMPLE, FIRST])


def test_a_published_model_saved_is_whole_by_itself_and_answers_the_same(published, tmp_path):
    folder = published.save_pretrained(tmp_path / "saved")
    assert {"config.json", "model.safetensors", "README.md", "base/config.json"} <= files_in(folder)
    assert not [name for name in files_in(folder) if Path(name).suffix in PICKLES]
    config = json.loads((folder / "config.json").read_text())
    assert config == json.loads((NT / "config.json").read_text())
    moved = shutil.move(folder, tmp_path / "moved")
    again = VideoSimilarityModel.from_pretrained(moved)
    pairs = pairs_of(CASES)
    expected = [p.probability for p in published.model.predict(pairs)]
    assert [p.probability for p in again.model.predict(pairs)] == pytest.approx(expected, abs=1e-6)


def test_a_published_model_keeps_the_authors_names_of_its_weights(published, tmp_path):
    import torch
    from safetensors.torch import load_file

    folder = published.save_pretrained(tmp_path / "saved")
    stored = torch.load(NT / "pytorch_model.bin", weights_only=True)
    saved = load_file(folder / "model.safetensors")
    theirs = {name for name in stored if not name.endswith(("position_ids", "loss.pos_weight"))}
    assert set(saved) == theirs
    assert all(torch.equal(saved[name], stored[name]) for name in theirs)


def test_names_of_the_second_versions_wrapper_are_kept_too(tmp_path, tiny_encoder):
    import torch
    from safetensors.torch import load_file, save_file

    from modeling.models.published_network import PublishedV2

    config = {"text_types": ["title"], "scalar_features": ["channel_sim"], "channel_embeddings": []}
    folder = tmp_path / "v2"
    folder.mkdir()
    shutil.copytree(tiny_encoder, folder / "base")
    torch.manual_seed(0)
    weights = {
        name.replace("models.title.", "models.title.auto_model."): weight
        for name, weight in PublishedV2.from_config(config, tiny_encoder).state_dict().items()
        if ".pooler." not in name
    }
    save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config | {"model_name_or_path": "x/base"}))
    model = VideoSimilarityModel.from_pretrained(folder)
    model.save_pretrained(tmp_path / "again")
    assert load_file(tmp_path / "again" / "model.safetensors").keys() == weights.keys()
    shutil.rmtree(folder)
    again = VideoSimilarityModel.from_pretrained(tmp_path / "again")
    assert again.predict(EXAMPLE) == pytest.approx(model.predict(EXAMPLE), abs=1e-6)


def test_a_model_of_ours_saved_is_whole_by_itself_and_answers_the_same(
    ours, make_examples, tiny_encoder, tmp_path
):
    model = VideoSimilarityModel.from_pretrained(ours)
    folder = model.save_pretrained(tmp_path / "saved")
    assert not [name for name in files_in(folder) if Path(name).suffix in PICKLES]
    assert "video-similarity" in (folder / "README.md").read_text()
    hidden = Path(shutil.move(tiny_encoder, tmp_path / "elsewhere"))
    try:
        again = load_model(folder)
    finally:
        shutil.move(hidden, tiny_encoder)
    pairs = make_examples(30, 5, transcripts=0.5)
    expected = [p.logit for p in model.model.predict(pairs)]
    assert [p.logit for p in again.predict(pairs)] == pytest.approx(expected, abs=1e-6)
    assert again.manifest["metrics"] == model.model.manifest["metrics"]


def test_saving_replaces_a_model_and_nothing_else(published, tmp_path):
    folder = published.save_pretrained(tmp_path / "saved")
    assert published.save_pretrained(folder) == folder
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")
    with pytest.raises(ArtefactError, match="holds no model"):
        published.save_pretrained(tmp_path / "photos")
    assert [item.name for item in (tmp_path / "photos").iterdir()] == ["cat.jpg"]
    assert sorted(item.name for item in tmp_path.iterdir()) == ["photos", "saved"]


def test_a_model_goes_to_the_hub_and_comes_back(ours, hub, make_examples, tmp_path):
    name = f"team/{load_model(ours).recipe}"
    model = VideoSimilarityModel.from_pretrained(ours)
    address = model.push_to_hub(name, private=True, token="hf_secret", endpoint=hub.address)
    assert address.startswith(f"{hub.address}/{name}/commit/")
    assert "Bearer hf_secret" in hub.tokens
    assert hub.visibility[name] == "private"
    assert {"README.md", "manifest.json"} <= hub.files[name].keys()
    hub.files[name][".gitattributes"] = b"*.safetensors filter=lfs\n"
    again = VideoSimilarityModel.from_pretrained(
        name, cache_dir=tmp_path / "cache", endpoint=hub.address
    )
    pairs = make_examples(20, 5, transcripts=0.5)
    expected = [p.logit for p in model.model.predict(pairs)]
    assert [p.logit for p in again.model.predict(pairs)] == pytest.approx(expected, abs=1e-6)


def test_a_model_of_the_authors_kind_is_had_from_the_hub_with_its_base_encoder(hub, tmp_path):
    upload(hub, "authors/model", NT)
    upload(hub, "authors/base", NT / "base")
    base = {name: hub.files["authors/model"].pop(name) for name in files_in(NT) if "base/" in name}
    assert base
    config = json.loads((NT / "config.json").read_text())
    config["cross_encoder_model_name_or_path"] = "authors/base"
    hub.files["authors/model"]["config.json"] = json.dumps(config).encode()
    hub.files["authors/model"]["unifiedmodel.py"] = b"raise SystemExit"
    access = {"cache_dir": tmp_path / "cache", "endpoint": hub.address}
    model = VideoSimilarityModel.from_pretrained("authors/model", revision="main", **access)
    expected = [p.probability for p in load_published(NT).predict(pairs_of(CASES))]
    assert [p.probability for p in model.model.predict(pairs_of(CASES))] == expected
    assert not any("unifiedmodel.py" in asked for asked in hub.asked)
    assert not any("base/resolve" in a and a.endswith(".safetensors") for a in hub.asked)

    # What is in the cache is there without a network too.
    offline = {"cache_dir": tmp_path / "cache", "endpoint": "http://127.0.0.1:9"}
    again = VideoSimilarityModel.from_pretrained("authors/model", **offline)
    assert again.predict(EXAMPLE) == pytest.approx(model.predict(EXAMPLE), abs=1e-9)


def test_a_pickle_is_not_even_fetched_where_there_are_safetensors(hub, published, tmp_path):
    upload(hub, "authors/safe", published.save_pretrained(tmp_path / "saved"))
    hub.files["authors/safe"]["pytorch_model.bin"] = b"anything"
    model = VideoSimilarityModel.from_pretrained(
        "authors/safe", cache_dir=tmp_path / "cache", endpoint=hub.address
    )
    assert model.predict(EXAMPLE) == pytest.approx(published.predict(EXAMPLE), abs=1e-6)
    assert not any("safe/resolve" in a and a.endswith(".bin") for a in hub.asked)


@pytest.mark.parametrize(
    "name", ["authors/none", "no such folder", "../nowhere", "/nowhere/at/all"]
)
def test_what_is_neither_a_folder_nor_on_the_hub_is_told(hub, tmp_path, name):
    with pytest.raises(ArtefactError, match="neither a folder nor a model that the hub gave"):
        VideoSimilarityModel.from_pretrained(
            name, cache_dir=tmp_path / "cache", endpoint=hub.address
        )


def test_without_a_network_it_says_what_to_do(published, tmp_path):
    nowhere = "http://127.0.0.1:9"
    with pytest.raises(ArtefactError, match="where there is none, fetch the model elsewhere"):
        VideoSimilarityModel.from_pretrained("a/b", cache_dir=tmp_path, endpoint=nowhere)
    with pytest.raises(ArtefactError, match=r"could not be stored on the hub\. Check the network"):
        published.push_to_hub("a/b", token="hf_secret", endpoint=nowhere)
    with pytest.raises(ArtefactError, match="neither a folder"):
        VideoSimilarityModel.from_pretrained("a/b", cache_dir=tmp_path, local_files_only=True)


def test_a_published_model_cleans_texts_when_told_to(published):
    noisy = EXAMPLE | {"regret_title": "https://x.org", "regret_description": "@someone"}
    bare = EXAMPLE | {"regret_title": "", "regret_description": "", "channel_sim": 1}
    for row in (noisy, bare):
        row["recommendation_description"] = "Install it"
    cleaning = VideoSimilarityModel.from_pretrained(NT, clean_text=True)
    assert cleaning.predict(noisy) == pytest.approx(published.predict(bare), abs=1e-6)
    assert published.predict(noisy) != pytest.approx(published.predict(bare), abs=1e-6)


def test_how_to_load_a_model_that_cleans_is_written_beside_it(tmp_path):
    cleaning = VideoSimilarityModel.from_pretrained(NT, clean_text=True)
    folder = cleaning.save_pretrained(tmp_path / "saved")
    assert "To be loaded with `clean_text=True`" in (folder / "README.md").read_text()
