"""The folder of a stored model: filled whole, then put where it is to be.

A folder that is there already, which may be where somebody works, a mounted volume or what a link
points to, stays: the model's files in it are replaced, and whatever else is in it is not touched.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from modeling.artefact_files import (
    MANIFEST,
    README,
    files_of,
    is_artefact,
    is_beside,
    name_in,
    read_manifest,
)
from modeling.errors import ArtefactError
from modeling.model_card import is_as_written
from modeling.places import draft_folder, require_folder, require_outside_models, resolved, telling

# Names of the files of the model that is in a folder; None where it is none of that kind.
Contents = Callable[[Path], set[str] | None]


def files_of_ours(folder: Path) -> set[str] | None:
    """The manifest and what is there of its list; raises ArtefactError where there is more."""
    if not is_artefact(folder):
        return None
    present = {name_in(folder, file) for file in files_of(folder)}
    if strange := sorted(present - {MANIFEST, *read_manifest(folder)["files"]}):
        raise ArtefactError(
            f"{folder / strange[0]} is no file of the model that is there and would be replaced; "
            "move it, or choose another folder"
        )
    return present


def require_replaceable(path: Path, contents: Contents = files_of_ours) -> None:
    """Raises ArtefactError unless a model can be stored at `path`, where there is nothing but what
    no model minds, or a model already; leaves nothing there."""
    _model_there(path, contents)
    require_outside_models(path)
    require_folder(path)


@contextmanager
def replacing(path: Path, contents: Contents = files_of_ours) -> Iterator[Path]:
    """A new folder whose files take the place of the model at `path` once it is filled, or which
    is gone if that failed.

    Raises:
        ArtefactError: there is something at `path` that is no model, or it cannot be written.
    """
    there, place = _model_there(path, contents), resolved(path)
    with telling(path, ArtefactError):
        place.parent.mkdir(parents=True, exist_ok=True)
        new = draft_folder(place)
        try:
            yield new
            _open_to_readers(new)
            _sync(new, *new.rglob("*"))
            if place.is_dir():
                _move_in(new, place, there)
            else:
                new.rename(place)
            _sync(place, place.parent)
        finally:
            shutil.rmtree(new, ignore_errors=True)


def _model_there(path: Path, contents: Contents) -> set[str]:
    """Names of the files that a new model replaces."""
    place = resolved(path)
    if not os.path.lexists(place):
        return set()
    if not place.is_dir():
        raise ArtefactError(f"{path} cannot be made: it is not a folder; choose another")
    names: set[str] | None = set()
    if other := next((i.name for i in sorted(place.iterdir()) if not is_beside(i.name)), None):
        names = contents(place)
    if names is None:
        raise ArtefactError(
            f"{path} is not empty and holds no model, but {other}; choose another folder"
        )
    return names | ({README} if is_as_written(place / README) else set())


def _move_in(new: Path, place: Path, there: Collection[str]) -> None:
    """In reverse if that fails. The manifest goes first and comes last: while one is there, so is
    all that it lists."""
    old = Path(tempfile.mkdtemp(prefix=".replaced.", dir=place))
    gone = sorted(filter(lambda name: os.path.lexists(place / name), there), key=_not_manifest)
    files = (name_in(new, file) for file in new.rglob("*") if not file.is_dir())
    come = [name for name in files if name in gone or not os.path.lexists(place / name)]
    moves = [(place / name, old / name) for name in gone]
    moves += [(new / name, place / name) for name in sorted(come, key=_not_manifest, reverse=True)]
    try:
        for source, target in moves:
            _make_open(target.parent)
            source.rename(target)
    except BaseException:
        for source, target in reversed(moves):
            if os.path.lexists(target) and not os.path.lexists(source):
                target.rename(source)
        raise
    else:
        shutil.rmtree(old, ignore_errors=True)
    finally:  # where not all could be moved back, that is left
        _remove_emptied(place, [*gone, *come, *(f"{old.name}/{name}" for name in (README, *gone))])


def _not_manifest(name: str) -> bool:
    return name != MANIFEST


def _make_open(folder: Path) -> None:
    if not folder.is_dir():
        _make_open(folder.parent)
        folder.mkdir()
        folder.chmod(0o755)


def _remove_emptied(place: Path, names: Collection[str]) -> None:
    """Those of the folders of these files, which may be gone, that hold nothing."""
    folders = {folder for name in names for folder in (place / name).parents}
    for folder in sorted(folders, reverse=True):  # those within others first
        if folder != place and folder.is_relative_to(place):
            with suppress(OSError):
                folder.rmdir()


def _open_to_readers(folder: Path) -> None:
    # Temporary folders and safetensors are made private; a web worker may run as another user.
    for item in [folder, *folder.rglob("*")]:
        item.chmod(0o755 if item.is_dir() else 0o644)


def _sync(*items: Path) -> None:
    for item in items:
        descriptor = os.open(item, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
