from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from annotation.models import Campaign, Label
from annotation.queries.consensus import DECISIONS, GIVEN

# One row a pair: what it is held to be now, by a decision or else by its people's consensus alone,
# which a model that learns from it had no part in. Unsure is no vote; a pair on which nobody is
# sure, or that was decided to be unclear, is not in. Held-out pairs were all drawn at random, so
# they alone may serve for evaluation. Labels that came since the last consensus count by shares.
LABELLED_PAIRS = f"""
WITH {GIVEN}, {DECISIONS}
SELECT pair.id, pair.held_out,
    CASE decided.verdict WHEN 'similar' THEN 1 WHEN 'not_similar' THEN 0
        ELSE coalesce(consensus.posterior, votes.similar::float8 / votes.sure) END
FROM (
    SELECT pair_id, count(*) FILTER (WHERE verdict = 'similar') AS similar,
        count(*) FILTER (WHERE verdict <> 'unsure') AS sure
    FROM votes GROUP BY pair_id
) votes
JOIN annotation_pair pair ON pair.id = votes.pair_id
LEFT JOIN annotation_pairconsensus consensus
    ON consensus.campaign_id = %(campaign)s AND consensus.pair_id = votes.pair_id
LEFT JOIN decisions decided ON decided.pair_id = votes.pair_id
WHERE coalesce(decided.verdict, CASE WHEN votes.sure > 0 THEN 'similar' ELSE 'unsure' END)
    <> 'unsure'
ORDER BY pair.pair_id
"""  # noqa: S608 - constants only
# Videos that are one have one id here, so that a training pair with another upload of a held-out
# pair's video is left out like one with that video itself.
TEXTS = """
SELECT pair.id, pair.pair_id,
    coalesce(rejected_as.video_id, rejected.video_id),
    rejected.title, rejected.description, rejected.transcript,
    rejected.channel, rejected.channel_id, rejected.language,
    rejected_print.image_hash,
    coalesce(recommended_as.video_id, recommended.video_id),
    recommended.title, recommended.description, recommended.transcript,
    recommended.channel, recommended.channel_id,
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
    "left_channel", "left_channel_id", "language", "left_image_hash", "right_id", "right_title",
    "right_description", "right_transcript", "right_channel", "right_channel_id",
    "right_image_hash",
)  # fmt: skip
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class LabelledPair:
    pk: int
    held_out: bool
    target: float


def labelled_pairs(*, campaign: Campaign) -> list[LabelledPair]:
    """The pairs with a sure label or a decision, and P(similar) as people have it, in [0, 1].

    With a campaign that propagates, what was said and decided of a pair's twins counts for it too.
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
