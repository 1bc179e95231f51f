"""Stored models: a folder with a manifest and safetensors, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from modeling.artefact_files import (
    FORMAT_VERSION,
    MANIFEST,
    file_sha256,
    files_of,
    name_in,
    read_manifest,
    verify_files,
)
from modeling.downloads import HubAccess
from modeling.errors import ArtefactError
from modeling.prediction import PairModel

_LIBRARIES = ("torch", "transformers", "scikit-learn", "safetensors", "numpy")


def save_model(
    path: Path,
    model: PairModel,
    manifest: dict[str, Any],
    *,
    beside: Callable[[Path], None] | None = None,
) -> str:
    """Write the artefact beside `path`, sync it, then rename it into place.

    A model that was at `path` before is replaced. `beside` may write more files into the folder.
    Returns the sha256 of the manifest.

    Raises:
        ArtefactError: `path` is there and is not an artefact of ours.
    """
    with replacing(path, holds_model=is_artefact) as folder:
        _write_variants(folder, model)
        if beside is not None:
            beside(folder)
        model.manifest = _complete(manifest, folder, model)
        text = json.dumps(model.manifest, indent=2, sort_keys=True, allow_nan=False)
        (folder / MANIFEST).write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def in_the_way(folder: Path) -> Path | None:
    """The file that is where `folder`, or one above it, would have to be; None where it can be."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return None if there.is_dir() else there


def is_artefact(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()


def require_replaceable(path: Path, *, holds_model: Callable[[Path], bool] = is_artefact) -> None:
    """Raises ArtefactError unless `path` is free, an empty folder or one that `holds_model`."""
    if path.exists() and not (path.is_dir() and (not any(path.iterdir()) or holds_model(path))):
        raise ArtefactError(f"{path} is not empty and holds no model; choose another folder")
    if file := in_the_way(path.parent):
        raise ArtefactError(f"{path} cannot be made: {file} is not a folder")


@contextmanager
def replacing(path: Path, *, holds_model: Callable[[Path], bool]) -> Iterator[Path]:
    """A new folder that takes the place of `path` once it is filled, or is gone if that failed.

    Raises:
        ArtefactError: there is something at `path`, and `holds_model` says that it is no model.
    """
    path = Path(path)
    require_replaceable(path, holds_model=holds_model)
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        yield folder
        _open_to_readers(folder)
        _sync(folder)
        _swap(folder, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def load_model(
    path: Path, *, sha256: str | None = None, access: HubAccess | None = None
) -> PairModel:
    """Verify and load an artefact; see `modeling.recipes.load_model`. `access`: how to have the
    base encoder of a published model from the hub."""
    from modeling.models.published import load_published, looks_published

    if sha256 is None and not (Path(path) / MANIFEST).exists() and looks_published(path):
        return load_published(path, access)
    manifest = read_manifest(path, sha256=sha256)
    verify_files(path, manifest)
    recipe = manifest["recipe"]
    from modeling.models import basic, unified

    modules: dict[str, Any] = {"basic": basic, "unified": unified, "unified-v2": unified}
    if recipe not in modules:
        raise ArtefactError(f"{path}: recipe {recipe!r} is not known to this version")
    try:
        variants = modules[recipe].load(path, manifest)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        # Whatever may be wrong with a manifest that somebody has edited.
        what = f"{type(error).__name__}: {error}"
        raise ArtefactError(f"{path}: the manifest does not fit its model ({what})") from error
    return PairModel(recipe=recipe, manifest=manifest, variants=variants)


def _write_variants(folder: Path, model: PairModel) -> None:
    from modeling.models import basic, unified

    modules: dict[str, Any] = {"basic": basic, "unified": unified, "unified-v2": unified}
    modules[model.recipe].save(folder, model.variants)


def _complete(manifest: dict[str, Any], folder: Path, model: PairModel) -> dict[str, Any]:
    described = {name: variant.describe() for name, variant in model.variants.items()}
    return {
        **manifest,
        "recipe": model.recipe,
        "format_version": FORMAT_VERSION,
        "variants": described,
        "encoder": next(iter(described.values()))["encoder"],
        "files": {name_in(folder, file): file_sha256(file) for file in files_of(folder)},
        "libraries": {name: version(name) for name in _LIBRARIES},
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _open_to_readers(folder: Path) -> None:
    # Temporary folders and safetensors are made private; a web worker may run as another user.
    for item in [folder, *folder.rglob("*")]:
        item.chmod(0o755 if item.is_dir() else 0o644)


def _sync(folder: Path) -> None:
    for item in [*folder.rglob("*"), folder]:
        descriptor = os.open(item, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _swap(folder: Path, path: Path) -> None:
    old = folder.with_name(folder.name + ".old")
    if path.exists():
        path.rename(old)
    folder.rename(path)
    shutil.rmtree(old, ignore_errors=True)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
