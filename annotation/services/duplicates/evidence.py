"""From evidence to rows: proposals, the rule's merges, and merges that no longer hold."""

from django.db.backends.utils import CursorWrapper

EVIDENCE = """
CREATE TEMP TABLE evidence (
    video_id bigint, twin_id bigint, method varchar, score float8, sure boolean
) ON COMMIT DROP
"""
# What was known stays known: a search without embeddings does not take their evidence away.
PROPOSE = """
INSERT INTO annotation_videotwin AS known (video_id, twin_id, methods, score, state)
SELECT video_id, twin_id, array_agg(DISTINCT method ORDER BY method), max(score), 'proposed'
FROM evidence GROUP BY video_id, twin_id
ON CONFLICT (video_id, twin_id) DO UPDATE SET
    methods = ARRAY(SELECT DISTINCT unnest(known.methods || EXCLUDED.methods) ORDER BY 1),
    score = greatest(known.score, EXCLUDED.score)
WHERE NOT known.methods @> EXCLUDED.methods OR known.score < EXCLUDED.score
"""
# The rule touches only what no person has decided.
MERGE_SURE = """
WITH merged AS (
    UPDATE annotation_videotwin twin SET state = 'merged', decided_at = now()
    FROM (SELECT DISTINCT video_id, twin_id FROM evidence WHERE sure) sure
    WHERE twin.video_id = sure.video_id AND twin.twin_id = sure.twin_id
        AND twin.state = 'proposed' AND twin.decided_by_id IS NULL
    RETURNING twin.id
)
INSERT INTO annotation_twindecision (twin_id, state) SELECT id, 'merged' FROM merged
"""
WITHDRAW_UNSURE = """
WITH withdrawn AS (
    UPDATE annotation_videotwin twin SET state = 'proposed', decided_at = NULL
    WHERE twin.state = 'merged' AND twin.decided_by_id IS NULL AND NOT EXISTS (
        SELECT FROM evidence WHERE evidence.sure
            AND evidence.video_id = twin.video_id AND evidence.twin_id = twin.twin_id
    )
    RETURNING twin.id
)
INSERT INTO annotation_twindecision (twin_id, state) SELECT id, 'proposed' FROM withdrawn
"""


def new_evidence(cursor: CursorWrapper) -> None:
    """An empty temporary table `evidence`, for this transaction."""
    cursor.execute("DROP TABLE IF EXISTS evidence")
    cursor.execute(EVIDENCE)


def propose(cursor: CursorWrapper) -> None:
    """Keep the evidence as twins; those that were not known wait for a decision."""
    cursor.execute(PROPOSE)


def decide_by_rule(cursor: CursorWrapper) -> None:
    """Merge what is sure, and take back merges of the rule for which it is so no longer."""
    cursor.execute(MERGE_SURE)
    cursor.execute(WITHDRAW_UNSURE)
