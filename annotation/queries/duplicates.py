"""Near-duplicate videos and what judging them as one means for the pairs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import Count, Prefetch, Q, QuerySet

from annotation.models import (
    DuplicateSearch,
    Label,
    Pair,
    PairTwin,
    TwinDecision,
    VideoTwin,
)

# Pairs in which the one video or the other stands against the same third (up to merged twins).
EFFECTS = """
WITH shown AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(videos)s::bigint[], %(twins)s::bigint[])
        AS shown (id, video, twin)
), sides AS (
    SELECT id, video AS own, twin AS other FROM shown
    UNION ALL SELECT id, twin, video FROM shown
), touching AS (
    SELECT sides.id, own, pair.id AS pair, pair.recommended_id AS partner, true AS rejected
    FROM sides JOIN annotation_pair pair ON pair.rejected_id = own AND pair.recommended_id <> other
    UNION ALL
    SELECT sides.id, own, pair.id, pair.rejected_id, false
    FROM sides JOIN annotation_pair pair ON pair.recommended_id = own AND pair.rejected_id <> other
), together AS (
    SELECT touching.id, array_agg(pair) AS pairs
    FROM touching LEFT JOIN annotation_videogroup same ON same.video_id = partner
    GROUP BY touching.id, coalesce(same.group_id, partner),
        CASE WHEN NOT %(reversed)s THEN rejected END
    HAVING count(DISTINCT own) = 2
)
SELECT together.id, count(DISTINCT pair), count(DISTINCT pairs), count(DISTINCT campaign.id)
FROM together CROSS JOIN unnest(pairs) AS pair
LEFT JOIN annotation_poolpair pool ON pool.pair_id = pair
LEFT JOIN annotation_campaign campaign
    ON campaign.id = pool.campaign_id AND campaign.duplicates <> 'separate'
GROUP BY together.id
"""
ITSELF = """
SELECT pair.id FROM annotation_videogroup one
JOIN annotation_pair pair ON pair.rejected_id = one.video_id
JOIN annotation_videogroup other
    ON other.video_id = pair.recommended_id AND other.group_id = one.group_id
ORDER BY pair.id
"""


@dataclass(frozen=True, slots=True)
class Effect:
    """So many pairs become one judgement each of so many; how many campaigns serve them."""

    pairs: int = 0
    judgements: int = 0
    campaigns: int = 0


def twins(*, state: str, method: str = "") -> QuerySet[VideoTwin]:
    """Twins in this state, found by this method if one is given; the most alike first."""
    found = VideoTwin.objects.filter(state=state)
    if method:
        found = found.filter(methods__contains=[method])
    decisions = TwinDecision.objects.select_related("decided_by")
    return (
        found.select_related("video", "twin", "decided_by")
        .defer("video__transcript", "twin__transcript")
        .prefetch_related(Prefetch("decisions", decisions))
        .order_by("-score", "id")
    )


def twins_by_state() -> dict[str, int]:
    counted = dict(VideoTwin.objects.values_list("state").annotate(n=Count("id")))
    return {state: counted.get(state, 0) for state in VideoTwin.State.values}


def effects(shown: Sequence[VideoTwin]) -> dict[int, Effect]:
    """What it means, or would mean, to judge the two videos of each twin as one, by its id."""
    values = {
        "ids": [twin.pk for twin in shown],
        "videos": [twin.video_id for twin in shown],
        "twins": [twin.twin_id for twin in shown],
        "reversed": settings.REVERSED_PAIRS_ARE_TWINS,
    }
    with connection.cursor() as cursor:
        cursor.execute(EFFECTS, values)
        return {row[0]: Effect(*row[1:]) for row in cursor}


def pairs_with_themselves() -> list[int]:
    """Pairs of a video with its own re-upload: never merged with others, seldom worth judging."""
    with connection.cursor() as cursor:
        cursor.execute(ITSELF)
        return [pk for (pk,) in cursor]


def pairs_by_id(pks: Iterable[int]) -> list[Pair]:
    texts = [f"{side}__{text}" for side in ("rejected", "recommended")
             for text in ("description", "transcript")]  # fmt: skip
    pairs = Pair.objects.filter(pk__in=list(pks)).select_related("rejected", "recommended")
    return list(pairs.defer(*texts).order_by("pk"))


def last_search() -> DuplicateSearch | None:
    return DuplicateSearch.objects.select_related("requested_by").first()


def twins_of_pair(*, pair: Pair) -> list[Pair]:
    """The other pairs that are judged as one with this one, each with `given`, the number of its
    labels; second answers are none."""
    group = PairTwin.objects.filter(pair=pair).values("group")
    superseded = Label.objects.filter(supersedes__isnull=False).values("supersedes")
    opinions = ~Q(labels__in=superseded) & Q(labels__campaign__repeats_of=None)
    others = (
        Pair.objects.filter(twin_group__group__in=group)
        .exclude(pk=pair.pk)
        .select_related("rejected", "recommended")
        .annotate(given=Count("labels", filter=opinions))
        .order_by("pk")
    )
    return list(others)
