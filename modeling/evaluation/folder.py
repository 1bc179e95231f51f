"""The folder that an evaluation is written to: one file of figures, and pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from modeling.errors import InputError
from modeling.evaluation.judgements import Judgements
from modeling.evaluation.pictures import NAMES, draw
from modeling.places import draft_of, require_folder, require_outside_models, resolved, telling

REPORT = "evaluation.json"


def require_writable(folder: Path) -> None:
    """Raises ModelingError where the folder or one of its files cannot be written."""
    require_outside_models(folder / REPORT)
    require_folder(folder)
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
    place = resolved(folder)
    with telling(folder), ExitStack() as stack:
        place.mkdir(parents=True, exist_ok=True)
        drafts = {name: stack.enter_context(draft_of(place / name)) for name in files}
        for name, draft in drafts.items():
            draft.write_text(files[name], encoding="utf-8")
        for name, draft in drafts.items():
            draft.replace(place / name)
        for name in set(NAMES) - set(pictures):
            (place / _file(name)).unlink(missing_ok=True)


def _file(picture: str) -> str:
    return f"{picture}.svg"
