from typing import Any

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
