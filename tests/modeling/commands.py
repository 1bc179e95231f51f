"""The commands as a shell runs them, and rows to hand to them."""

import json
from pathlib import Path

from modeling.cli import main

NT = Path(__file__).parent / "published_nt"
PAIR = {"regret_title": "bread", "recommendation_title": "rocket"}


def run(capsys, *arguments) -> tuple[int, str, str]:
    """(status, last line of output, complaints); a traceback is an error of this test."""
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return status, (captured.out.strip().splitlines() or [""])[-1], captured.err


def refused(capsys, *arguments) -> str:
    """The one sentence on standard error after which the command ended with 1."""
    status, output, complaints = run(capsys, *arguments)
    assert (status, output) == (1, "")
    sentences = [line for line in complaints.splitlines() if line.startswith("error: ")]
    assert len(sentences) == 1
    return sentences[0]


def write(path: Path, *rows: dict) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def labelled(n: int, label: object) -> list[dict]:
    titles = [(f"bread {i}", f"rocket {i}") for i in range(n)]
    return [{"regret_title": a, "recommendation_title": b, "label": label} for a, b in titles]


def cut(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 3])
