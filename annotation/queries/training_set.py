from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from annotation.models import Campaign, Label

# One row a pair: what people say of it now. Unsure is no vote; a pair on which nobody is sure is
# not in. Held-out pairs were all drawn at random, so they alone may serve for evaluation.
LABELLED_PAIRS = """
SELECT pair.id, pair.held_out, votes.similar, votes.sure
FROM (
    SELECT label.pair_id,
        count(*) FILTER (WHERE label.verdict = 'similar') AS similar,
        count(*) FILTER (WHERE label.verdict <> 'unsure') AS sure
    FROM annotation_label label
    WHERE label.campaign_id = %(campaign)s
        AND NOT EXISTS (SELECT FROM annotation_label later WHERE later.supersedes_id = label.id)
    GROUP BY label.pair_id
) votes
JOIN annotation_pair pair ON pair.id = votes.pair_id
WHERE votes.sure > 0
ORDER BY pair.pair_id
"""
TEXTS = """
SELECT pair.id, pair.pair_id,
    rejected.video_id, rejected.title, rejected.description, rejected.transcript,
    coalesce(nullif(rejected.channel_id, ''), lower(rejected.channel)), rejected.language,
    recommended.video_id, recommended.title, recommended.description, recommended.transcript,
    coalesce(nullif(recommended.channel_id, ''), lower(recommended.channel))
FROM annotation_pair pair
JOIN annotation_video rejected ON rejected.id = pair.rejected_id
JOIN annotation_video recommended ON recommended.id = pair.recommended_id
WHERE pair.id = ANY(%(pairs)s)
"""
TEXT_FIELDS = (
    "pk", "pair_id", "left_id", "left_title", "left_description", "left_transcript",
    "left_channel", "language", "right_id", "right_title", "right_description",
    "right_transcript", "right_channel",
)  # fmt: skip
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class LabelledPair:
    pk: int
    held_out: bool
    similar: int
    sure: int


def labelled_pairs(*, campaign: Campaign) -> list[LabelledPair]:
    """The pairs with at least one sure label, and how many of the sure ones say similar."""
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
