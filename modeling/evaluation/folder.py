"""The folder that an evaluation is written to: one file of figures, and pictures."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modeling.errors import InputError
from modeling.evaluation.judgements import Judgements
from modeling.evaluation.pictures import NAMES, draw
from modeling.registry import in_the_way

REPORT = "evaluation.json"


def require_writable(folder: Path) -> None:
    """Raises InputError where something stands in the place of the folder or of its files."""
    if file := in_the_way(folder):
        raise InputError(f"{folder}: {file} is not a folder")
    for name in (REPORT, *map(_file, NAMES)):
        if (folder / name).is_dir():
            raise InputError(f"{folder / name} is a folder, where a file is to be written")


def write(
    folder: Path, report: Mapping[str, Any], models: Sequence[tuple[str, Judgements]]
) -> None:
    """All or nothing of `report` and the pictures of `models`, as `draw` takes them.

    Pictures of an earlier evaluation are gone, those that this one has none of included.
    """
    pictures = draw(report, models)
    tables = {name: tables for name, (_, tables) in pictures.items()}
    text = json.dumps({**report, "pictures": tables}, indent=2, allow_nan=False)
    files = {_file(name): svg for name, (svg, _) in pictures.items()} | {REPORT: text + "\n"}
    folder.mkdir(parents=True, exist_ok=True)
    waiting = {folder / name: folder / f".{os.getpid()}.{name}" for name in files}
    try:
        for content, temporary in zip(files.values(), waiting.values(), strict=True):
            temporary.write_text(content, encoding="utf-8")
        for file, temporary in waiting.items():
            temporary.replace(file)
        for name in set(NAMES) - set(pictures):
            (folder / _file(name)).unlink(missing_ok=True)
    finally:
        for temporary in waiting.values():
            temporary.unlink(missing_ok=True)


def _file(picture: str) -> str:
    return f"{picture}.svg"
