"""How a model is stored that reads similarities: which encoders, and the words' weights."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modeling.embeddings import SentenceEncoder
from modeling.encoders import FILES, Encoder, resolve_encoder
from modeling.errors import ArtefactError
from modeling.models.lexical import TermWeights
from modeling.models.pair_features import PairFeatures
from modeling.thumbnails import PERCEPTUAL, ThumbnailEncoder

# Beside a model that is to be moved, where its encoder is a folder of this machine.
ENCLOSED, ENCLOSED_IMAGES = "sentence_encoder", "image_encoder"


def describe_features(features: PairFeatures) -> dict[str, Any]:
    """For the manifest; the encoders are unaltered, so their names and hashes are enough."""
    encoder = features.encoder.encoder
    described = {"encoder": encoder.name, "encoder_id": encoder.id}
    if features.images is not None:
        images = features.images.encoder
        described |= {"image_encoder": images.name, "image_encoder_id": images.id}
    return described | {"max_length": features.max_length, "report_gap": features.report_gap}


def stored_features(
    path: Path, described: Mapping[str, Any], text_types: tuple[str, ...], idf: dict[str, Any]
) -> PairFeatures:
    """As `describe_features` has them; without `idf`, those of the study.

    Raises:
        ArtefactError: an encoder is not to be had, or not the one of the training.
    """
    encoder = SentenceEncoder(resolve_encoder(_place(path, ENCLOSED, described["encoder"])))
    _require(path, "sentence encoder", encoder.encoder, described["encoder_id"])
    terms = TermWeights(idf) if idf else None
    images = None
    if described.get("image_encoder"):
        images = ThumbnailEncoder(_place(path, ENCLOSED_IMAGES, described["image_encoder"]))
        _require(path, "image encoder", images.encoder, described["image_encoder_id"])
    gap = bool(described.get("report_gap"))  # not in models from before there was such a thing
    return PairFeatures(encoder, text_types, described["max_length"], terms, images, gap)


def _place(path: Path, enclosed: str, name: str) -> str:
    return str(path / enclosed) if (path / enclosed).is_dir() else name


def _require(path: Path, kind: str, encoder: Encoder, expected: str) -> None:
    if encoder.id != expected:
        raise ArtefactError(
            f"{path}: {kind} {encoder.name!r} is not the one that this model was trained with"
        )


def enclose_encoders(folder: Path, features: PairFeatures) -> None:
    """Copy those encoders into `folder` that are folders of this machine."""
    _enclose(folder / ENCLOSED, features.encoder.encoder)
    if features.images is not None:
        _enclose(folder / ENCLOSED_IMAGES, features.images.encoder)


def _enclose(folder: Path, encoder: Encoder) -> None:
    if encoder.name == PERCEPTUAL or not Path(encoder.name).is_dir():
        return
    folder.mkdir(exist_ok=True)
    for file in {f for pattern in FILES for f in encoder.path.glob(pattern)}:
        if file.parent == encoder.path:
            shutil.copyfile(file, folder / file.name)
