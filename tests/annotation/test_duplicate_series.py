"""Videos that are alike and too many to be one: a series, about which nobody is asked."""

from itertools import islice, permutations
from typing import Any

import pytest

from annotation.models import Video, VideoEmbedding, VideoFingerprint, VideoTwin
from annotation.services.duplicates.detection import Thresholds
from annotation.services.duplicates.embeddings import propose_neighbours
from annotation.services.duplicates.fingerprints import refresh_fingerprints
from tests.annotation.twins import search
from tests.factories import VideoFactory

pytestmark = pytest.mark.django_db


def shown_alike(*hashes: int, **fields: Any) -> list[Video]:
    """Videos of other titles, with thumbnails of these hashes."""
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]
    videos = [
        VideoFactory(title=f"The {word} show of {word[::-1]}", description="", **fields)
        for _, word in zip(hashes, words, strict=False)
    ]
    refresh_fingerprints()
    for video, image_hash in zip(videos, hashes, strict=True):
        VideoFingerprint.objects.filter(video=video).update(image_hash=image_hash)
    return videos


@pytest.mark.parametrize("hashes", [[5] * 6, [5, 5, 5, 4, 7, 1], [1, 2, 4, 8, 16, 32, 64, 128]])
def test_a_picture_that_six_videos_share_is_a_series(hashes: list[int]) -> None:
    shown_alike(*hashes)
    assert search()["proposed"] == 0


def test_no_channel_is_no_common_channel() -> None:
    shown_alike(5, 5, channel="")
    assert search()["proposed"] == 0


@pytest.mark.parametrize("hashes", [[5, 5, 5], [5, 7, 5], [1, 2, 4]])
def test_of_few_pictures_that_are_alike_each_is_held_against_the_first(hashes: list[int]) -> None:
    first, *others = shown_alike(*hashes)
    shown_alike(*(each ^ 0xFFFFFFFF0000 for each in hashes), channel="Another")
    search()
    found = VideoTwin.objects.filter(video__channel=first.channel).values_list("video", "twin")
    assert set(found) == {(first.pk, other.pk) for other in others}
    assert VideoTwin.objects.count() == 4


def meaning_nearly_the_same(count: int, channel: str) -> list[Video]:
    """Videos whose titles have 22 words in common and one not, and that have one embedding."""
    title = (
        "one of the many long talks that our choir gave in the great hall of the old town with some"
    )
    videos = [
        VideoFactory(title=f"{title} {word} and guests", channel=channel, description="")
        for word in islice(map("".join, permutations("friendly", 5)), 0, count * 400, 400)
    ]
    refresh_fingerprints()
    for video in videos:
        seen = {"seen_at": video.updated_at, "encoder": "one"}
        VideoEmbedding.objects.create(video=video, vector=[1.0] + [0.0] * 383, **seen)
    return videos


@pytest.mark.parametrize(("count", "proposals"), [(4, 3), (5, 4), (6, 0), (12, 0)])
def test_more_than_five_videos_that_mean_nearly_the_same_are_a_series_and_no_question(
    count: int, proposals: int
) -> None:
    first, *_ = meaning_nearly_the_same(count, "Choir")
    propose_neighbours(thresholds=Thresholds())
    found = VideoTwin.objects.filter(methods=["embedding"])
    assert list(found.values_list("video", flat=True)) == [first.pk] * proposals
