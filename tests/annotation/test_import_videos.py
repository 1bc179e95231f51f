from datetime import UTC, datetime

import pytest

from annotation.models import Video
from tests.annotation.imports import reasons_of, rejects_of, run, write_jsonl

pytestmark = pytest.mark.django_db

VIDEO = {
    "video_id": "abcdefghijk",
    "title": "Bread at home",
    "channel": "Oven",
    "channel_id": "UC123",
    "description": "Flour and water.\nThen wait.",
    "transcript": None,
    "language": "en-GB",
    "declared_language": "en-GB",
    "country": "gb",
    "publish_time": "2024-05-31T18:00:00Z",
    "duration_s": 61,
    "thumbnail_url": "http://img.example/bread.jpg",
}


@pytest.fixture
def videos(tmp_path):
    """Import these rows from a file of JSON Lines."""

    def import_rows(*rows, arguments=()):
        return run("import_videos", write_jsonl(tmp_path / "videos.jsonl", *rows), *arguments)

    return import_rows


def refusal(result) -> tuple[str, str]:
    [(_, field, reason)] = reasons_of(result)
    return field, reason


def test_a_video_is_stored_with_every_field_in_its_one_form(videos) -> None:
    assert videos(VIDEO).counts == {"read": 1, "created": 1}
    video = Video.objects.get()
    assert (video.video_id, video.title, video.channel) == ("abcdefghijk", "Bread at home", "Oven")
    assert (video.language, video.declared_language, video.country) == ("en", "en-GB", "GB")
    assert video.published_at == datetime(2024, 5, 31, 18, tzinfo=UTC)
    assert (video.transcript, video.duration_s, video.channel_id) == (None, 61, "UC123")
    assert video.thumbnail_url == "https://img.example/bread.jpg"
    assert video.description == "Flour and water.\nThen wait."


def test_the_same_file_again_changes_nothing_not_even_the_time_of_change(videos) -> None:
    rows = [VIDEO, {**VIDEO, "video_id": "ted:a_talk", "transcript": "Thank you."}]
    videos(*rows)
    before = list(Video.objects.order_by("id").values())
    assert videos(*rows).counts == {"read": 2, "unchanged": 2}
    assert list(Video.objects.order_by("id").values()) == before


def test_a_changed_title_is_an_update_and_bumps_the_time_of_change(videos) -> None:
    videos(VIDEO)
    before = Video.objects.get()
    result = videos({**VIDEO, "title": "Bread, again"})
    after = Video.objects.get()
    assert result.counts == {"read": 1, "updated": 1}
    assert after.title == "Bread, again"
    assert after.updated_at > before.updated_at
    assert (after.pk, after.created_at) == (before.pk, before.created_at)


@pytest.mark.parametrize("empty", [None, "", "absent"])
def test_an_import_never_erases_what_an_earlier_one_brought(videos, empty) -> None:
    videos({**VIDEO, "transcript": "Hello."})
    before = Video.objects.values().get()
    needed = {name: VIDEO[name] for name in ("video_id", "title")}
    row = needed if empty == "absent" else dict.fromkeys(VIDEO, empty) | needed
    assert videos(row).counts == {"read": 1, "unchanged": 1}
    assert Video.objects.values().get() == before


def test_html_and_scripts_in_a_title_are_kept_as_the_text_they_are(videos) -> None:
    title = "<script>alert('x')</script> &amp; <b onclick=\"x()\">"
    videos({**VIDEO, "title": title})
    assert Video.objects.get().title == title


@pytest.mark.parametrize("given", ["abcdefghijk", "ted:a_talk", "vimeo:123/4", "été", "-_-"])
def test_ids_of_youtube_and_of_other_sites_are_accepted(videos, given) -> None:
    assert videos({**VIDEO, "video_id": given}).counts == {"read": 1, "created": 1}


@pytest.mark.parametrize(
    "bad", ["a b", "<b>", "x" * 241, "", None, "a:b:c", "TED:x", "a\u200bb", 7,
            "https://www.youtube.com/watch?v=abcdefghijk"],
)  # fmt: skip
def test_a_bad_id_is_refused(videos, bad) -> None:
    result = videos({**VIDEO, "video_id": bad})
    assert result.counts == {"read": 1, "rejected": 1}
    assert refusal(result)[0] == "video_id"
    assert not Video.objects.exists()


@pytest.mark.parametrize(
    ("given", "stored"),
    [("en", "en"), ("PT-br", "pt"), ("zh-Hant", "zh"), ("hi-Latn", "hi"), ("es-419", "es"),
     ("iw", "he"), ("lit", "lt"), ("ger", "de"), ("yue-HK", "yue"), ("und", "und"),
     ("zxx", "zxx"), ("en_US", "en"), ("", ""), (None, "")],
)  # fmt: skip
def test_a_language_is_stored_as_its_shortest_primary_code(videos, given, stored) -> None:
    videos({**VIDEO, "language": given, "declared_language": given})
    video = Video.objects.get()
    assert (video.language, video.declared_language) == (stored, given or "")


