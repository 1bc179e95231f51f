"""Likeness of two videos' thumbnails: plain features of the pictures, or any image encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.encoders import Encoder, load_image_encoder, pick_device, resolve_encoder
from modeling.errors import InputError
from modeling.perceptual import perceptual_vector
from modeling.picture_files import READ_AS, open_picture, read_picture
from modeling.progress import Ticker
from modeling.schema import PairExample, VideoText
from modeling.vector_store import Vectors, VectorStore

Floats = NDArray[np.float64]

# The name of the plain features. Give them another id when they are made in another way.
PERCEPTUAL, _PERCEPTUAL_ID = "perceptual", "perceptual-1"
BATCH = 32
_REMEMBERED = 100_000  # unreadable files
_NO_PICTURE = "not a picture that can be read"


class ThumbnailEncoder:
    """Unit vectors of pictures, each distinct picture once.

    `name` is "perceptual", or a name on the hub or folder of an image encoder. `unreadable` has, by
    path, why there is no vector of a picture.

    Raises:
        ArtefactError: there is no such encoder.
    """

    def __init__(self, name: str, *, device: str = "auto") -> None:
        plain = Encoder(PERCEPTUAL, Path(), _PERCEPTUAL_ID)
        self.encoder = plain if name == PERCEPTUAL else resolve_encoder(name)
        self.device = device
        self.unreadable: dict[str, str] = {}
        self.computed = 0  # pictures that were looked at, for tests
        self._loaded: tuple[Any, Any] | None = None

    def lacks(self, pair: PairExample) -> tuple[bool, bool]:
        """Which of left and right keeps the two from being compared, as far as was found out: one
        with nothing, else, of a vector beside a picture, the one without a picture."""
        files = self._readable(pair.left), self._readable(pair.right)
        if _are_given(pair) or all(files):
            return False, False
        vectors = any(pair.left.thumbnail_vector), any(pair.right.thumbnail_vector)
        lost = not (files[0] or vectors[0]), not (files[1] or vectors[1])
        return lost if any(lost) else (not files[0], not files[1])

    def _readable(self, video: VideoText) -> bool:
        return bool(video.thumbnail) and video.thumbnail not in self.unreadable

    def embed(
        self, paths: Sequence[str], store: VectorStore, ticker: Ticker | None = None
    ) -> dict[str, Vectors]:
        """By path; what cannot be read is left out and noted in `unreadable`.

        Raises:
            TrainingCancelled: between batches; what has been computed is in `store`.
        """
        if len(self.unreadable) > _REMEMBERED:
            self.unreadable.clear()
        hashes = {p: h for p in dict.fromkeys(paths) if (h := self._hash(p)) is not None}
        ticker = ticker or Ticker()
        known = store.get(self.encoder.id, 0, list(dict.fromkeys(hashes.values())))
        missing = {h: path for path, h in hashes.items() if h not in known}
        for part in self._compute(missing):
            store.put(self.encoder.id, 0, part)
            known |= part
            ticker.check()
        for path, h in hashes.items():
            if h in known:
                self.unreadable.pop(path, None)
            else:  # unless it was told of this file, of another one with the same content
                self.unreadable.setdefault(path, _NO_PICTURE)
        return {path: known[h] for path, h in hashes.items() if h in known}

    def _hash(self, path: str) -> bytes | None:
        try:
            content = read_picture(path)
        except (OSError, ValueError) as error:
            self.unreadable[path] = str(error)
            return None
        return hashlib.blake2b(content, digest_size=16, person=READ_AS).digest()

    def _compute(self, paths: Mapping[bytes, str]) -> Iterator[dict[bytes, Vectors]]:
        hashes = list(paths)
        for start in range(0, len(hashes), BATCH):
            pictures = {h: self._picture(paths[h]) for h in hashes[start : start + BATCH]}
            there = {h: picture for h, picture in pictures.items() if picture is not None}
            if there:
                vectors = self._vectors(list(there.values())).astype(np.float16)
                self.computed += len(there)
                yield dict(zip(there, vectors, strict=True))

    def _picture(self, path: str) -> Any:
        try:
            return open_picture(path)
        except Exception as error:  # Pillow's readers raise whatever a damaged file leads to
            self.unreadable[path] = f"{_NO_PICTURE}: {error}"
            return None

    def _vectors(self, pictures: Sequence[Any]) -> NDArray[np.floating]:
        """Shape (len(pictures), dimension)."""
        if self.encoder.id == _PERCEPTUAL_ID:
            return np.stack([perceptual_vector(picture) for picture in pictures])
        import torch

        if self._loaded is None:
            processor, model = load_image_encoder(self.encoder.path)
            self._loaded = processor, model.eval().to(pick_device(self.device))
        processor, model = self._loaded
        inputs = processor(images=list(pictures), return_tensors="pt").to(model.device)
        with torch.inference_mode():
            found = _pooled(model, inputs).float()
            return np.asarray(torch.nn.functional.normalize(found, dim=1).cpu().numpy())


def thumbnail_columns(
    pairs: Sequence[PairExample], encoder: ThumbnailEncoder, store: VectorStore, ticker: Ticker
) -> dict[str, Floats]:
    """Cosines (n,) and, where one of the two is missing and the cosine 0, missing 1.

    Vectors that were given are compared where both videos have one, else files: a vector that came
    with a video says nothing beside one that was made here of the other's picture. One of zeros is
    none.

    Raises:
        InputError: the two vectors of a pair are not of one length.
    """
    sides = [(pair.left, pair.right) for pair in pairs]
    read = [i for i, (a, b) in enumerate(sides) if a.thumbnail and b.thumbnail]
    read = [i for i in read if not _are_given(pairs[i])]
    made = encoder.embed([v.thumbnail for i in read for v in sides[i]], store, ticker)
    by_files = {i: [made.get(video.thumbnail, ()) for video in sides[i]] for i in read}
    cosine, missing = np.zeros(len(pairs)), np.ones(len(pairs))
    for row, (left, right) in enumerate(sides):
        found = by_files.get(row) or (left.thumbnail_vector, right.thumbnail_vector)
        a, b = (np.asarray(vector, dtype=float) for vector in found)
        if not (a.any() and b.any()):
            continue
        if len(a) != len(b):
            raise InputError(
                f"pair {pairs[row].pair_id}: fields regret_thumbnail_emb and recommendation_"
                f"thumbnail_emb (or left_, right_): {len(a)} and {len(b)} numbers"
            )
        cosine[row], missing[row] = _cosine(a, b), 0.0
    return {"cosine_thumbnail": cosine, "missing_thumbnail": missing}


def _are_given(pair: PairExample) -> bool:
    """Whether a vector came with both videos."""
    return any(pair.left.thumbnail_vector) and any(pair.right.thumbnail_vector)


def _cosine(a: Floats, b: Floats) -> float:
    # Of a finite number the square may be infinite, or 0.
    a, b = (vector / np.abs(vector).max() for vector in (a, b))
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def _pooled(model: Any, inputs: Any) -> Any:
    """(b, d): what a model of pictures and texts has for pictures, else the mean over places.

    Not the pooler: many an image encoder is published without its weights, and one that was started
    at random would give other vectors every time.
    """
    import torch

    if hasattr(model, "get_image_features"):
        found = model.get_image_features(**inputs)
        return found if isinstance(found, torch.Tensor) else found.pooler_output
    hidden = model(**inputs).last_hidden_state
    return hidden.mean(1) if hidden.ndim == 3 else hidden.flatten(2).mean(2)
