"""What a file may look like, and what happens to the parts of it that cannot be read."""

import csv
import gzip
import json
from pathlib import Path

import pytest
from django.core.management import CommandError

from annotation.importers import csv_records, reading
from annotation.models import Video
from tests.annotation.imports import (
    gzipped,
    reasons_of,
    rejects_of,
    run,
    stdin_of,
    write_jsonl,
)

pytestmark = pytest.mark.django_db

A, B = {"video_id": "a", "title": "First"}, {"video_id": "b", "title": "Second"}


@pytest.fixture
def file(tmp_path):
    def write(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def titles() -> list[str]:
    return list(Video.objects.order_by("video_id").values_list("title", flat=True))


@pytest.mark.parametrize("name", ["v.csv", "v.csv.gz", "v.txt"])
def test_csv_is_read_plain_or_gzipped_whatever_it_is_called(file, name) -> None:
    text = 'video_id,title\r\na,"First, with a\r\nbreak"\r\nb,Second\r\n'
    packed = gzip.compress(text.encode()) if name == "v.txt" else text.encode()
    assert run("import_videos", file(name, packed)).counts == {"read": 2, "created": 2}
    assert titles() == ["First, with a\r\nbreak", "Second"]


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize("content", [json.dumps(A).encode(), b"title,video_id\nFirst,a\n"])
def test_standard_input_is_read_in_either_form_gzipped_or_not(
    monkeypatch, compress, content
) -> None:
    stdin_of(monkeypatch, compress(content))
    assert run("import_videos", "-").counts == {"read": 1, "created": 1}
    assert titles() == ["First"]


def test_jsonl_is_told_by_its_first_character_where_the_name_says_nothing(tmp_path) -> None:
    path = gzipped(write_jsonl(tmp_path / "v.jsonl", A, B), "download")
    assert run("import_videos", path).counts == {"read": 2, "created": 2}


def test_a_byte_order_mark_blank_lines_and_capitals_in_the_header_do_no_harm(file) -> None:
    path = file("v.csv", b"\xef\xbb\xbf Video_ID ;Title\n\na;First\n\n")
    assert run("import_videos", path).counts == {"read": 1, "created": 1}
    path = file("v.jsonl", b"\xef\xbb\xbf" + json.dumps(B).encode() + b"\n\n")
    assert run("import_videos", path).counts == {"read": 1, "created": 1}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("v.csv", b"", "is empty"),
        ("v.jsonl", b"\n \n", "is empty"),
        ("v.json", b'[{"video_id": "a"}]', "one JSON object a line"),
        ("v.csv", "video_id,title\n".encode("utf-16"), "Save it as UTF-8"),
        ("v.csv", b"id,name\n1,2\n", "It needs title and video_id"),
        ("v.jsonl", b'{"id": 1}\n', "It needs title and video_id"),
        ("v.csv", b"title,video_id,title\n", "two columns named title"),
        ("v.csv", b'video_id,"title\n', "no readable header"),
        ("v.csv.gz", b"\x1f\x8b broken", "cannot be read"),
        ("v.parquet", b"PAR1\x15\x04\x15\x80", "no usable columns"),
    ],
)
def test_a_file_that_is_no_table_of_videos_is_an_error_that_says_why(
    file, name, content, message
) -> None:
    with pytest.raises(CommandError, match=message) as caught:
        run("import_videos", file(name, content))
    assert caught.value.returncode == 1
    assert not Video.objects.exists()


