"""Warnings before videos that people flagged: kept on the video, so that no pair has to look."""

from django.db import connection

from annotation.models import ContentWarning, Label, Video

# Before either of the two: the one that comes second sees the label of the one before it, whose
# transaction may have been open when it began.
LOCK = """
SELECT FROM annotation_video
WHERE id = (SELECT recommended_id FROM annotation_pair WHERE id = %(pair)s)
FOR NO KEY UPDATE
"""
FLAG = """
UPDATE annotation_video SET content_warning = 'flagged'
WHERE id = (SELECT recommended_id FROM annotation_pair WHERE id = %(pair)s)
    AND content_warning = ''
"""
UNFLAG = """
UPDATE annotation_video video SET content_warning = ''
WHERE video.id = (SELECT recommended_id FROM annotation_pair WHERE id = %(pair)s)
    AND video.content_warning = 'flagged' AND NOT EXISTS (
        SELECT FROM annotation_pair pair JOIN annotation_label label ON label.pair_id = pair.id
        WHERE pair.recommended_id = video.id AND label.flagged AND NOT EXISTS (
            SELECT FROM annotation_label later WHERE later.supersedes_id = label.id
        )
    )
"""

# What all labels say, for labels that were added in bulk.
FLAG_ALL = """
UPDATE annotation_video SET content_warning = 'flagged'
WHERE content_warning = '' AND id IN (
    SELECT pair.recommended_id
    FROM annotation_label label JOIN annotation_pair pair ON pair.id = label.pair_id
    WHERE label.flagged AND NOT EXISTS (
        SELECT FROM annotation_label later WHERE later.supersedes_id = label.id
    )
)
"""


def is_touched_by(label: Label) -> bool:
    return label.flagged or bool(label.supersedes and label.supersedes.flagged)


def note_flag(label: Label) -> None:
    """Warn of the recommended video when it is flagged; no longer when nobody's flag stands."""
    if label.flagged:
        _execute(LOCK, FLAG, pair=label.pair_id)
    elif label.supersedes and label.supersedes.flagged:
        _execute(LOCK, UNFLAG, pair=label.pair_id)


def note_all_flags() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FLAG_ALL)


def set_warning(*, video: Video, warns: bool) -> None:
    """A coordinator's word, which no flag changes."""
    video.content_warning = ContentWarning.ON if warns else ContentWarning.OFF
    Video.objects.filter(pk=video.pk).update(content_warning=video.content_warning)


def _execute(*statements: str, pair: int) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, {"pair": pair})
