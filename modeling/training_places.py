"""Where a training keeps things and where its model goes: what would lose one of them is told
before the training."""

from __future__ import annotations

from pathlib import Path

from modeling.artefact_files import is_beside, name_in
from modeling.checkpoints import FOLDERS
from modeling.config import TrainingConfig
from modeling.errors import ArtefactError
from modeling.model_folder import require_replaceable
from modeling.places import require_file, require_outside_models, resolved

_ENCODERS = ("encoder", "sentence_encoder", "image_encoder")


def require_places(output: Path, config: TrainingConfig) -> None:
    """Looks at `output`, and at the places that `config` names.

    Raises:
        ArtefactError: the model cannot be stored, or one thing would be where another goes.
        ModelingError: no embeddings can be kept.
    """
    require_replaceable(output)
    for name, place in _named(config).items():
        if _is_within(place, output) and not _is_hidden(place, output):
            raise ArtefactError(
                f"{name} {place} would be among the files of the model in {output}; choose another "
                "place for one of them"
            )
    if config.work_dir is not None:
        _require_apart_from_checkpoints(output, config, config.work_dir)
        require_outside_models(config.work_dir / "any")
    if config.embedding_cache is not None:
        require_file(config.embedding_cache)


def _named(config: TrainingConfig) -> dict[str, Path]:
    read = {name: getattr(config, name) for name in _ENCODERS}
    named = {name: Path(place) for name, place in read.items() if place and Path(place).is_dir()}
    kept = {"work_dir": config.work_dir, "embedding_cache": config.embedding_cache}
    return named | {name: place for name, place in kept.items() if place is not None}


def _require_apart_from_checkpoints(output: Path, config: TrainingConfig, work_dir: Path) -> None:
    for folder in (work_dir / name for name in FOLDERS.values()):
        for name, place in {"output": output, "embedding_cache": config.embedding_cache}.items():
            if place is not None and _is_within(place, folder):
                raise ArtefactError(
                    f"{name} {place} would be among the checkpoints in {folder}, which are removed "
                    "after training; choose another place"
                )


def _is_hidden(place: Path, folder: Path) -> bool:
    return is_beside(name_in(resolved(folder), resolved(place) / "any"))


def _is_within(place: Path, folder: Path) -> bool:
    return resolved(place).is_relative_to(resolved(folder))