def test_a_file_that_is_not_there_is_an_error(tmp_path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run("import_videos", tmp_path / "none.csv")
    with pytest.raises(CommandError, match="Is a directory"):
        run("import_videos", tmp_path)


def test_a_gzip_file_that_is_cut_off_keeps_the_rows_before_and_fails(tmp_path) -> None:
    rows = [{"video_id": f"v{n}", "title": f"{n * 7919}" * 20} for n in range(500)]
    whole = gzipped(write_jsonl(tmp_path / "v.jsonl", *rows), "v.gz")
    cut = tmp_path / "cut.gz"
    cut.write_bytes(whole.read_bytes()[:-200])
    with pytest.raises(CommandError, match="cut off after line"):
        run("import_videos", cut, "--batch", 50)
    kept = Video.objects.count()
    assert 0 < kept < 500
    again = run("import_videos", whole)
    assert again.counts == {"read": 500, "created": 500 - kept, "unchanged": kept}


def test_lines_that_are_no_json_object_are_refused_alone(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(reading, "MAX_LINE_BYTES", 200_000)
    lines = [
        A, '{"video_id": ', "[1]", b'{"video_id": "\xff"}', "[" * 100_000, f'"{"x" * 500_000}"',
        '{"n": 1' + "0" * 5000 + "}", B,
    ]  # fmt: skip
    result = run("import_videos", write_jsonl(tmp_path / "v.jsonl", *lines))
    assert result.counts == {"read": 8, "created": 2, "rejected": 6}
    reasons = [reason for _, _, reason in reasons_of(result)]
    assert reasons[0].startswith("is not valid JSON: Expecting value")
    assert reasons[1] == "is not a JSON object"
    assert reasons[2] == "is not valid UTF-8 (at byte 15)"
    assert reasons[3] == "is not valid JSON: nested too deeply"
    assert reasons[4] == "is longer than 200,000 bytes"
    assert [line for line, _, _ in reasons_of(result)] == [2, 3, 4, 5, 6, 7]


def test_csv_rows_that_cannot_be_taken_apart_are_refused_alone(file) -> None:
    lines = [
        b"video_id,title", b"a,First", b"b", b"c,Third,extra", b"d,\xff\xfe", b'e,"x"y', b"f,Last",
    ]  # fmt: skip
    result = run("import_videos", file("v.csv", b"\n".join(lines)))
    assert result.counts == {"read": 6, "created": 2, "rejected": 4}
    assert titles() == ["First", "Last"]
    with Path(result.summary["rejects"]).open(newline="", encoding="utf-8") as rejects:
        rows = list(csv.DictReader(rejects))
    assert [row["_line"] for row in rows] == ["3", "4", "5", "6"]
    assert rows[0]["_reason"] == "has 1 fields where the header has 2"
    assert rows[1]["_reason"].endswith("beyond it: ['extra']")
    assert (rows[2]["title"], rows[2]["_reason"]) == (r"\xff\xfe", "is not valid UTF-8")
    assert rows[3]["_reason"].startswith("is not valid CSV")


def test_a_quote_that_is_never_closed_takes_no_other_row_with_it(file) -> None:
    rows = [f"v{i},Title {i}" for i in range(3000)]
    rows[5] = 'v5,"Title 5'
    path = file("v.csv", "video_id,title\n" + "\n".join(rows) + "\n")
    result = run("import_videos", path)
    assert result.counts == {"read": 3000, "created": 2999, "rejected": 1}
    rejects = Path(result.summary["rejects"])
    assert rejects.read_text().splitlines()[1].startswith('v5,"""Title 5",7,,is not valid CSV: ')
    rejects.write_text(rejects.read_text().replace('"""Title 5"', "Title 5"))
    assert run("import_videos", rejects).counts == {"read": 1, "created": 1}


def test_an_open_quote_among_quoted_titles_costs_its_own_row_alone(file) -> None:
    rows = [f'v{i},"Title, {i}"' for i in range(20)]
    rows[4] = 'v4,"Title 4'
    rows[9] = 'v9,"one\ntwo"'
    result = run("import_videos", file("v.csv", "video_id,title\n" + "\n".join(rows) + "\n"))
    assert result.counts == {"read": 20, "created": 19, "rejected": 1}
    assert "one\ntwo" in titles()


def test_what_is_not_read_after_an_open_quote_is_said(file, monkeypatch) -> None:
    monkeypatch.setattr(csv_records, "MAX_READ_AGAIN", 100)
    rows = [f"v{i},Title {i}" for i in range(30)]
    rows[5] = 'v5,"Title 5'
    result = run("import_videos", file("v.csv", "video_id,title\n" + "\n".join(rows) + "\n"))
    assert result.counts == {"read": 6, "created": 5, "rejected": 1}
    with Path(result.summary["rejects"]).open(newline="") as rejects:
        (refused,) = csv.DictReader(rejects)
    assert refused["_line"] == "7"
    assert (
        "; the 24 lines after it were not read, so put it right in the file" in refused["_reason"]
    )


def test_csv_rejects_put_right_can_be_imported_again(file) -> None:
    path = file("v.csv", "pool,video_id,title,country\np,a,First,Peru\np,b,Second,PE\n")
    result = run("import_videos", path)
    assert result.summary["rejects"] == f"{path}.rejects.csv"
    rejects = Path(result.summary["rejects"])
    header = rejects.read_text().splitlines()[0]
    assert header == "pool,video_id,title,country,_line,_field,_reason,_unread"
    again = run("import_videos", rejects)
    assert again.counts == {"read": 1, "rejected": 1}
    rejects.write_text(rejects.read_text().replace("Peru", "PE"))
    assert run("import_videos", rejects).counts == {"read": 1, "created": 1}
    assert titles() == ["First", "Second"]


def test_jsonl_rejects_put_right_can_be_imported_again(tmp_path) -> None:
    path = write_jsonl(tmp_path / "v.jsonl", {**A, "country": "Peru"}, B)
    rejects = Path(run("import_videos", path).summary["rejects"])
    assert rejects == tmp_path / "v.jsonl.rejects.jsonl"
    rejects.write_text(rejects.read_text().replace("Peru", "PE"))
    assert run("import_videos", rejects).counts == {"read": 1, "created": 1}


def test_rejects_go_where_they_are_told_and_only_if_there_are_any(tmp_path) -> None:
    path, rejects = write_jsonl(tmp_path / "v.jsonl", A), tmp_path / "bad.jsonl"
    result = run("import_videos", path, "--rejects", rejects)
    assert (result.summary["rejects"], rejects.exists()) == (None, False)
    bad = {**A, "title": "\ud800" + "x" * 600}
    result = run("import_videos", write_jsonl(path, bad), "--rejects", rejects)
    assert str(rejects) in result.stderr
    assert rejects_of(result)[0]["row"] == bad
    assert {each.name for each in tmp_path.iterdir()} == {"v.jsonl", "bad.jsonl"}


def test_rejects_of_standard_input_lie_in_the_working_directory(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    stdin_of(monkeypatch, b'{"video_id": "a", "title": ""}')
    assert run("import_videos", "-").summary["rejects"] == "rejects.jsonl"
    assert (tmp_path / "rejects.jsonl").exists()


def test_rejects_may_not_overwrite_the_input(tmp_path) -> None:
    path = write_jsonl(tmp_path / "v.jsonl", A)
    with pytest.raises(CommandError, match="would overwrite"):
        run("import_videos", path, "--rejects", path)


def test_rejects_that_cannot_be_written_are_an_error_and_not_lost_in_silence(tmp_path) -> None:
    path = write_jsonl(tmp_path / "v.jsonl", {**A, "title": ""})
    with pytest.raises(CommandError, match="Choose another place with --rejects"):
        run("import_videos", path, "--rejects", tmp_path / "none" / "r.jsonl")
