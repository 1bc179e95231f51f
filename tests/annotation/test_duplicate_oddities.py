"""What a search for duplicates meets in files and addresses, and what becomes of one that stops."""

import contextlib
import io
import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from annotation.models import DuplicateSearch, Video, VideoFingerprint
from annotation.services.duplicates.fingerprints import thumbnail_key
from tests.annotation.twins import picture, search, twice
from tests.factories import VideoFactory

pytestmark = pytest.mark.django_db

# What stands in some files: half an address, a letter that is "a/c" once it is made plain, and one
# that is eighteen.
ODD = {
    "bracket": {"thumbnail_url": "https://[i.ytimg.com/vi/x.jpg"},
    "account": {"thumbnail_url": "https://ex\u2100.com/x.jpg"},
    "channel": {"channel": "\ufdfa" * 40},
}
# Eight by eight points of grey, the kind of one entry of whose table of contents is off.
DAMAGED_TIFF = bytes.fromhex(
    "49492a000800000009000001040001000000080000000101040001000000080000000201030001000000"
    "0800000003010300010000000100000006010300010000000100000011010200010000007a0000001601"
    "040001000000080000001701040001000000400000001c010300010000000100000000000000"
) + bytes(64)


def test_files_of_other_names_are_passed_over_whatever_bytes_the_name_has(tmp_path: Path) -> None:
    videos = VideoFactory.create_batch(2)
    Path(os.fsdecode(bytes(tmp_path) + b"/\xff\xfe.jpg")).write_bytes(picture(60, 20))
    (tmp_path / f"{videos[0].video_id}.tif").write_bytes(DAMAGED_TIFF)
    (tmp_path / f"{videos[1].video_id}.jpg").write_bytes(picture(60, 20))
    search(thumbnails=tmp_path)
    hashes = VideoFingerprint.objects.order_by("video").values_list("image_hash", flat=True)
    assert [each is None for each in hashes] == [True, False]


def test_whatever_an_import_takes_a_search_for_duplicates_reads(tmp_path: Path) -> None:
    rows = [{"video_id": f"test:{name}", "title": name, **fields} for name, fields in ODD.items()]
    (tmp_path / "videos.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with contextlib.suppress(CommandError):  # says that some rows were not taken
        call_command("import_videos", tmp_path / "videos.jsonl", stdout=io.StringIO())
    assert list(Video.objects.values_list("video_id", flat=True)) == ["test:channel"]
    for fields in ODD.values():  # such as came before they were refused
        VideoFactory(**fields)
    twice()
    assert search()["merged"] == 1


@given(st.text(max_size=80))
def test_an_address_that_is_none_has_no_picture_in_common(rest: str) -> None:
    assert len(thumbnail_key(f"https://{rest}")) <= 500


def test_what_stopped_a_search_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*arguments: Any) -> None:
        raise RuntimeError("no more room\0")

    monkeypatch.setattr("annotation.services.duplicates.search.gather_evidence", stop)
    with pytest.raises(RuntimeError):
        search()
    assert DuplicateSearch.objects.get().problem == "RuntimeError: no more room"


def test_people_can_decide_while_a_search_gathers_its_evidence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free = []

    def look(*arguments: Any) -> None:
        with closing(connection.copy()) as elsewhere, elsewhere.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('duplicates'), 0)")
            free.append(cursor.fetchone()[0])

    monkeypatch.setattr("annotation.services.duplicates.search.gather_evidence", look)
    search()
    assert free == [True]
