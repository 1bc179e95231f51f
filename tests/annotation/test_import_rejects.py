"""Rows that were refused, fed in again: as they are, and put right."""

import csv
from pathlib import Path

import pytest
from django.core.management import CommandError

from annotation.models import Video
from tests.annotation.imports import Run, rejects_of, run, write_jsonl

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
    path.write_text(f"video_id,title,description\na,Title,{words}\n")
    (row,) = csv_rejects(run("import_videos", path))
    assert row["_reason"].count("many words") == 999  # the first is in its column


NO_JSON = [
    '{"video_id": "a", "title": "First", "description": "' + "x" * 5000 + '"',
    b'{"video_id": "b", "title": "Caf\xe9"}',
    "[1]",
    '"text"',
]


def test_a_line_that_was_no_json_put_right_where_it_stands_in_the_rejects_is_imported(
    tmp_path,
) -> None:
    result = run("import_videos", write_jsonl(tmp_path / "v.jsonl", *NO_JSON))
    assert result.counts == {"read": 4, "rejected": 4}
    lines = rejects_of(result)
    lines[0]["row"] += "}"
    lines[1]["row"] = lines[1]["row"].replace(r"\xe9", "é")
    lines[2]["row"] = {"video_id": "c", "title": "Third"}
    result = run("import_videos", write_jsonl(tmp_path / "right.jsonl", *lines))
    assert result.counts == {"read": 4, "created": 3, "rejected": 1}
    assert list(Video.objects.order_by("video_id").values_list("title", flat=True)) == [
        "First", "Café", "Third",
    ]  # fmt: skip
    assert len(Video.objects.get(video_id="a").description) == 5000


def test_json_lines_rejects_that_nobody_touched_are_refused_again_with_the_same_rows(
    tmp_path,
) -> None:
    bad = {"video_id": "d", "title": ""}
    result = run("import_videos", write_jsonl(tmp_path / "v.jsonl", *NO_JSON, bad))
    rows = [each["row"] for each in rejects_of(result)]
    assert rows[-1] == bad
    for _ in range(2):
        result = run("import_videos", result.summary["rejects"])
        assert result.counts == {"read": 5, "rejected": 5}
        assert [each["row"] for each in rejects_of(result)] == rows


@pytest.mark.parametrize("row", ['{"n": "\ud800"', None, 3, "[" * 100_000, ""])
def test_a_row_of_rejects_that_is_no_row_is_refused_as_it_stands(tmp_path, row) -> None:
    entry = {"line": 1, "field": "", "reason": "", "value": None, "row": row}
    path = write_jsonl(tmp_path / "v.jsonl", entry, {"video_id": "a", "title": "First"})
    result = run("import_videos", path)
    assert result.counts == {"read": 2, "created": 1, "rejected": 1}
    assert rejects_of(result)[0]["row"] == row


def test_a_header_that_is_not_utf_8_keeps_no_row_from_being_refused(tmp_path) -> None:
    (path := tmp_path / "v.csv").write_bytes(b"video_id,title,Gr\xf6\xdfe\na,First,1\nb,,2\n")
    result = run("import_videos", path)
    assert result.counts == {"read": 2, "created": 1, "rejected": 1}
    (row,) = csv_rejects(result)
    assert (row["video_id"], row[r"Gr\xf6\xdfe"]) == ("b", "2")
    assert r"Ignored columns: gr\xf6\xdfe." in result.stderr


def test_a_folder_for_the_rejects_is_an_error_before_anything_is_imported(tmp_path) -> None:
    path = write_jsonl(tmp_path / "v.jsonl", {"video_id": "a", "title": "A"}, {"video_id": "b"})
    with pytest.raises(CommandError, match="is a folder; name a file for the rejects"):
        run("import_videos", path, "--rejects", tmp_path)
    assert not Video.objects.exists()