@pytest.mark.parametrize("bad", ["english", "xx", "e", "12", "en-", "🙂", "en us", "x" * 33, 5])
@pytest.mark.parametrize("field", ["language", "declared_language"])
def test_an_unknown_language_is_refused(videos, field, bad) -> None:
    assert refusal(videos({**VIDEO, field: bad}))[0] == field


@pytest.mark.parametrize(
    ("field", "bad", "reason"),
    [
        ("title", "", "is empty"),
        ("title", " \n ", "is empty"),
        ("title", None, "is empty"),
        ("title", "x" * 501, "is 501 characters long; the limit is 500"),
        ("title", ["a"], "must be text, not a list"),
        ("title", "a\0b", "contains a NUL character, which cannot be stored"),
        ("title", "a\ud83d", "contains half of a surrogate pair, which is no character"),
        ("channel", 3, "must be text, not a number"),
        ("channel", "x" * 301, "is 301 characters long; the limit is 300"),
        ("description", "x" * 20_001, "is 20,001 characters long; the limit is 20,000"),
        ("transcript", {"a": 1}, "must be text, not an object"),
        ("country", "Germany", "is not a country code of two letters such as DE"),
        ("publish_time", "Night", "is not a date such as 2024-05-31 or 2024-05-31T18:00:00Z"),
        ("publish_time", "2024-13-01", "is not a date such as 2024-05-31 or 2024-05-31T18:00:00Z"),
        ("publish_time", 1717178400, "must be text, not a number"),
        ("duration_s", -1, "is not a whole number of seconds"),
        ("duration_s", True, "is not a whole number of seconds"),
        ("duration_s", "3 min", "is not a whole number of seconds"),
        ("duration_s", 2**31, "is not a whole number of seconds"),
        ("thumbnail_url", "javascript:alert(1)", "is not an https address"),
        ("thumbnail_url", "https://", "is not an https address"),
        ("thumbnail_url", 'https://a.b/"onload="x', "is not an https address"),
        ("thumbnail_url", "https://user@a.b/", "is not an https address"),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_with_its_line_field_and_reason(videos, field, bad, reason) -> None:
    good = {**VIDEO, "video_id": "good"}
    result = videos(good, {**VIDEO, field: bad})
    assert result.counts == {"read": 2, "created": 1, "rejected": 1}
    assert reasons_of(result) == [(2, field, reason)]
    assert Video.objects.get().video_id == "good"


def test_every_problem_of_a_row_is_told_at_once(videos) -> None:
    row = {"video_id": "a b", "country": "Peru"}
    reject = rejects_of(videos(VIDEO, row))[0]
    assert reject["field"] == "video_id, title, country"
    assert "title is missing" in reject["reason"]
    assert (reject["value"], reject["row"]) == ("a b", row)


def test_limits_count_characters_so_that_the_longest_title_in_any_script_fits(videos) -> None:
    videos({**VIDEO, "title": "語" * 499 + "🙂"})
    assert len(Video.objects.get().title) == 500


def test_an_identical_row_twice_in_a_file_counts_as_unchanged(videos) -> None:
    assert videos(VIDEO, VIDEO).counts == {"read": 2, "created": 1, "unchanged": 1}


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_an_id_again_with_other_content_is_refused_with_the_first_line(videos, batch) -> None:
    other = {**VIDEO, "video_id": "other"}
    changed = {**VIDEO, "title": "Another"}
    result = videos(VIDEO, other, changed, VIDEO, arguments=("--batch", batch))
    assert result.counts == {"read": 4, "created": 2, "unchanged": 1, "rejected": 1}
    reason = "stands already, with other content, on line 1"
    assert reasons_of(result) == [(3, "video_id", reason)]
    assert Video.objects.get(video_id=VIDEO["video_id"]).title == VIDEO["title"]


def test_a_row_that_was_refused_does_not_stand_in_the_way_of_a_later_good_one(videos) -> None:
    result = videos({**VIDEO, "title": ""}, VIDEO)
    assert result.counts == {"read": 2, "created": 1, "rejected": 1}


def test_a_dry_run_counts_everything_and_writes_nothing(videos) -> None:
    videos(VIDEO)
    rows = [{**VIDEO, "title": "New"}, {**VIDEO, "video_id": "b"}, {**VIDEO, "video_id": ""}]
    dry = videos(*rows, arguments=("--dry-run", "--batch", 1))
    assert Video.objects.get().title == VIDEO["title"]
    assert dry.counts == {"read": 3, "created": 1, "updated": 1, "rejected": 1}
    assert videos(*rows, arguments=("--batch", 1)).counts == dry.counts


def test_unknown_columns_are_ignored_and_named_once(videos) -> None:
    result = videos({**VIDEO, "pool": "a", "likes": 3}, {**VIDEO, "video_id": "b", "pool": "c"})
    assert result.counts == {"read": 2, "created": 2}
    assert result.stderr.count("Ignored columns: likes, pool.") == 1
