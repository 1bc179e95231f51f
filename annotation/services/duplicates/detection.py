"""The rules by which two videos may be the same, each one statement over all fingerprints.

A rule adds rows to the temporary table `evidence`. Those that are sure are merged without asking;
all others wait for a coordinator. Of more than two that are alike, each is held against the first,
so that n videos make n - 1 questions; more than `series` with one title are a series, not twins.
"""

from dataclasses import asdict, dataclass

from django.db.backends.utils import CursorWrapper

# What speaks against: other numbers in the title, another length, quite another description.
COMPATIBLE = """
a.numbers = b.numbers
AND (va.duration_s IS NULL OR vb.duration_s IS NULL
    OR abs(va.duration_s - vb.duration_s) <= greatest(2, va.duration_s / 100))
AND (a.body_hash IS NULL OR b.body_hash IS NULL
    OR bit_count((a.body_hash # b.body_hash)::bit(64)) <= %(body)s)
"""
VIDEOS = """
JOIN annotation_video va ON va.id = a.video_id
JOIN annotation_video vb ON vb.id = b.video_id
"""
# Sure is a telling title that stands twice in the corpus, within a month, on one channel that
# repeats no other: channels that have a template for their titles are left to people.
SAME_TITLE_AND_CHANNEL = f"""
INSERT INTO evidence
WITH alike AS (
    SELECT video_id, channel_key, min(video_id) OVER same AS first, count(*) OVER same AS size,
        count(*) OVER (PARTITION BY title_key) AS everywhere
    FROM annotation_videofingerprint
    WHERE title_key <> '' AND channel_key <> ''
    WINDOW same AS (PARTITION BY title_key, channel_key)
), habit AS (
    SELECT channel_key, count(*) AS repeated FROM alike
    WHERE size > 1 AND video_id = first GROUP BY channel_key
)
SELECT a.video_id, b.video_id, 'title_channel', 1.0,
    a.telling AND b.telling AND alike.everywhere <= %(sure)s AND habit.repeated = 1
    AND coalesce(abs(extract(epoch FROM va.published_at - vb.published_at)), 0)
        <= %(days)s * 86400
FROM alike JOIN habit USING (channel_key)
JOIN annotation_videofingerprint a ON a.video_id = alike.first
JOIN annotation_videofingerprint b ON b.video_id = alike.video_id
{VIDEOS}
WHERE alike.video_id <> alike.first AND alike.size <= %(series)s AND {COMPATIBLE}
"""  # noqa: S608 - constants only
SAME_TITLE = f"""
INSERT INTO evidence
SELECT a.video_id, b.video_id, 'title', 0.8, false
FROM (
    SELECT video_id, min(video_id) OVER same AS first, count(*) OVER same AS size
    FROM annotation_videofingerprint WHERE telling
    WINDOW same AS (PARTITION BY title_key)
) alike
JOIN annotation_videofingerprint a ON a.video_id = alike.first
JOIN annotation_videofingerprint b ON b.video_id = alike.video_id
{VIDEOS}
WHERE alike.video_id <> alike.first AND alike.size <= %(series)s
    AND a.channel_key <> b.channel_key AND {COMPATIBLE}
"""  # noqa: S608 - constants only
# Hashes that differ in at most 3 of 64 bits are equal in one of four bands of 16. Equal hashes
# are taken together first, so that a description that thousands share costs one row.
NEAR_TEXT = f"""
INSERT INTO evidence
WITH hashes AS (
    SELECT text_hash, min(video_id) AS first FROM annotation_videofingerprint
    WHERE text_hash IS NOT NULL GROUP BY text_hash
), bands AS (
    SELECT text_hash, first, band, (text_hash >> (band * 16)) & 65535 AS part
    FROM hashes CROSS JOIN generate_series(0, 3) AS band
), near AS (
    SELECT DISTINCT least(x.first, y.first) AS first, greatest(x.first, y.first) AS second
    FROM bands x JOIN bands y USING (band, part)
    WHERE x.text_hash < y.text_hash AND bit_count((x.text_hash # y.text_hash)::bit(64)) <= %(text)s
    UNION
    SELECT hashes.first, same.video_id FROM hashes
    JOIN annotation_videofingerprint same USING (text_hash)
    WHERE same.video_id <> hashes.first
), few AS (
    SELECT first, second FROM (
        SELECT *, count(*) OVER (PARTITION BY first) AS size FROM near
    ) counted WHERE size < %(series)s
)
SELECT a.video_id, b.video_id, 'text', 1 - bit_count((a.text_hash # b.text_hash)::bit(64)) / 64.0,
    false
FROM few
JOIN annotation_videofingerprint a ON a.video_id = few.first
JOIN annotation_videofingerprint b ON b.video_id = few.second
{VIDEOS}
WHERE {COMPATIBLE} AND (a.channel_key = b.channel_key OR (a.telling AND b.telling)
    OR (a.body_hash IS NOT NULL AND b.body_hash IS NOT NULL))
"""  # noqa: S608 - constants only
SAME_THUMBNAIL = f"""
INSERT INTO evidence
SELECT a.video_id, b.video_id, 'thumbnail', 0.95, false
FROM (
    SELECT video_id, min(video_id) OVER same AS first, count(*) OVER same AS size
    FROM annotation_videofingerprint WHERE thumbnail_key <> ''
    WINDOW same AS (PARTITION BY thumbnail_key)
) alike
JOIN annotation_videofingerprint a ON a.video_id = alike.first
JOIN annotation_videofingerprint b ON b.video_id = alike.video_id
{VIDEOS}
WHERE alike.video_id <> alike.first AND alike.size <= %(series)s AND {COMPATIBLE}
"""  # noqa: S608 - constants only
NEAR_PICTURE = f"""
INSERT INTO evidence
WITH bands AS (
    SELECT video_id, image_hash, band, (image_hash >> (band * 16)) & 65535 AS part
    FROM annotation_videofingerprint CROSS JOIN generate_series(0, 3) AS band
    WHERE image_hash IS NOT NULL
), near AS (
    SELECT DISTINCT x.video_id AS first, y.video_id AS second
    FROM bands x JOIN bands y USING (band, part)
    WHERE x.video_id < y.video_id AND bit_count((x.image_hash # y.image_hash)::bit(64)) <= %(text)s
)
SELECT a.video_id, b.video_id, 'thumbnail',
    1 - bit_count((a.image_hash # b.image_hash)::bit(64)) / 64.0, false
FROM near
JOIN annotation_videofingerprint a ON a.video_id = near.first
JOIN annotation_videofingerprint b ON b.video_id = near.second
{VIDEOS}
WHERE {COMPATIBLE} AND (a.channel_key = b.channel_key OR a.title_key = b.title_key)
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Thresholds:
    """body, text: bits of 64 in which hashes may differ. sure, days: so many videos of one title,
    at most so many days apart, are merged without asking; series: so many are asked about.
    neighbours: looked up for each embedding; distance: cosine, at most; words: share of the
    titles' words that both have, at least, on different channels and on the same one.
    """

    body: int = 12
    text: int = 3
    sure: int = 2
    days: int = 31
    series: int = 5
    neighbours: int = 6
    distance: float = 0.02
    words: float = 0.8
    words_channel: float = 0.9

    def values(self) -> dict[str, float]:
        return asdict(self)


def gather_evidence(cursor: CursorWrapper, thresholds: Thresholds) -> None:
    """Add to the temporary table `evidence` by all rules but that of the embeddings."""
    for rule in (SAME_TITLE_AND_CHANNEL, SAME_TITLE, NEAR_TEXT, SAME_THUMBNAIL, NEAR_PICTURE):
        cursor.execute(rule, thresholds.values())
