"""Rows that were refused, fed in again: as they are, and put right."""

import csv
from pathlib import Path

import pytest

from annotation.models import Video
from tests.annotation.imports import Run, run

pytestmark = pytest.mark.django_db

HEADER = b"video_id,title,channel\n"
UNREADABLE = [
    b"site:a,Hello, world,Channel",
    b"site:b,Caf\xe9,Channel",
    b"site:c,Short",
    b'site:d,"open,Channel',
    b'site:e,"said "so" again",Channel',
    b"site:f,Far,Channel,too,many",
]


def csv_rejects(result: Run) -> list[dict[str, str]]:
    with Path(result.summary["rejects"]).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def refused(tmp_path) -> Run:
    path = tmp_path / "v.csv"
    path.write_bytes(HEADER + b"\n".join([*UNREADABLE, b"site:z,Fine,Channel", b"site:y,,Empty"]))
    result = run("import_videos", path)
    assert result.counts == {"read": 8, "created": 1, "rejected": 7}
    return result


def test_a_rejects_file_that_nobody_touched_is_refused_again_row_for_row(refused) -> None:
    assert "_unread could not be taken apart" in refused.stderr
    first = csv_rejects(refused)
    for _ in range(2):
        refused = run("import_videos", refused.summary["rejects"])
        assert refused.counts == {"read": 7, "rejected": 7}
        again = csv_rejects(refused)
        assert [row | {"_line": ""} for row in again] == [row | {"_line": ""} for row in first]
    assert list(Video.objects.values_list("video_id", flat=True)) == ["site:z"]


def test_a_spreadsheet_that_only_saved_the_rejects_makes_no_row_valid(refused, tmp_path) -> None:
    rows = [
        {"notes": ""} | {name: row[name].replace("\r\n", "\n") for name in sorted(row)}
        for row in csv_rejects(refused)
    ]
    result = run("import_videos", write_rows(tmp_path / "saved.csv", rows))
    assert result.counts == {"read": 7, "rejected": 7}


def test_of_rows_that_could_not_be_taken_apart_those_put_right_are_imported(refused) -> None:
    path, rows = Path(refused.summary["rejects"]), csv_rejects(refused)
    rows[0] |= {"title": "Hello, world", "channel": "Channel"}
    rows[1] |= {"title": "Café"}
    rows[2] |= {"_unread": ""}  # right as it stands
    result = run("import_videos", write_rows(path, rows))
    assert result.counts == {"read": 7, "created": 3, "rejected": 4}
    assert list(Video.objects.order_by("video_id").values_list("video_id", "title", "channel")) == [
        ("site:a", "Hello, world", "Channel"), ("site:b", "Café", "Channel"),
        ("site:c", "Short", ""), ("site:z", "Fine", "Channel"),
    ]  # fmt: skip


def test_a_csv_line_that_could_not_be_taken_apart_comes_back_whole(tmp_path) -> None:
    words = "many words, " * 1000
    path = tmp_path / "v.csv"
    path.write_text(f'video_id,title,description\na,Title,"{words}\n')
    (row,) = csv_rejects(run("import_videos", path))
    assert row["video_id"] == f'a,Title,"{words}'
