"""Whatever a video holds, a file of it in either form brings back the same video."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from annotation.importers.parsing import OPTIONAL, card_video_id, pair_id_of, parse_video
from annotation.importers.reading import read_table
from annotation.importers.records import Record, Table
from annotation.importers.rejects import Rejects
from annotation.importers.rows import VideoRow
from annotation.importers.sources import Format, Source

CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
WORDS = st.text(CHARACTERS, max_size=40)
NOT_BLANK = WORDS.filter(lambda words: words.strip())
VALUES = {
    "channel": WORDS,
    "channel_id": WORDS,
    "description": WORDS,
    "transcript": st.none() | NOT_BLANK,
    "language": st.sampled_from(["", "en", "he", "yue", "und"]),
    "declared_language": st.sampled_from(["", "en-GB", "zh-Hant", "iw", "hi-Latn"]),
    "country": st.sampled_from(["", "DE", "PE"]),
    "published_at": st.none() | st.datetimes(timezones=st.just(UTC)),
    "duration_s": st.none() | st.integers(0, 2**31 - 1),
    "thumbnail_url": st.sampled_from(["", "https://img.example/a?b=c,d"]),
}


@st.composite
def video_rows(draw: st.DrawFn) -> VideoRow:
    names = draw(st.frozensets(st.sampled_from(sorted(OPTIONAL))))
    found = {name: draw(VALUES[name]) for name in sorted(names)}
    video_id = draw(st.from_regex(r"\A([a-z]{1,5}:)?[A-Za-z0-9_-]{1,20}\Z"))
    if video_id.startswith(("http:", "https:")):
        video_id = "a"
    return VideoRow(video_id=video_id, title=draw(NOT_BLANK), **found)


def values_of(row: VideoRow) -> dict[str, object]:
    values = {name: getattr(row, name) for name in ("video_id", "title", *OPTIONAL)}
    if isinstance(values.get("published_at"), datetime):
        values["published_at"] = values["published_at"].isoformat()
    return values


def table_of(content: bytes, format_: Format | None = None) -> Table:
    stream = io.BufferedReader(io.BytesIO(content))
    source = Source("-", stream, None, SimpleNamespace(count=0).__getattribute__)
    return read_table(source, format_=format_)


def read_back(content: str) -> list[VideoRow]:
    records = list(table_of(content.encode()).records)
    assert [record.problem for record in records] == [None] * len(records)
    return [parse_video(record.values) for record in records]


@given(st.lists(video_rows(), min_size=1, max_size=4))
def test_any_video_written_as_json_lines_is_read_back_equal(rows) -> None:
    for escape in (True, False):
        lines = [json.dumps(values_of(row), ensure_ascii=escape) for row in rows]
        assert read_back("\n".join(lines)) == rows


@given(video_rows(), st.sampled_from([",", ";", "\t"]))
def test_any_video_written_as_csv_is_read_back_equal(row, delimiter) -> None:
    file = io.StringIO(newline="")
    values = values_of(row)
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerows([values.keys(), values.values()])
    assert read_back(file.getvalue()) == [row]


def refused_of(content: bytes, format_: Format, path: Path) -> list[Record]:
    """The records that cannot be taken apart, which are written to `path`."""
    table = table_of(content, format_)
    rejects = Rejects(path, table)
    refused = [record for record in table.records if record.problem]
    for record in refused:
        rejects.add(record, (record.problem,))
    rejects.keep()
    return refused


CSV_HEADS = st.sampled_from(["v,t\n", "v;t;u\r\n", "v,t,\n", "v,t,_reason,_unread\n"])
CSV_PARTS = [b"a", b"b,", b",", b'"', b'""', b"\n", b"\r", b"\xff", b"\xc3\xa9", b";", b"\0", b" "]
JSON_PARTS = [b"{", b"}", b'"', b":", b",", b"\n", b"\r", b"\xff", b"a", b"1", b"[", b'{"a": 1}']


@given(CSV_HEADS, st.lists(st.sampled_from(CSV_PARTS), max_size=15))
def test_what_cannot_be_taken_apart_in_a_csv_cannot_be_in_its_rejects_either(
    tmp_path_factory, head, parts
) -> None:
    path = tmp_path_factory.getbasetemp() / "rejects.csv"
    if refused := refused_of(head.encode() + b"".join(parts), "csv", path):
        again = refused_of(path.read_bytes(), "csv", path)
        assert [each.problem.reason for each in again] == [each.problem.reason for each in refused]


@given(st.lists(st.sampled_from(JSON_PARTS), max_size=15))
def test_what_is_no_json_comes_back_the_same_from_its_rejects(tmp_path_factory, parts) -> None:
    path = tmp_path_factory.getbasetemp() / "rejects.jsonl"
    if refused := refused_of(b"{}\n" + b"".join(parts), "jsonl", path):
        again = refused_of(path.read_bytes(), "jsonl", path)
        assert [each.raw for each in again] == [each.raw for each in refused]


@given(WORDS, WORDS, WORDS, WORDS)
def test_ids_made_from_content_differ_where_the_content_does(a, b, c, d) -> None:
    assert (pair_id_of(a, b) == pair_id_of(c, d)) == ((a, b) == (c, d))
    first, second = {"title": a, "channel": b}, {"title": c, "channel": d}
    assert (card_video_id(first) == card_video_id(second)) == (first == second)
