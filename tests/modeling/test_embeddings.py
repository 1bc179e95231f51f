import sqlite3
import subprocess
import sys

import numpy as np
import pytest

from modeling.embeddings import SentenceEncoder
from modeling.encoders import resolve_encoder
from modeling.errors import ArtefactError, ModelingError
from modeling.vector_store import EmbeddingCache, MemoryStore

TEXTS = ["rocket moon", "tomato soil seed", "rocket moon", "knight", ""]


@pytest.fixture
def encoder(tiny_encoder):
    return SentenceEncoder(resolve_encoder(str(tiny_encoder)), device="cpu")


def test_vectors_are_unit_length_and_each_distinct_text_is_computed_once(encoder):
    vectors = encoder.embed(TEXTS, 16, MemoryStore())
    assert vectors.shape == (5, 32)
    assert np.linalg.norm(vectors.astype(float), axis=1) == pytest.approx(1, abs=2e-3)
    assert np.array_equal(vectors[0], vectors[2])
    assert encoder.computed == 4


def test_embeddings_equal_those_of_sentence_transformers():
    sentence_transformers = pytest.importorskip(
        "sentence_transformers", reason="the independent implementation is not installed"
    )
    wheel = resolve_encoder(None)
    texts = ["How to bake bread", "A telescope for beginners, with a rather longer title", "x"]
    ours = SentenceEncoder(wheel, device="cpu").embed(texts, 64, MemoryStore())
    model = sentence_transformers.SentenceTransformer(str(wheel.path), device="cpu")
    assert ours.astype(float) == pytest.approx(model.encode(texts), abs=1e-3)


def many_texts() -> list[str]:
    """More tokens than pay for a conversion, of different lengths."""
    words = ["rocket", "moon", "tomato", "soil", "seed", "knight", "castle"]
    rng = np.random.default_rng(3)
    return [" ".join(rng.choice(words, rng.integers(1, 30))) for _ in range(1200)]


def test_many_texts_go_through_a_converted_network_and_mean_the_same(tiny_encoder):
    few, many = (SentenceEncoder(resolve_encoder(str(tiny_encoder)), device="cpu") for _ in "12")
    texts = many_texts()
    found = many.embed(texts, 32, MemoryStore())
    expected = np.concatenate(
        [few.embed(texts[at : at + 100], 32, MemoryStore()) for at in range(0, len(texts), 100)]
    )
    assert (few.engine.name, many.engine.name) == ("torch-f32", "openvino-f32")
    # Vectors pass through float16: a unit vector's numbers are within 2e-4 of one another then.
    assert found.astype(float) == pytest.approx(expected.astype(float), abs=3e-4)
    assert np.mean(found != expected) < 0.02
    again = SentenceEncoder(resolve_encoder(str(tiny_encoder)), device="cpu")
    assert np.array_equal(again.embed(texts, 32, MemoryStore()), found)


def test_without_openvino_many_texts_are_embedded_all_the_same(encoder, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "openvino", None)
    vectors = encoder.embed(many_texts(), 32, MemoryStore())
    assert np.linalg.norm(vectors.astype(float), axis=1) == pytest.approx(1, abs=2e-3)
    assert encoder.engine.name == "torch-f32"
    assert caplog.text.count("embedding in PyTorch") == 1


def test_a_cache_saves_the_work_and_changes_nothing(tiny_encoder, tmp_path):
    path, found = tmp_path / "cache.sqlite", []
    for _ in range(2):
        encoder = SentenceEncoder(resolve_encoder(str(tiny_encoder)), device="cpu")
        found.append((encoder.embed(TEXTS, 16, EmbeddingCache(path)), encoder.computed))
    (first, computed), (again, computed_again) = found
    assert np.array_equal(first, again)
    assert (computed, computed_again) == (4, 0)


def test_vectors_of_another_length_limit_are_kept_apart(encoder, tmp_path):
    cache = EmbeddingCache(tmp_path / "cache.sqlite")
    long = ["rocket moon star probe galaxy planet"]
    short_vector = encoder.embed(long, 4, cache)
    assert not np.array_equal(short_vector, encoder.embed(long, 16, cache))
    assert len(cache) == 2


def test_two_processes_may_fill_one_cache_and_one_may_be_killed(tmp_path):
    code = """
import os, sys
from pathlib import Path
import numpy as np
from modeling.vector_store import EmbeddingCache
cache = EmbeddingCache(Path(sys.argv[1]))
for batch in range(30):
    names = [f"{sys.argv[2]}-{batch}-{i}".encode() for i in range(20)]
    cache.put("encoder", 8, {name: np.ones(4, dtype=np.float16) for name in names})
    if sys.argv[2] == "dies" and batch == 15:
        os.kill(os.getpid(), 9)
"""
    path = str(tmp_path / "cache.sqlite")
    processes = [
        subprocess.Popen([sys.executable, "-c", code, path, name]) for name in ("lives", "dies")
    ]
    assert [process.wait(250) for process in processes] == [0, -9]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(EmbeddingCache(tmp_path / "cache.sqlite")) == 30 * 20 + 16 * 20


def test_a_file_that_is_no_cache_is_an_error_in_words(tmp_path):
    (tmp_path / "cache.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(ModelingError, match=r"not a database.*choose another file"):
        EmbeddingCache(tmp_path / "cache.sqlite")


def test_the_identity_of_an_encoder_follows_its_weights(tiny_encoder, tmp_path):
    import shutil

    copy = shutil.copytree(tiny_encoder, tmp_path / "copy")
    assert resolve_encoder(str(copy)).id == resolve_encoder(str(tiny_encoder)).id
    weights = copy / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert resolve_encoder(str(copy)).id != resolve_encoder(str(tiny_encoder)).id


def test_a_name_that_is_no_encoder_is_an_error_in_words(monkeypatch):
    import huggingface_hub

    def offline(*args, **kwargs):
        raise OSError("no connection")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", offline)
    with pytest.raises(ArtefactError, match="neither a folder nor a model"):
        resolve_encoder("nobody/nothing")
