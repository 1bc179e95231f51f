"""CSV rows as long as they may be, and longer."""

import csv
from pathlib import Path

import pytest

from annotation.importers import csv_records
from annotation.models import Video
from annotation.models.videos import MAX_TRANSCRIPT
from tests.annotation.imports import run

pytestmark = pytest.mark.django_db

CARD = {"regret_id": "a", "regret_title": "First", "recommendation_id": "b",
        "recommendation_title": "Second"}  # fmt: skip


def write_csv(path: Path, *rows: dict[str, str], quoting: int = csv.QUOTE_MINIMAL) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys(), quoting=quoting)  # type: ignore[arg-type]
        writer.writeheader()
        writer.writerows(rows)
    return path


def lengths() -> list[int]:
    videos = Video.objects.order_by("video_id")
    return [len(text or "") for text in videos.values_list("transcript", flat=True)]


@pytest.mark.parametrize("notes", ["", "1", "x" * 300_000])
@pytest.mark.parametrize(
    ("letter", "quoting"),
    [('"', csv.QUOTE_MINIMAL), ("x", csv.QUOTE_MINIMAL), ("é", csv.QUOTE_ALL)],
    ids=["quotes", "plain", "quoted"],
)
def test_a_valid_row_of_the_longest_texts_is_stored_whole_wherever_its_quotes_fall(
    tmp_path, notes, letter, quoting
) -> None:
    text = letter * MAX_TRANSCRIPT
    card = {"notes": notes, **CARD, "regret_transcript": text, "recommendation_transcript": text}
    path = write_csv(tmp_path / "p.csv", card, quoting=quoting)
    assert run("import_pairs", path).counts == {"read": 1, "created": 1}
    assert lengths() == [MAX_TRANSCRIPT, MAX_TRANSCRIPT]
    assert Video.objects.get(video_id="b").transcript == text


@pytest.mark.parametrize("before", ["", "open"])
def test_a_line_without_end_is_refused_alone(tmp_path, monkeypatch, before) -> None:
    monkeypatch.setattr(csv_records, "MAX_CSV_LINE", 5000)
    lines = ["video_id,title", "a,First", 'x,"open' if before else "x,y,z", "b," + "x" * 20_000]
    (path := tmp_path / "v.csv").write_text("\n".join([*lines, "c,Third", ""]))
    result = run("import_videos", path)
    assert result.counts == {"read": 4, "created": 2, "rejected": 2}
    with Path(result.summary["rejects"]).open(newline="") as file:
        _, refused = csv.DictReader(file)
    assert refused["_line"] == "4"
    assert refused["_reason"] == "is not valid CSV: a line is longer than 5,000 characters"
    assert set(Video.objects.values_list("video_id", flat=True)) == {"a", "c"}
