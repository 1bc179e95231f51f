"""Which videos are one, and which pairs therefore: derived tables, made anew in a transaction."""

from collections.abc import Collection, Iterable
from typing import Any

from django.conf import settings
from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from annotation.models import VideoGroup, VideoTwin
from annotation.services.duplicates.statements import hold_groups, patient_cursor
from annotation.services.ranking import ask_for_ranking

NEW_VIDEO_GROUPS = """
WITH regrouped AS (
    SELECT * FROM unnest(%(members)s::bigint[], %(groups)s::bigint[]) AS new (video_id, group_id)
), gone AS (
    DELETE FROM annotation_videogroup old
    WHERE (%(all)s OR old.video_id = ANY(%(videos)s))
        AND NOT EXISTS (SELECT FROM regrouped WHERE regrouped.video_id = old.video_id)
)
INSERT INTO annotation_videogroup (video_id, group_id) SELECT video_id, group_id FROM regrouped
ON CONFLICT (video_id) DO UPDATE SET group_id = EXCLUDED.group_id
WHERE annotation_videogroup.group_id <> EXCLUDED.group_id
"""
# Two pairs are one if their two sides are the same videos, in either order. A video against its
# own re-upload is no such pair: only the same two videos the other way round are its twin.
NEW_PAIR_GROUPS = """
CREATE TEMP TABLE pairs_now ON COMMIT DROP AS
WITH keyed AS (
    SELECT pair.id, itself, CASE WHEN itself THEN pair.rejected_id ELSE one END AS one,
        CASE WHEN itself THEN pair.recommended_id ELSE other END AS other
    FROM annotation_pair pair
    LEFT JOIN annotation_videogroup a ON a.video_id = pair.rejected_id
    LEFT JOIN annotation_videogroup b ON b.video_id = pair.recommended_id
    CROSS JOIN LATERAL (
        SELECT coalesce(a.group_id, pair.rejected_id) AS one,
            coalesce(b.group_id, pair.recommended_id) AS other
    ) sides
    CROSS JOIN LATERAL (SELECT one = other AS itself) compared
    WHERE %(all)s OR pair.rejected_id = ANY(%(videos)s) OR pair.recommended_id = ANY(%(videos)s)
)
SELECT id AS pair_id, CASE WHEN count(*) OVER same > 1 THEN min(id) OVER same END AS group_id
FROM keyed
WINDOW same AS (PARTITION BY itself,
    CASE WHEN %(reversed)s THEN least(one, other) ELSE one END,
    CASE WHEN %(reversed)s THEN greatest(one, other) ELSE other END)
"""
NO_LONGER_ONE = """
DELETE FROM annotation_pairtwin old USING pairs_now now
WHERE old.pair_id = now.pair_id AND now.group_id IS NULL RETURNING old.pair_id
"""
ONE_NOW = """
INSERT INTO annotation_pairtwin (pair_id, group_id)
SELECT pair_id, group_id FROM pairs_now WHERE group_id IS NOT NULL
ON CONFLICT (pair_id) DO UPDATE SET group_id = EXCLUDED.group_id
WHERE annotation_pairtwin.group_id <> EXCLUDED.group_id RETURNING pair_id
"""
SERVING = """
SELECT DISTINCT campaign.id FROM annotation_poolpair pool
JOIN annotation_campaign campaign ON campaign.id = pool.campaign_id
WHERE pool.pair_id = ANY(%s) AND campaign.state <> 'closed' AND campaign.generation_id IS NOT NULL
    AND campaign.duplicates <> 'separate'
"""


def components(links: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Each linked video with the lowest of those that links connect it to (union-find).

    >>> components([(3, 7), (1, 2), (7, 2)])
    {3: 1, 7: 1, 1: 1, 2: 1}
    """
    parent: dict[int, int] = {}

    def root(video: int) -> int:
        parent.setdefault(video, video)
        while parent[video] != video:
            parent[video] = parent[parent[video]]
            video = parent[video]
        return video

    for one, other in links:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    return {video: root(video) for video in parent}


def regroup(videos: Collection[int] | None = None) -> set[int]:
    """Form the groups of videos and pairs anew: all of them, or those that `videos` are in.

    Returns the pairs whose group has changed. Campaigns that serve one of them are ranked anew
    once the transaction commits. Labels are never touched.
    """
    with patient_cursor() as cursor:
        hold_groups()
        scope = None if videos is None else _with_their_groups(videos)
        groups = components(_merged(scope))
        everything: dict[str, Any] = {
            "all": scope is None,
            "videos": sorted(scope or ()),
            "members": list(groups),
            "groups": list(groups.values()),
            "reversed": settings.REVERSED_PAIRS_ARE_TWINS,
        }
        cursor.execute(NEW_VIDEO_GROUPS, everything)
        changed = _regroup_pairs(cursor, everything)
        _rank_anew(cursor, changed)
    return changed


def _with_their_groups(videos: Collection[int]) -> set[int]:
    groups = VideoGroup.objects.filter(video__in=videos).values("group")
    return {*videos, *(each.video_id for each in VideoGroup.objects.filter(group__in=groups))}


def _merged(scope: set[int] | None) -> Iterable[tuple[int, int]]:
    merged = VideoTwin.objects.filter(state=VideoTwin.State.MERGED)
    if scope is not None:
        merged = merged.filter(Q(video__in=scope) | Q(twin__in=scope))
    return merged.values_list("video_id", "twin_id")


def _regroup_pairs(cursor: CursorWrapper, values: dict[str, Any]) -> set[int]:
    cursor.execute("DROP TABLE IF EXISTS pairs_now")
    cursor.execute(NEW_PAIR_GROUPS, values)
    changed: set[int] = set()
    for statement in (NO_LONGER_ONE, ONE_NOW):
        cursor.execute(statement)
        changed.update(pair for (pair,) in cursor)
    return changed


def _rank_anew(cursor: CursorWrapper, pairs: set[int]) -> None:
    """Another twin may be the one to judge now: the queue learns of it by a new ranking. So does
    that of a paused campaign, which goes on being served when it is opened again."""
    cursor.execute(SERVING, [list(pairs)])
    for (campaign,) in cursor.fetchall():
        ask_for_ranking(campaign)
