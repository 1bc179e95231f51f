import io
import json
from typing import Any

from django.core.management import call_command

from annotation.models import Role, Video, VideoTwin
from annotation.services.duplicates import decisions
from tests.factories import UserFactory, VideoFactory

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
