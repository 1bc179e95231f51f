"""Thumbnails as features: read, compared, stored with the model, and never in the way."""

import io
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from modeling.cli import main
from modeling.errors import ArtefactError, InputError
from modeling.hub import VideoSimilarityModel
from modeling.perceptual import perceptual_vector
from modeling.progress import Ticker
from modeling.recipes import TrainingConfig, load_model, train
from modeling.schema import PairExample, VideoText
from modeling.thumbnails import ThumbnailEncoder, thumbnail_columns
from modeling.vector_store import EmbeddingCache, MemoryStore
from tests.modeling.pictures import picture, with_speckles, write_image_encoder, write_picture


def compressed(original, *, scale, quality):
    size = int(original.width * scale), int(original.height * scale)
    stream = io.BytesIO()
    original.resize(size).save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def with_bars(original):
    wide = Image.new("RGB", (original.width, original.height + 40))
    wide.paste(original, (0, 20))
    return wide


@pytest.fixture
def pairs(make_examples, tmp_path):
    """Texts that tell nothing; the thumbnails are alike where the label says similar."""
    rng = np.random.default_rng(0)
    examples = []
    for i, example in enumerate(make_examples(160, 3)):
        left = int(rng.integers(4))
        right = left if example.target else (left + 1 + int(rng.integers(3))) % 4
        files = [
            write_picture(tmp_path / "pictures" / f"{i}-{side}.jpg", topic, seed=2 * i + side)
            for side, topic in enumerate((left, right))
        ]
        examples.append(
            PairExample(
                f"p{i}",
                VideoText("one", thumbnail=str(files[0])),
                VideoText("two", thumbnail=str(files[1])),
                target=example.target,
                left_id=f"{i}-l",
                right_id=f"{i}-r",
                split="test" if i >= 120 else None,
            )
        )
    return examples


@pytest.fixture(scope="session")
def image_encoder(tmp_path_factory):
    return write_image_encoder(tmp_path_factory.mktemp("images") / "vit")


def row_of(pair, folder):
    def path(video):
        return video.thumbnail.removeprefix(f"{folder}/")

    return {
        "pair_id": pair.pair_id, "label": pair.target, "split": pair.split,
        "regret_id": pair.left_id, "recommendation_id": pair.right_id,
        "regret_title": pair.left.title, "regret_thumbnail": path(pair.left),
        "recommendation_title": pair.right.title, "recommendation_thumbnail": path(pair.right),
    }  # fmt: skip


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def run(capsys, *arguments):
    status = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return json.loads(captured.out.splitlines()[-1]) if status == 0 else None, captured.err


def auroc(result):
    return result.metrics["test"]["overall"]["auroc"]["value"]


def probabilities(model, pairs):
    return np.array([p.probability for p in model.predict(pairs)])


@pytest.mark.parametrize(
    "changed",
    [lambda p: compressed(p, scale=0.6, quality=40), with_bars, lambda p: with_speckles(p, 9)],
    ids=["scaled and compressed", "between bars", "speckled"],
)
def test_a_picture_stays_like_itself_and_is_unlike_others(changed):
    own = perceptual_vector(picture(1))
    assert np.linalg.norm(own) == pytest.approx(1)
    assert own @ perceptual_vector(changed(picture(1))) > 0.85
    assert max(own @ perceptual_vector(changed(picture(topic))) for topic in (2, 3)) < 0.4


def test_thumbnails_tell_where_texts_do_not_and_only_when_asked_for(pairs, config, tmp_path):
    plain = train("basic", pairs, output=tmp_path / "plain", config=config)
    assert auroc(plain) < 0.65
    assert "cosine_thumbnail" not in load_model(plain.path).variants["nt"].columns
    looking = replace(config, image_encoder="perceptual")
    result = train("basic", pairs, output=tmp_path / "looking", config=looking)
    assert auroc(result) > 0.95
    assert result.metrics["counts"]["without_thumbnails"] == 0


