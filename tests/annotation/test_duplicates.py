"""Finding videos that are there twice: what is merged, what is proposed, what is left alone."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection

from annotation.models import (
    Video,
    VideoFingerprint,
    VideoGroup,
    VideoTwin,
)
from annotation.services.duplicates import decisions
from annotation.services.duplicates.fingerprints import (
    note_thumbnail,
    thumbnail_key,
)
from annotation.services.duplicates.search import find_duplicates
from tests.annotation.twins import TALK, picture, search, twice
from tests.factories import PairFactory, UserFactory, VideoFactory

pytestmark = pytest.mark.django_db

STORY = "We walk along the river with the children and feed the ducks until the sun goes down. "


def twin_of(one: Video, other: Video) -> VideoTwin | None:
    first, second = sorted((one, other), key=lambda video: video.pk)
    return VideoTwin.objects.filter(video=first, twin=second).first()


def test_the_same_telling_title_on_the_same_channel_is_merged_without_asking() -> None:
    one, other = twice()
    Video.objects.filter(pk=other.pk).update(title=f"  {TALK.upper()} 🔥!!")
    pair = PairFactory(rejected=one)
    PairFactory(rejected=other, recommended=pair.recommended)
    figures = search()
    twin = twin_of(one, other)
    assert (twin.state, twin.decided_by, twin.decisions.count()) == ("merged", None, 1)
    assert figures | {"seconds": 0} == {
        "videos": 3, "fingerprinted": 3, "proposed": 0, "merged": 1, "groups": 1,
        "pairs_in_groups": 2, "seconds": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("title", "change"),
    [
        ("Live", {}),
        ("Streaming all day long with the whole gang LIVE", {}),
        (TALK, {"channel": "Another"}),
        ("Highlights of the long day, number [number] of many", {}),
    ],
)
def test_what_is_not_sure_is_only_proposed_or_not_at_all(title: str, change: dict) -> None:
    one, other = twice(title=title)
    Video.objects.filter(pk=other.pk).update(**change)
    search()
    twin = twin_of(one, other)
    assert twin is None or twin.state == "proposed"
    assert VideoGroup.objects.count() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"title": f"{TALK}, part 2"},
        {"duration_s": 700},
        {"description": "Nothing of what is said here is said there, it is quite another matter."},
    ],
)
def test_what_speaks_against_keeps_two_videos_apart(fields: dict[str, Any]) -> None:
    one, other = twice(title=f"{TALK}, part 1", duration_s=600, description=STORY * 2)
    Video.objects.filter(pk=other.pk).update(**fields)
    search()
    assert twin_of(one, other) is None


def test_a_title_that_a_channel_uses_again_and_again_is_a_series() -> None:
    videos = VideoFactory.create_batch(7, title=TALK, channel="Every day", description="")
    assert search()["proposed"] == 0
    for video in videos[3:]:
        video.title = STORY
        video.save()
    assert (search()["merged"], VideoTwin.objects.count()) == (0, 5)


def test_nearly_the_same_texts_are_proposed() -> None:
    one = VideoFactory(title="A walk along the river", description=STORY * 4)
    other = VideoFactory(title="A Walk Along the River!", description=STORY * 4 + "Enjoy.",
                         channel="The other channel")  # fmt: skip
    VideoFactory(title="A walk along the motorway", description="Lorries. " * 30)
    search()
    twin = twin_of(one, other)
    assert (twin.state, "text" in twin.methods, twin.score > 0.95) == ("proposed", True, True)
    assert VideoTwin.objects.count() == 1


def test_the_same_picture_is_proposed_whatever_its_size_or_server() -> None:
    url = "https://i.ytimg.com/vi/Ro6eob0LrCY/"
    one = VideoFactory(title="One", thumbnail_url=f"{url}hqdefault.jpg")
    other = VideoFactory(title="Two", thumbnail_url=f"{url}default.jpg?x=1")
    search()
    assert twin_of(one, other).methods == ["thumbnail"]
    assert thumbnail_key("https://a.example/p/1.jpg?size=2") == "a.example/p/1.jpg"


def test_pictures_that_look_alike_are_proposed_where_the_channel_is_the_same(
    tmp_path: Path,
) -> None:
    one, other, foreign = VideoFactory.create_batch(3, description="")
    Video.objects.filter(pk=foreign.pk).update(channel="Somebody else")
    for video, size in ((one, 30), (other, 20), (foreign, 20)):
        (tmp_path / f"{video.video_id}.jpg").write_bytes(picture(60, size))
    (tmp_path / "unknown.jpg").write_bytes(picture(60, 20))
    Video.objects.filter(pk=one.pk).update(title="The first")
    Video.objects.filter(pk=other.pk).update(title="Quite another title")
    search(thumbnails=tmp_path)
    assert [twin.methods for twin in VideoTwin.objects.all()] == [["thumbnail"]]
    assert twin_of(one, other) is not None
    with pytest.raises(ValueError, match="picture"):
        note_thumbnail(video=one, image=b"no picture")


def test_the_same_meaning_is_proposed_by_the_encoder() -> None:
    title = "How to bake sourdough bread at home, explained slowly for beginners"
    one = VideoFactory(title=title, description="", channel="Bread")
    other = VideoFactory(title=f"{title} (HD)", description="", channel="More bread")
    VideoFactory(title="Formula 1 race of Monaco, all overtakes", description="")
    search(embeddings=True)
    twin = twin_of(one, other)
    assert (twin.state, "embedding" in twin.methods) == ("proposed", True)
    assert VideoTwin.objects.count() == 1
    assert find_duplicates(embeddings=True)["proposed"] == 1


def test_a_second_search_changes_nothing_and_only_changed_videos_are_made_anew() -> None:
    twice()
    search()
    twins = list(VideoTwin.objects.values())
    one = Video.objects.first()
    assert search()["fingerprinted"] == 0
    assert list(VideoTwin.objects.values()) == twins
    one.description = "New."
    one.save()
    assert search()["fingerprinted"] == 1


def test_a_dry_run_counts_and_writes_nothing() -> None:
    twice()
    assert search(dry_run=True)["merged"] == 1
    assert not VideoTwin.objects.exists()
    assert not VideoFingerprint.objects.exists()


def test_the_rule_never_overrules_a_person_and_takes_back_what_no_longer_holds() -> None:
    one, other = twice()
    third, fourth = twice(title=f"{TALK} once more")
    search()
    decisions.reject(twin=twin_of(one, other), by=UserFactory())
    corrected = Video.objects.get(pk=fourth.pk)
    corrected.title = "Something else was meant"
    corrected.save()
    search()
    assert twin_of(one, other).state == "rejected"
    assert twin_of(third, fourth).state == "proposed"
    assert VideoGroup.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_second_search_at_the_same_time_is_told_to_wait() -> None:
    elsewhere = connection.copy()
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('duplicates'), 1)")
        with pytest.raises(CommandError, match="under way"):
            search()
        cursor.execute("SELECT pg_advisory_unlock(hashtext('duplicates'), 1)")
    elsewhere.close()
