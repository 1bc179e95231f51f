"""Run the import commands on small files, for the tests of importing."""

import gzip
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from django.core.management import call_command


class Run(NamedTuple):
    summary: dict[str, Any]
    stderr: str

    @property
    def counts(self) -> dict[str, int]:
        names = ("read", "created", "updated", "unchanged", "rejected")
        return {name: self.summary[name] for name in names if self.summary[name]}


def run(command: str, file: object, *arguments: object) -> Run:
    out, err = io.StringIO(), io.StringIO()
    call_command(command, str(file), *map(str, arguments), stdout=out, stderr=err)
    return Run(json.loads(out.getvalue().splitlines()[-1]), err.getvalue())


def write_jsonl(path: Path, *rows: object) -> Path:
    """Objects are written as JSON; text and bytes go in as they are, one a line."""
    lines = [row if isinstance(row, bytes) else _line(row).encode() for row in rows]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def _line(row: object) -> str:
    return row if isinstance(row, str) else json.dumps(row)


def rejects_of(result: Run) -> list[dict[str, Any]]:
    with Path(result.summary["rejects"]).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def reasons_of(result: Run) -> list[tuple[int, str, str]]:
    return [(each["line"], each["field"], each["reason"]) for each in rejects_of(result)]


def stdin_of(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))


def gzipped(path: Path, name: str) -> Path:
    target = path.with_name(name)
    target.write_bytes(gzip.compress(path.read_bytes()))
    return target
