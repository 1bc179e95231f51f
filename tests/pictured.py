"""A campaign over a few pairs of the sample study in a chosen order, for pictures of pages."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.utils.dateparse import parse_datetime

from annotation.models import Campaign, Pair, PoolPair, QueueItem, Video
from annotation.services import policies, queue
from annotation.services.sample import FOLDER

# A square in two views; one song in two languages; the same channel; doubtful medicine.
SQUARE, SONG, CHANNEL, CURE = "sample-0049", "sample-0034", "sample-0027", "sample-0105"
FIELDS = ("title", "channel", "channel_id", "description", "transcript", "language", "duration_s")


@cache
def rows(name: str) -> list[dict[str, Any]]:
    with (FOLDER / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def video(video_id: str) -> Video:
    row = next(row for row in rows("videos") if row["video_id"] == video_id)
    fields = {field: row[field] for field in FIELDS if row[field] is not None}
    fields["published_at"] = parse_datetime(row["publish_time"])
    return Video.objects.get_or_create(video_id=video_id, defaults=fields)[0]


def pair(pair_id: str) -> Pair:
    """A pair of the sample study."""
    row = next(row for row in rows("pairs") if row["pair_id"] == pair_id)
    videos = {"rejected": video(row["video_a"]), "recommended": video(row["video_b"])}
    return Pair.objects.get_or_create(pair_id=pair_id, defaults=videos | {"held_out": False})[0]


def pictured_campaign(pair_ids: Iterable[str], **fields: Any) -> Campaign:
    """Serves the pairs in this order, under the sample study's policy."""
    campaign = Campaign.objects.create(
        name="Sample study", slug="sample-study", policy=policies.add_policy(folder=FOLDER),
        relabelling=Campaign.Relabelling.FIXED, labels_per_pair=1, **fields,
    )  # fmt: skip
    pairs = [pair(pair_id) for pair_id in pair_ids]
    PoolPair.objects.bulk_create(
        PoolPair(campaign=campaign, pair=each, held_out=False) for each in pairs
    )
    queue.rerank(campaign=campaign, run=None)
    for rank, each in enumerate(pairs, 1):
        # Beyond the ranks that there are, since each is there once.
        QueueItem.objects.filter(pair=each).update(rank=1000 + rank)
    return campaign
