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
# Where no channel is known, none is common.
SAME_CHANNEL = "(a.channel_key = b.channel_key AND a.channel_key <> '')"
# Of what is `near`, two by two: a video that is so to `series` others, and these, are a series and
# no question. Of fewer that are alike each is held against the first.
FEW = """
each_end AS (
    SELECT first AS video_id, second AS other_id FROM near UNION ALL SELECT second, first FROM near
), crowded AS (
    SELECT video_id FROM each_end GROUP BY video_id HAVING count(*) >= %(series)s
), in_series AS (
    SELECT video_id FROM crowded UNION SELECT other_id FROM each_end JOIN crowded USING (video_id)
), in_none AS (
    SELECT * FROM near
    WHERE NOT EXISTS (SELECT FROM in_series WHERE in_series.video_id = near.first)
        AND NOT EXISTS (SELECT FROM in_series WHERE in_series.video_id = near.second)
), few AS (
    SELECT * FROM in_none pair
    WHERE NOT EXISTS (
        SELECT FROM in_none one JOIN in_none other USING (first)
        WHERE one.second = pair.first AND other.second = pair.second
    )
)
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
), {FEW}
SELECT a.video_id, b.video_id, 'text', 1 - bit_count((a.text_hash # b.text_hash)::bit(64)) / 64.0,
    false
FROM few
JOIN annotation_videofingerprint a ON a.video_id = few.first
JOIN annotation_videofingerprint b ON b.video_id = few.second
{VIDEOS}
WHERE {COMPATIBLE} AND ({SAME_CHANNEL} OR (a.telling AND b.telling)
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
# Pictures are alike within a channel or under one title; equal ones are taken together first. One
# that more than `series` videos show, whoever's they are, is a site's own.
NEAR_PICTURE = f"""
INSERT INTO evidence
WITH shown AS (
    SELECT video_id, image_hash, title_key, channel_key FROM (
        SELECT *, count(*) OVER (PARTITION BY image_hash) AS size
        FROM annotation_videofingerprint WHERE image_hash IS NOT NULL
    ) counted WHERE size <= %(series)s
), beside AS (
    SELECT video_id, image_hash, 'channel ' || channel_key AS place FROM shown
    WHERE channel_key <> ''
    UNION ALL SELECT video_id, image_hash, 'title ' || title_key FROM shown WHERE title_key <> ''
), hashes AS (
    SELECT place, image_hash, min(video_id) AS first FROM beside GROUP BY place, image_hash
), bands AS (
    SELECT place, image_hash, first, band, (image_hash >> (band * 16)) & 65535 AS part
    FROM hashes CROSS JOIN generate_series(0, 3) AS band
), near AS (
    SELECT DISTINCT least(x.first, y.first) AS first, greatest(x.first, y.first) AS second
    FROM bands x JOIN bands y USING (place, band, part)
    WHERE x.image_hash < y.image_hash
        AND bit_count((x.image_hash # y.image_hash)::bit(64)) <= %(text)s
    UNION
    SELECT hashes.first, same.video_id FROM hashes JOIN beside same USING (place, image_hash)
    WHERE same.video_id <> hashes.first
), {FEW}
SELECT a.video_id, b.video_id, 'thumbnail',
    1 - bit_count((a.image_hash # b.image_hash)::bit(64)) / 64.0, false
FROM few
JOIN annotation_videofingerprint a ON a.video_id = few.first
JOIN annotation_videofingerprint b ON b.video_id = few.second
{VIDEOS}
WHERE {COMPATIBLE}
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Thresholds:
    """body, text: bits of 64 in which hashes may differ. sure, days: so many videos of one title,
    at most so many days apart, are merged without asking; series: so many are asked about.
    neighbours: looked up for each embedding, itself among them, so at least one more than `series`
    where a series is to be known for one; distance: cosine, at most; words: share of the
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
