"""Stored models: a folder with a manifest and safetensors, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
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
from modeling.model_folder import replacing
from modeling.prediction import PairModel

_LIBRARIES = ("torch", "transformers", "scikit-learn", "safetensors", "numpy")


def save_model(
    path: Path,
    model: PairModel,
    manifest: dict[str, Any],
    *,
    beside: Callable[[Path], None] | None = None,
) -> str:
    """Write the artefact whole, sync it, then rename it into place.

    A model that was at `path` before is replaced. `beside` may write more files into the folder.
    Returns the sha256 of the manifest.

    Raises:
        ArtefactError: something else is at `path`, or it cannot be written.
    """
    with replacing(path) as folder:
        _write_variants(folder, model)
        if beside is not None:
            beside(folder)
        model.manifest = _complete(manifest, folder, model)
        text = json.dumps(model.manifest, indent=2, sort_keys=True, allow_nan=False)
        (folder / MANIFEST).write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


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
    from modeling.manifest_fields import require_fields
    from modeling.models import basic, unified

    modules: dict[str, Any] = {"basic": basic, "unified": unified, "unified-v2": unified}
    if recipe not in modules:
        raise ArtefactError(f"{path}: the manifest's recipe {recipe!r} is not known here")
    require_fields(path, manifest)
    try:
        variants = modules[recipe].load(path, manifest)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        # Whatever may be wrong with weights that are not those which the manifest describes.
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
