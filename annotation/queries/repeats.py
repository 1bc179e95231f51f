"""The pairs that a person judged and may be asked about once more."""

from typing import Any

from django.db import connection

from annotation.lanes import LANE, lanes_read_by
from annotation.models import Campaign, User
from annotation.queries.gold import UNANSWERED
from annotation.queries.repeated_answers import repeats_id

# By the first answer of each pair, from a place among them that is drawn anew each time. Nothing
# that they changed their mind about lately, that is known or was decided since (they may have been
# told), or that they keep off their queue.
REPEATABLE = f"""
SELECT first.pair_id FROM annotation_label first
JOIN annotation_pair pair ON pair.id = first.pair_id
JOIN annotation_video rejected ON rejected.id = pair.rejected_id
JOIN annotation_video recommended ON recommended.id = pair.recommended_id
WHERE first.campaign_id = %(campaign)s AND first.assistant_id = %(assistant)s
    AND first.supersedes_id IS NULL AND first.strategy <> 'gold'
    AND first.created_at <= clock_timestamp() - make_interval(hours => %(hours)s)
    AND NOT EXISTS (
        SELECT FROM annotation_label later WHERE later.assignment_id = first.assignment_id
            AND later.created_at > clock_timestamp() - make_interval(hours => %(hours)s)
    )
    AND (%(any_language)s OR {LANE.format(a="rejected.language", b="recommended.language")}
        = ANY(%(lanes)s::varchar[]))
    AND (%(topics_off)s = 0 OR NOT EXISTS (
        SELECT FROM annotation_videotopics touching
        WHERE touching.video_id IN (pair.rejected_id, pair.recommended_id)
            AND touching.topics & %(topics_off)s <> 0
    ))
    AND {UNANSWERED.format(row="first")}
    AND NOT EXISTS (
        SELECT FROM annotation_assignment again
        WHERE again.campaign_id = %(repeats)s AND again.pair_id = first.pair_id
            AND again.assistant_id = %(assistant)s
    )
"""  # noqa: S608 - constants only
COUNT = f"SELECT count(*) FROM ({REPEATABLE} LIMIT %(most)s) found"  # noqa: S608 - constants only


def what_may_come_again(*, campaign: Campaign, person: User, repeats_id: int) -> dict[str, Any]:
    """The parameters of REPEATABLE; `repeats_id`: of the campaign that repeats belong to."""
    return {
        "campaign": campaign.pk,
        "repeats": repeats_id,
        "assistant": person.pk,
        "hours": campaign.repeat_after_hours,
        "any_language": person.any_language,
        "lanes": lanes_read_by(person.languages),
        "topics_off": person.topics_off,
    }


def count_repeatable(*, campaign: Campaign, person: User, most: int) -> int:
    """How many pairs this person may be shown once more; counts no further than `most`."""
    if campaign.repeat_share == 0:
        return 0
    made = repeats_id(campaign)
    parameters = what_may_come_again(campaign=campaign, person=person, repeats_id=made)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, parameters | {"most": most})
        return int(cursor.fetchone()[0])
