"""Where models and results go: looked at before the work, which would be lost."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from modeling.artefact_files import is_artefact, is_beside, name_in
from modeling.errors import ArtefactError, InputError, ModelingError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BROKEN = (errno.EIO, errno.EROFS, errno.ESTALE)
# Of a name that becomes part of a longer one: names end at 255 bytes.
_PART = 50


def resolved(path: Path) -> Path:
    """Where `path` is after all links: those stay, and what they point to is written."""
    return Path(os.path.realpath(path))


def in_the_way(folder: Path) -> Path | None:
    """The file that is where `folder`, or one above it, would have to be; None where it can be."""
    there = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    return None if there.is_dir() else there


def require_outside_models(file: Path) -> None:
    """Raises ArtefactError where `file` would be in the folder of a stored model, which could not
    be loaded any more. Under a hidden name it is in no model's way."""
    place = resolved(file)
    for folder in place.parents:
        if is_artefact(folder) and not is_beside(name_in(folder, place)):
            raise ArtefactError(
                f"{file} would be among the files of the model in {folder}, which could not be "
                "loaded any more; choose another place"
            )


def require_folder(folder: Path) -> None:
    """Makes `folder` and something in it, and takes both away again.

    Raises:
        ArtefactError: it cannot be made, or nothing can be written to it.
    """
    _require_folder(resolved(folder), folder)


def require_file(path: Path) -> None:
    """Raises ModelingError where no results can be written to `path`."""
    place = resolved(path)
    with telling(path):
        if place.is_dir():
            raise InputError(f"{path} is a folder; name a file to write to")
        if os.path.lexists(place) and not place.is_file():
            raise InputError(f"{path} is no file that can be replaced; choose another place")
    require_outside_models(path)
    _require_folder(place.parent, path)


def _require_folder(place: Path, wanted: Path) -> None:
    with telling(wanted, ArtefactError):
        if file := in_the_way(place):
            raise ArtefactError(
                f"{wanted} cannot be made: {file} is not a folder; choose another place"
            )
        with _made_for_now(place):
            tempfile.TemporaryDirectory(prefix=".", dir=place).cleanup()


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """A draft that takes the place of `path` once it is written, or is gone if that failed, as are
    the folders that were made for it."""
    place = resolved(path)
    missing = _missing(place.parent)
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        with draft_of(place) as draft:
            yield draft
            draft.replace(place)
    except BaseException:
        _remove(missing)
        raise


@contextmanager
def draft_of(file: Path) -> Iterator[Path]:
    """A hidden file beside `file`, open to the same people, that is gone at the end."""
    # The end of the name says the format.
    draft = file.with_name(f".{os.getpid()}.{file.name[-_PART:]}")
    try:
        if file.exists():
            draft.touch(mode=0o600)
            draft.chmod(stat.S_IMODE(file.stat().st_mode))
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def draft_folder(place: Path) -> Path:
    """A new hidden folder beside `place`, or in it where it is a folder already."""
    where = place if place.is_dir() else place.parent
    return Path(tempfile.mkdtemp(prefix=f".{place.name[:_PART]}.", dir=where))


@contextmanager
def telling(
    path: Path, kind: type[ModelingError] = ModelingError, *, disk_only: bool = False
) -> Iterator[None]:
    """What goes wrong in writing, as a `kind` of error that names `path`. `disk_only`: no more than
    what the disk is to blame for, whichever file that was."""
    try:
        yield
    except ModelingError:
        raise
    except Exception as error:
        full = _is_of(error, _FULL)
        if not (full or _is_of(error, _BROKEN if disk_only else None)):
            raise
        reason = getattr(error, "strerror", None) or error
        advice = "make room there, or choose" if full else "choose"
        raise kind(f"{path} cannot be written: {reason}; {advice} another place") from error


def _is_of(error: Exception, numbers: Collection[int] | None) -> bool:
    """Whether the system refused something, for one of the reasons with these numbers. Libraries
    that are written in Rust have errors of their own, which say the number at their end."""
    if isinstance(error, OSError):
        return numbers is None or error.errno in numbers
    said = re.search(r"\(os error (\d+)\)", str(error))
    return said is not None and (numbers is None or int(said[1]) in numbers)


def _missing(folder: Path) -> list[Path]:
    """Those of the folder and the ones above it that are not there, the innermost first."""
    return [place for place in (folder, *folder.parents) if not place.exists()]


@contextmanager
def _made_for_now(folder: Path) -> Iterator[None]:
    missing = _missing(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        _remove(missing)


def _remove(folders: Sequence[Path]) -> None:
    for folder in folders:
        with suppress(OSError):  # somebody has put something there meanwhile
            folder.rmdir()
