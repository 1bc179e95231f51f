import io
import json
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from annotation.models import (
    Assignment,
    Campaign,
    Label,
    Pair,
    PoolPair,
    Role,
    User,
    Video,
    VideoTwin,
)
from annotation.services.duplicates import decisions
from annotation.services.duplicates.grouping import regroup
from annotation.services.labels import Answer, submit
from tests.factories import PairFactory, UserFactory, VideoFactory

SIMILAR = Answer("similar", ("same_persons",))
TALK = "The dangerous art of safely handling uploaded files"


def twice(**fields: Any) -> tuple[Video, Video]:
    """Two videos with the same texts."""
    fields = {"title": TALK, "channel": "Talks", "description": ""} | fields
    return VideoFactory(**fields), VideoFactory(**fields)


def merged(one: Video, other: Video) -> VideoTwin:
    """Two videos that a coordinator has merged."""
    twin = VideoTwin.objects.create(video=one, twin=other, methods=["title"], score=0.8)
    decisions.merge(twin=twin, by=UserFactory(role=Role.COORDINATOR))
    twin.refresh_from_db()
    return twin


def search(**options: Any) -> dict[str, Any]:
    out = io.StringIO()
    call_command("find_duplicates", stdout=out, **options)
    return json.loads(out.getvalue().splitlines()[-1])


def picture(shade: int, size: int) -> bytes:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (size * 16, size * 9), (shade, 40, 90))
    draw = ImageDraw.Draw(image)
    draw.ellipse((size * 2, size, size * 9, size * 8), fill=(240, 220, shade))
    draw.rectangle((size * 11, size * 5, size * 15, size * 8), fill=(10, 160, 60))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=70 + shade % 20)
    return file.getvalue()


def pairs_of(twin: VideoTwin, campaign: Campaign | None = None, *, more: int = 0) -> list[Pair]:
    """A pair with each of the two videos, against the same third, and with `more` copies that are
    merged with them; none is held out."""
    copies = [VideoFactory() for _ in range(more)]
    for copy in copies:
        merged(twin.video, copy)
    third = VideoFactory()
    pairs = [
        PairFactory(rejected=video, recommended=third, held_out=False)
        for video in (twin.video, twin.twin, *copies)
    ]
    if campaign:
        PoolPair.objects.bulk_create(
            PoolPair(campaign=campaign, pair=pair, held_out=False) for pair in pairs
        )
    if more:
        regroup()
    return pairs


def label(pair: Pair, campaign: Campaign, answer: Answer, *, by: User | None = None) -> Label:
    assignment = Assignment.objects.create(
        campaign=campaign, pair=pair, assistant=by or UserFactory(), policy=campaign.policy,
        strategy="random", lease_expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    return submit(assistant=assignment.assistant, assignment_id=assignment.pk, answer=answer).label


def consensus() -> dict[str, dict[str, Any]]:
    out = io.StringIO()
    call_command("export_labels", "--kind", "consensus", "--format", "jsonl", stdout=out)
    return {row["pair_id"]: row for row in map(json.loads, out.getvalue().splitlines())}
