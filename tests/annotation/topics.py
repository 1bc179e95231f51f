"""Topics in a study, for tests."""

from collections.abc import Sequence

from annotation.models import Campaign, Pair, Topic, Video
from annotation.services.topics import free_bit, mark_queue, mark_videos


def topic(name: str, *phrases: str) -> Topic:
    return Topic.objects.create(bit=free_bit(), name=name, phrases="\n".join(phrases))


def touch(campaign: Campaign, pairs: Sequence[int | Pair], title: str) -> None:
    """Give the recommended videos of these pairs this title, and mark the queue by it."""
    pks = [pair if isinstance(pair, int) else pair.pk for pair in pairs]
    for video in Video.objects.filter(pairs_recommended__in=pks):
        video.title = title
        video.save()
    campaign.refresh_from_db()
    mark_videos(campaign=campaign)
    mark_queue(campaign=campaign)