@pytest.mark.parametrize("recipe", ["basic", "unified", "unified-v2"])
@pytest.mark.parametrize("kind", ["perceptual", "an encoder"])
def test_a_stored_model_judges_thumbnails_as_the_trained_one(
    recipe, kind, pairs, config, image_encoder, tmp_path
):
    name = "perceptual" if kind == "perceptual" else str(image_encoder)
    looking = replace(config, image_encoder=name, epochs=1)
    result = train(recipe, pairs, output=tmp_path / "m", config=looking)
    model, test = load_model(result.path), [p for p in pairs if p.split == "test"]
    assert model.manifest["config"]["image_encoder"] == name
    judged = probabilities(model, test)
    brier = np.mean((judged - np.array([p.target for p in test])) ** 2)
    assert brier == pytest.approx(result.metrics["test"]["overall"]["brier"]["value"], abs=1e-5)
    without = [replace(p, left=replace(p.left, thumbnail="")) for p in test]
    assert not np.allclose(judged, probabilities(model, without), atol=1e-6)


def test_the_command_takes_paths_from_the_files_folder_and_says_what_is_missing(
    pairs, config, tmp_path, capsys
):
    rows = [row_of(pair, tmp_path) for pair in pairs]
    (tmp_path / "pictures" / "0-0.jpg").write_bytes(b"\xff\xd8 no picture")
    rows[1]["regret_thumbnail"] = "pictures/none.jpg"
    rows[2]["recommendation_thumbnail"] = None
    rows[3] |= {"regret_thumbnail": None, "regret_thumbnail_emb": [1, 0]}
    data = write_rows(tmp_path / "rows.jsonl", rows)
    last, _ = run(
        capsys, "train", "--data", data, "--recipe", "basic", "--output", tmp_path / "m",
        "--encoder", config.encoder, "--image-encoder", "perceptual",
    )  # fmt: skip
    assert last["metrics"]["auroc"] > 0.9
    assert last["counts"]["without_thumbnails"] == 4
    assert last["counts"]["unreadable_thumbnails"] == 2
    out = tmp_path / "elsewhere" / "out.jsonl"
    last, err = run(capsys, "predict", "--model", tmp_path / "m", "--input", data, "--output", out)
    told = [json.loads(line)["missing"].split() for line in out.read_text().splitlines()]
    assert ["regret_thumbnail" in lacks for lacks in told[:4]] == [True, True, False, True]
    assert "recommendation_thumbnail" in told[2]
    assert last["missing"]["regret_thumbnail"] == 3
    assert "regret_thumbnail is missing in 3 of 160 rows" in err


def test_an_address_is_not_fetched_and_harms_nobody(config, tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("the network was asked")

    monkeypatch.setattr("socket.socket.connect", refuse)
    video = VideoText("a", thumbnail="https://i.ytimg.com/vi/x/hqdefault.jpg")
    encoder = ThumbnailEncoder("perceptual")
    assert encoder.embed([video.thumbnail], MemoryStore()) == {}
    assert "nothing is fetched" in encoder.unreadable[video.thumbnail]
    assert encoder.lacks(PairExample("p", video, video)) == (True, True)


def test_files_that_are_no_thumbnails_are_missing_ones(tmp_path):
    huge, empty = tmp_path / "huge.jpg", tmp_path / "empty.png"
    empty.touch()
    with huge.open("wb") as stream:
        stream.truncate(30_000_000)
    bomb = tmp_path / "bomb.png"
    Image.new("1", (9000, 9000)).save(bomb)
    whole = write_picture(tmp_path / "whole.jpg", 1)
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole.read_bytes()[:700])
    strange = [
        str(huge),
        str(empty),
        str(bomb),
        str(cut),
        str(tmp_path),
        "/dev/zero",
        "\0",
        "x" * 5000,
    ]
    encoder = ThumbnailEncoder("perceptual")
    found = encoder.embed([*strange, str(whole)], MemoryStore())
    assert list(found) == [str(whole)]
    assert set(encoder.unreadable) == set(strange)
    shutil.copyfile(whole, cut)
    assert str(cut) in encoder.embed([str(cut)], MemoryStore())
    video = VideoText("a", thumbnail=str(cut))
    assert encoder.lacks(PairExample("p", video, video)) == (False, False)


