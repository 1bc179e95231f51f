"""How a model is stored that reads similarities: which sentence encoder, and the words' weights."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modeling.embeddings import SentenceEncoder
from modeling.encoders import FILES, resolve_encoder
from modeling.errors import ArtefactError
from modeling.models.lexical import TermWeights
from modeling.models.pair_features import PairFeatures

# Beside a model that is to be moved, where its encoder is a folder of this machine.
ENCLOSED = "sentence_encoder"


def describe_features(features: PairFeatures) -> dict[str, Any]:
    """For the manifest; the encoder is unaltered, so its name and hash are enough."""
    encoder = features.encoder.encoder
    return {"encoder": encoder.name, "encoder_id": encoder.id, "max_length": features.max_length}


def stored_features(
    path: Path, described: Mapping[str, Any], text_types: tuple[str, ...], idf: dict[str, Any]
) -> PairFeatures:
    """As `describe_features` has them; without `idf`, those of the study.

    Raises:
        ArtefactError: the encoder is not to be had, or not the one of the training.
    """
    enclosed = path / ENCLOSED
    name = str(enclosed) if enclosed.is_dir() else described["encoder"]
    encoder = SentenceEncoder(resolve_encoder(name))
    if described["encoder_id"] != encoder.encoder.id:
        raise ArtefactError(
            f"{path}: sentence encoder {name!r} is not the one that this model was trained with"
        )
    terms = TermWeights(idf) if idf else None
    return PairFeatures(encoder, text_types, described["max_length"], terms)


def enclose_encoder(folder: Path, features: PairFeatures) -> None:
    """Copy the encoder into `folder` where it is a folder of this machine."""
    encoder = features.encoder.encoder
    if not Path(encoder.name).is_dir():
        return
    (folder / ENCLOSED).mkdir(exist_ok=True)
    for file in {f for pattern in FILES for f in encoder.path.glob(pattern)}:
        if file.parent == encoder.path:
            shutil.copyfile(file, folder / ENCLOSED / file.name)
