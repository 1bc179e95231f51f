"""The files of a stored model, checked on the standard library alone: a website may look whether a
model is there without loading what it takes to run it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from modeling.errors import ArtefactError

FORMAT_VERSION = 1
MANIFEST, README = "manifest.json", "README.md"
_KINDS = {"recipe": str, "variants": dict, "files": dict, "config": dict}
_SHA256_OF_NOTHING = hashlib.sha256().hexdigest()
_ALLOWED = {".json", ".safetensors", ".txt", ".model"}


def read_manifest(path: Path, *, sha256: str | None = None) -> dict[str, Any]:
    """The manifest, its format checked, and its own hash where the caller knows it."""
    try:
        raw = (Path(path) / MANIFEST).read_bytes()
    except OSError as error:
        raise ArtefactError(f"{path} holds no model: {error}") from error
    if sha256 is not None and hashlib.sha256(raw).hexdigest() != sha256:
        raise ArtefactError(f"{path}: the manifest is not the one that was stored (sha256 differs)")
    try:
        manifest = json.loads(raw)
    except ValueError as error:
        raise ArtefactError(f"{path}: the manifest is damaged: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format_version") != FORMAT_VERSION:
        raise ArtefactError(f"{path}: not a model of format version {FORMAT_VERSION}")
    absent = {"recipe", "variants", "encoder", "config", "files"} - manifest.keys()
    if absent:
        raise ArtefactError(f"{path}: the manifest lacks {', '.join(sorted(absent))}")
    for name, kind in _KINDS.items():
        if not isinstance(manifest[name], kind) or not manifest[name]:
            raise ArtefactError(f"{path}: the manifest says nothing that can be used of {name}")
    return manifest


def is_artefact(folder: Path) -> bool:
    """Whether a manifest of ours lies in `folder`."""
    try:
        read_manifest(folder)
    except ArtefactError:
        return False
    return True


def require_files(path: Path, manifest: dict[str, Any]) -> None:
    """Raise ArtefactError unless the folder holds exactly the listed files; besides them only what
    no model reads: README.md, and what the hub and git keep under hidden names. Quick at any size:
    what is in the files is for `verify_files` to say."""
    listed: dict[str, str] = manifest["files"]
    present = {name_in(path, file) for file in files_of(path)} - {MANIFEST}
    if strange := sorted(present - listed.keys()):
        raise ArtefactError(f"{path}: file not in the manifest: {strange[0]}")
    if lost := sorted(listed.keys() - present):
        raise ArtefactError(f"{path}: file missing: {lost[0]}")
    # Of a file that a full disk cut off, nothing is what is left most often.
    for name in (name for name in present if listed[name] != _SHA256_OF_NOTHING):
        if not (path / name).is_file() or not (path / name).stat().st_size:
            raise ArtefactError(f"{path}: {name} is empty")


def verify_files(path: Path, manifest: dict[str, Any]) -> None:
    """Raise ArtefactError unless the folder holds what `require_files` asks for, unaltered."""
    require_files(path, manifest)
    listed: dict[str, str] = manifest["files"]
    for name, expected in listed.items():
        if Path(name).suffix not in _ALLOWED:
            raise ArtefactError(f"{path}: {name} is not a kind of file that is loaded")
        if file_sha256(path / name) != expected:
            raise ArtefactError(f"{path}: {name} was altered or damaged (sha256 differs)")


def file_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_of(folder: Path) -> list[Path]:
    files = (file for file in folder.rglob("*") if not file.is_dir())
    return sorted(file for file in files if not is_beside(name_in(folder, file)))


def is_beside(name: str) -> bool:
    """Whether no model minds a file of this name in its folder."""
    return name == README or any(part.startswith(".") for part in name.split("/"))


def name_in(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()
