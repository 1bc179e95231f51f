"""Pairs whose answer is known: which those are, and which a person may still be handed."""

from annotation.lanes import LANE

# That the answer of a row's pair is neither known nor told in a round.
UNTOLD = """
NOT EXISTS (
    SELECT FROM annotation_goldanswer gold
    WHERE gold.campaign_id = {row}.campaign_id AND gold.pair_id = {row}.pair_id
) AND NOT EXISTS (
    SELECT FROM annotation_learningpair lesson
    WHERE lesson.campaign_id = {row}.campaign_id AND lesson.pair_id = {row}.pair_id
)
"""
DECIDED = """
EXISTS (
    SELECT FROM annotation_adjudication decided
    WHERE decided.campaign_id = {row}.campaign_id AND decided.pair_id = {row}.pair_id
        AND decided.verdict IS NOT NULL AND NOT EXISTS (
            SELECT FROM annotation_adjudication later WHERE later.supersedes_id = decided.id
        )
)
"""
UNANSWERED = f"{UNTOLD} AND NOT {DECIDED}"
# Those that this person may get and has not seen, in an order of their own, so that two people do
# not meet the same one at the same time.
UNSEEN_GOLD = f"""
SELECT gold.pair_id FROM annotation_goldanswer gold
JOIN annotation_pair pair ON pair.id = gold.pair_id
JOIN annotation_video rejected ON rejected.id = pair.rejected_id
JOIN annotation_video recommended ON recommended.id = pair.recommended_id
WHERE gold.campaign_id = %(campaign)s
    AND (%(any_language)s OR {LANE.format(a="rejected.language", b="recommended.language")}
        = ANY(%(lanes)s::varchar[]))
    AND (%(topics_off)s = 0 OR NOT EXISTS (
        SELECT FROM annotation_videotopics touching
        WHERE touching.video_id IN (pair.rejected_id, pair.recommended_id)
            AND touching.topics & %(topics_off)s <> 0
    ))
    AND NOT EXISTS (
        SELECT FROM annotation_assignment seen
        WHERE seen.campaign_id = gold.campaign_id AND seen.pair_id = gold.pair_id
            AND seen.assistant_id = %(assistant)s
    )
ORDER BY hashint8extended(gold.pair_id, %(assistant)s)
"""  # noqa: S608 - constants only
