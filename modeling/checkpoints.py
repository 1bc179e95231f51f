"""Checkpoints that survive a kill at any moment: safetensors and JSON, renamed into place."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modeling.errors import ModelingError
from modeling.progress import Ticker

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

logger = logging.getLogger(__name__)

# Of the variants of a model, in the folder for work.
FOLDERS = {"nt": "checkpoints-nt", "wt": "checkpoints-wt"}
_OURS = re.compile(r"\.?(step-\d{9}\.(\d+|tmp)|best-\d{9}\.safetensors(\.tmp)?)")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Tensors of the model and of the optimiser (with generator states), the loop's state, and the
    best weights that the state names, where it was loaded."""

    model: dict[str, Tensor]
    optimizer: dict[str, Tensor]
    state: dict[str, Any]
    best: dict[str, Tensor] | None = None


class CheckpointStore:
    """Keeps the newest checkpoint and the best weights so far in `folder`.

    `fingerprint` names data and settings: checkpoints of another run are never resumed.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder = folder
        self.fingerprint = fingerprint
        folder.mkdir(parents=True, exist_ok=True)

    def save(self, checkpoint: Checkpoint, step: int) -> None:
        """Write the checkpoint whole, then forget the ones before it.

        Raises:
            ModelingError: it cannot be written, on a full disk for instance.
        """
        with self._telling():
            self._save(checkpoint, step)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        from safetensors import SafetensorError

        try:
            yield
        except (OSError, SafetensorError) as error:
            raise ModelingError(
                f"no checkpoint can be kept in {self.folder}: {error}; make room there, or choose "
                "another folder"
            ) from error

    def _save(self, checkpoint: Checkpoint, step: int) -> None:
        from safetensors.torch import save_file

        # The same step again (cancelled right after a checkpoint) is one more, since until it is
        # there what was before must stay.
        again = len(list(self.folder.glob(f"step-{step:09d}.*")))
        temporary = self.folder / f".step-{step:09d}.tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        save_file(checkpoint.model, temporary / "model.safetensors")
        save_file(checkpoint.optimizer, temporary / "optimizer.safetensors")
        state = checkpoint.state | {"fingerprint": self.fingerprint}
        (temporary / "state.json").write_text(json.dumps(state), encoding="utf-8")
        for file in (*temporary.iterdir(), temporary):
            _sync(file)
        final = self.folder / f"step-{step:09d}.{again}"
        temporary.rename(final)
        _sync(self.folder)
        self._forget_all_but(final.name, state.get("best_file"))

    def save_best(self, tensors: Mapping[str, Tensor], step: int) -> str:
        """Write the best weights; the next `save` must name the file in `state["best_file"]`.

        Raises:
            ModelingError: as `save` does.
        """
        from safetensors.torch import save_file

        name = f"best-{step:09d}.safetensors"
        temporary = self.folder / f".{name}.tmp"
        with self._telling():
            save_file(dict(tensors), temporary)
            _sync(temporary)
            temporary.rename(self.folder / name)
        return name

    def load(self) -> Checkpoint | None:
        """The newest checkpoint of this very run that is whole, or None."""
        for folder in sorted(self.folder.glob("step-*"), reverse=True):
            state = self._state(folder)
            found = self._tensors(folder, state) if state is not None else None
            if found is not None:
                return found
        return None

    def _tensors(self, folder: Path, state: dict[str, Any]) -> Checkpoint | None:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        best = state.get("best_file")
        try:
            return Checkpoint(
                load_file(folder / "model.safetensors"),
                load_file(folder / "optimizer.safetensors"),
                state,
                load_file(self.folder / best) if best else None,
            )
        except (OSError, SafetensorError) as error:
            logger.warning("checkpoint %s is unusable and passed over: %s", folder, error)
            return None

    def _state(self, folder: Path) -> dict[str, Any] | None:
        try:
            state: dict[str, Any] = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            logger.warning("checkpoint %s is unusable and passed over: %s", folder, error)
            return None
        if state.get("fingerprint") != self.fingerprint:
            logger.info("checkpoint %s belongs to other data or settings, starting afresh", folder)
            return None
        return state

    def _forget_all_but(self, checkpoint: str, best: str | None) -> None:
        _discard(self.folder, (checkpoint, best))


@contextmanager
def claimed(work_dir: Path | None, ticker: Ticker, *, patience_s: float = 30.0) -> Iterator[None]:
    """Keeps every other run out of the folder for as long as this one lives: of two that kept
    their checkpoints in it, each would forget the other's. One that is about to end (as when a
    worker learns late that its run was given to another) is waited for.

    Raises:
        ModelingError: another run has it, or it cannot be made.
    """
    if work_dir is None:
        yield
        return
    try:
        work_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(work_dir, os.O_RDONLY)
    except OSError as error:
        raise ModelingError(f"no checkpoints can be kept in {work_dir}: {error}") from error
    try:
        _lock(descriptor, work_dir, ticker, time.monotonic() + patience_s)
        yield
    finally:
        os.close(descriptor)  # which lets go of it, as does the end of the process


def _lock(descriptor: int, work_dir: Path, ticker: Ticker, until: float) -> None:
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            taken = f"another training keeps its checkpoints in {work_dir}"
            if time.monotonic() >= until:
                raise ModelingError(
                    f"{taken}: wait until it has ended, or choose another folder"
                ) from error
            ticker.report(0.0, f"{taken}: waiting")
            ticker.check()
            time.sleep(1.0)


def discard_checkpoints(work_dir: Path | None) -> None:
    """Free the space once the model itself is stored."""
    for folder in (work_dir / name for name in FOLDERS.values()) if work_dir else ():
        if folder.is_dir():
            _discard(folder)
            with suppress(OSError):  # somebody keeps something else there
                folder.rmdir()


def _discard(folder: Path, kept: Collection[str | None] = ()) -> None:
    for item in folder.iterdir():
        if item.name in kept or not _OURS.fullmatch(item.name):
            continue
        if item.is_dir():
            shutil.rmtree(item, ignore_errors=True)
        else:
            item.unlink(missing_ok=True)


def pack_optimizer(optimizer: Optimizer) -> dict[str, Tensor]:
    """The optimiser's state as named tensors, "parameter index.name"."""
    return {
        f"{index}.{name}": value.detach().cpu().contiguous()
        for index, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
    }


def unpack_optimizer(optimizer: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Undo `pack_optimizer`; learning rates stay those of `optimizer`."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