def test_transparent_and_animated_pictures_are_read(tmp_path):
    see_through = picture(1).convert("RGBA")
    see_through.putalpha(0)
    see_through.save(tmp_path / "clear.png")
    frames = [picture(topic) for topic in (1, 2)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    paths = [str(tmp_path / name) for name in ("clear.png", "moving.gif")]
    found = ThumbnailEncoder("perceptual").embed(paths, MemoryStore())
    white = perceptual_vector(Image.new("RGB", (160, 90), "white"))
    assert found[paths[0]] @ white == pytest.approx(1, abs=0.01)
    assert found[paths[1]] @ perceptual_vector(picture(1)) > 0.9


def test_each_picture_is_looked_at_once_whatever_its_name(tmp_path):
    first = write_picture(tmp_path / "a.jpg", 1)
    shutil.copyfile(first, tmp_path / "b.jpg")
    paths = [str(tmp_path / "a.jpg"), str(tmp_path / "b.jpg")]
    encoder, cache = ThumbnailEncoder("perceptual"), tmp_path / "cache.sqlite"
    encoder.embed(paths, EmbeddingCache(cache))
    again = ThumbnailEncoder("perceptual")
    found = again.embed(paths, EmbeddingCache(cache))
    assert (encoder.computed, again.computed, list(found)) == (1, 0, paths)


def test_vectors_that_were_given_are_compared_without_a_picture():
    def pair(left, right):
        return PairExample("p", VideoText("a", **left), VideoText("b", **right))

    given = [
        pair({"thumbnail_vector": (2.0, 0.0)}, {"thumbnail_vector": (1.0, 1.0)}),
        pair({"thumbnail_vector": (1.0, 0.0)}, {}),
        pair({"thumbnail_vector": (0.0, 0.0)}, {"thumbnail_vector": (1.0, 0.0)}),
    ]
    encoder, store = ThumbnailEncoder("perceptual"), MemoryStore()
    found = thumbnail_columns(given, encoder, store, Ticker())
    assert found["cosine_thumbnail"].tolist() == [pytest.approx(0.5**0.5), 0.0, 0.0]
    assert found["missing_thumbnail"].tolist() == [0.0, 1.0, 1.0]
    odd = pair({"thumbnail_vector": (1.0,)}, {"thumbnail_vector": (1.0, 0.0)})
    with pytest.raises(
        InputError, match=r"pair p: fields regret_thumbnail_emb and .*: 1 and 2 numbers"
    ):
        thumbnail_columns([odd], encoder, store, Ticker())
    none = thumbnail_columns([], encoder, store, Ticker())
    assert none["cosine_thumbnail"].shape == (0,)


def test_vectors_come_from_rows_flat_or_nested(pairs, config, tmp_path):
    looking = replace(config, image_encoder="perceptual")
    path = train("basic", pairs, output=tmp_path / "m", config=looking).path
    model = VideoSimilarityModel.from_pretrained(path)
    flat = {
        "regret_title": "a", "regret_thumbnail_emb": "[1, 0]",
        "recommendation_title": "b", "recommendation_thumbnail_emb": [1, 0],
    }  # fmt: skip
    nested = {
        "left": {"title": "a", "thumbnail_emb": [1, 0]},
        "right": {"title": "b", "thumbnail_emb": [0, 1]},
    }
    alike, apart = model.predict([flat, nested])
    assert alike > apart


def test_a_saved_model_takes_its_image_encoder_along_and_else_says_what_is_missing(
    pairs, config, image_encoder, tmp_path
):
    own = tmp_path / "own"
    shutil.copytree(image_encoder, own)
    looking = replace(config, image_encoder=str(own))
    stored = train("basic", pairs, output=tmp_path / "m", config=looking).path
    model = VideoSimilarityModel.from_pretrained(stored)
    before = probabilities(model.model, pairs[:10])
    moved = shutil.move(model.save_pretrained(tmp_path / "saved"), tmp_path / "moved")
    shutil.rmtree(own)
    after = probabilities(load_model(moved), pairs[:10])
    assert after == pytest.approx(before, abs=1e-6)
    with pytest.raises(ArtefactError, match="own' is neither a folder nor a model that the hub"):
        load_model(stored)
    write_image_encoder(own, seed=5)
    with pytest.raises(ArtefactError, match=r"image encoder .* is not the one that this model"):
        load_model(stored)


def test_a_text_encoder_is_no_image_encoder(pairs, config, tmp_path):
    wrong = replace(config, image_encoder=config.encoder)
    with pytest.raises(ArtefactError, match="is no image encoder"):
        train("basic", pairs, output=tmp_path / "m", config=wrong)


def test_an_image_encoder_without_similarities_is_refused():
    with pytest.raises(ValueError, match="image_encoder is one of the similarities"):
        TrainingConfig(image_encoder="perceptual", similarities=False)
