from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from annotation.models import Campaign, Label

# One row a pair: what people say of it now. Unsure is no vote; a pair on which nobody is sure is
# not in. Held-out pairs were all drawn at random, so they alone may serve for evaluation. Where the
# campaign says so, a label counts for the pair's twins in the pool too, but never from or for a
# held-out pair: the sample would be no random one any more.
LABELLED_PAIRS = """
WITH given AS (
    SELECT label.pair_id, label.verdict FROM annotation_label label
    WHERE label.campaign_id = %(campaign)s
        AND NOT EXISTS (SELECT FROM annotation_label later WHERE later.supersedes_id = label.id)
), votes AS (
    SELECT pair_id, verdict FROM given
    UNION ALL
    SELECT twin.pair_id, given.verdict FROM given
    JOIN annotation_campaign campaign
        ON campaign.id = %(campaign)s AND campaign.duplicates = 'propagate'
    JOIN annotation_pair judged ON judged.id = given.pair_id AND NOT judged.held_out
    JOIN annotation_pairtwin own ON own.pair_id = given.pair_id
    JOIN annotation_pairtwin twin
        ON twin.group_id = own.group_id AND twin.pair_id <> own.pair_id
    JOIN annotation_pair receiving ON receiving.id = twin.pair_id AND NOT receiving.held_out
    JOIN annotation_poolpair pool
        ON pool.pair_id = twin.pair_id AND pool.campaign_id = %(campaign)s
)
SELECT pair.id, pair.held_out, votes.similar, votes.sure
FROM (
    SELECT pair_id, count(*) FILTER (WHERE verdict = 'similar') AS similar,
        count(*) FILTER (WHERE verdict <> 'unsure') AS sure
    FROM votes GROUP BY pair_id
) votes
JOIN annotation_pair pair ON pair.id = votes.pair_id
WHERE votes.sure > 0
ORDER BY pair.pair_id
"""
# Videos that are one have one id here, so that a training pair with another upload of a held-out
# pair's video is left out like one with that video itself.
TEXTS = """
SELECT pair.id, pair.pair_id,
    coalesce(rejected_as.video_id, rejected.video_id),
    rejected.title, rejected.description, rejected.transcript,
    coalesce(nullif(rejected.channel_id, ''), lower(rejected.channel)), rejected.language,
    rejected_print.image_hash,
    coalesce(recommended_as.video_id, recommended.video_id),
    recommended.title, recommended.description, recommended.transcript,
    coalesce(nullif(recommended.channel_id, ''), lower(recommended.channel)),
    recommended_print.image_hash
FROM annotation_pair pair
JOIN annotation_video rejected ON rejected.id = pair.rejected_id
JOIN annotation_video recommended ON recommended.id = pair.recommended_id
LEFT JOIN annotation_videogroup rejected_in ON rejected_in.video_id = rejected.id
LEFT JOIN annotation_video rejected_as ON rejected_as.id = rejected_in.group_id
LEFT JOIN annotation_videogroup recommended_in ON recommended_in.video_id = recommended.id
LEFT JOIN annotation_video recommended_as ON recommended_as.id = recommended_in.group_id
LEFT JOIN annotation_videofingerprint rejected_print ON rejected_print.video_id = rejected.id
LEFT JOIN annotation_videofingerprint recommended_print
    ON recommended_print.video_id = recommended.id
WHERE pair.id = ANY(%(pairs)s)
"""
TEXT_FIELDS = (
    "pk", "pair_id", "left_id", "left_title", "left_description", "left_transcript",
    "left_channel", "language", "left_image_hash", "right_id", "right_title", "right_description",
    "right_transcript", "right_channel", "right_image_hash",
)  # fmt: skip
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class LabelledPair:
    pk: int
    held_out: bool
    similar: int
    sure: int


def labelled_pairs(*, campaign: Campaign) -> list[LabelledPair]:
    """The pairs with at least one sure label, and how many of the sure ones say similar.

    With a campaign that propagates, the labels of a pair's twins count like its own.
    """
    with connection.cursor() as cursor:
        cursor.execute(LABELLED_PAIRS, {"campaign": campaign.pk})
        return [LabelledPair(*row) for row in cursor]


def pair_texts(pks: list[int]) -> Iterator[dict[str, Any]]:
    """The texts of these pairs by `TEXT_FIELDS`, a chunk at a time, in the order of `pks`."""
    for start in range(0, len(pks), CHUNK):
        chunk = pks[start : start + CHUNK]
        with connection.cursor() as cursor:
            cursor.execute(TEXTS, {"pairs": chunk})
            rows = {row[0]: dict(zip(TEXT_FIELDS, row, strict=True)) for row in cursor}
        yield from (rows[pk] for pk in chunk)


def pool_pks(*, campaign: Campaign) -> list[int]:
    return list(campaign.pool.order_by("pair_id").values_list("pair_id", flat=True))


def current_label_count(campaign: Campaign) -> int:
    return Label.objects.filter(campaign=campaign).current().count()
