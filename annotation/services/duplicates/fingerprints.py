"""What twins share, kept beside each video and renewed when the video has changed."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.db import connection

from annotation.models import Video, VideoFingerprint
from annotation.models.duplicates import MAX_CHANNEL_KEY
from annotation.services.duplicates.statements import patient_cursor

Progress = Callable[[int], None]
# Raise it when fingerprints are made in another way: all are made anew then.
VERSION = 1
BATCH = 2000

STALE = """
SELECT video.id, video.title, video.channel, video.channel_id, left(video.description, 2000),
    left(coalesce(video.transcript, ''), 2000), video.thumbnail_url, video.updated_at
FROM annotation_video video
LEFT JOIN annotation_videofingerprint made ON made.video_id = video.id
WHERE video.id > %(after)s AND (made.video_id IS NULL OR made.seen_at <> video.updated_at
    OR made.version <> %(version)s)
ORDER BY video.id LIMIT %(batch)s
"""
COLUMNS = (
    "video_id", "version", "seen_at", "title_key", "telling", "numbers", "channel_key",
    "text_hash", "body_hash", "thumbnail_key",
)  # fmt: skip
MADE_NOW = f"""
CREATE TEMP TABLE made_now ON COMMIT DROP AS
SELECT {", ".join(COLUMNS)} FROM annotation_videofingerprint LIMIT 0
"""  # noqa: S608 - constants only
KEEP = f"""
INSERT INTO annotation_videofingerprint ({", ".join(COLUMNS)})
SELECT {", ".join(COLUMNS)} FROM made_now
ON CONFLICT (video_id) DO UPDATE SET
    {", ".join(f"{each} = EXCLUDED.{each}" for each in COLUMNS[1:])},
    image_hash = CASE WHEN annotation_videofingerprint.thumbnail_key = EXCLUDED.thumbnail_key
        THEN annotation_videofingerprint.image_hash END
"""  # noqa: S608 - constants only
YOUTUBE_PICTURE = re.compile(r"^https://[\w.]*(?:ytimg|youtube)\.com/vi(?:_webp)?/([\w-]{11})/")


def refresh_fingerprints(*, progress: Progress = lambda done: None) -> int:
    """Make the fingerprints of videos that are new or changed; returns how many.

    Each batch is a transaction, so what was made before an interruption stays.
    """
    made = 0
    for rows in _stale():
        with patient_cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS made_now")
            cursor.execute(MADE_NOW)
            with cursor.copy("COPY made_now FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(_fingerprint(*row))
            cursor.execute(KEEP)
        made += len(rows)
        progress(len(rows))
    return made


def stale_count() -> int:
    with patient_cursor() as cursor:
        values = {"after": 0, "version": VERSION, "batch": None}
        cursor.execute(f"SELECT count(*) FROM ({STALE}) stale", values)  # noqa: S608 - constant
        return int(cursor.fetchone()[0])


def note_thumbnail(*, video: Video, image: bytes) -> None:
    """Keep the perceptual hash of a video's thumbnail, from the picture's bytes.

    Raises: ValueError when they are no picture.
    """
    from modeling.duplicates import image_hash

    found = VideoFingerprint.objects.filter(video=video)
    if not found.update(image_hash=image_hash(image)):
        raise ValueError(f"{video.video_id} has no fingerprint yet; look for duplicates first")


def thumbnail_key(url: str) -> str:
    """What is equal for the same picture in another size, of another server or with a query.

    >>> thumbnail_key("https://i.ytimg.com/vi/Ro6eob0LrCY/hqdefault.jpg?x=1")
    'youtube:Ro6eob0LrCY'
    """
    if found := YOUTUBE_PICTURE.match(url):
        return f"youtube:{found[1]}"
    try:
        parts = urlsplit(url)
    except ValueError:  # no address, so it shows no picture that another video could have
        return ""
    return f"{parts.netloc}{parts.path}"


def _stale() -> Iterator[list[tuple[Any, ...]]]:
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(STALE, {"after": after, "version": VERSION, "batch": BATCH})
            rows = cursor.fetchall()
        if not rows:
            return
        yield rows
        after = rows[-1][0]


def _fingerprint(
    pk: int, title: str, channel: str, channel_id: str, description: str, transcript: str,
    thumbnail_url: str, updated_at: Any,
) -> tuple[Any, ...]:  # fmt: skip
    """A row of COLUMNS."""
    from modeling.duplicates import is_telling, numbers, simhash, title_key

    key, body = title_key(title), f"{description} {transcript}"
    return (
        pk, VERSION, updated_at, key, is_telling(title), numbers(key),
        channel_id or title_key(channel)[:MAX_CHANNEL_KEY], simhash(title, body), simhash(body),
        thumbnail_key(thumbnail_url),
    )  # fmt: skip
