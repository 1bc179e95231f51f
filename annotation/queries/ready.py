"""What of a queue one person may be handed now: the condition that the claim itself uses."""

from typing import Any

from django.db import connection

from annotation.lanes import lanes_read_by
from annotation.models import Campaign, User

# The generation is a number in the text, so that the planner sees one partition, and `slots > 0`
# repeats the predicate of the partial indexes word for word. OFFSET 0 keeps the look for what the
# person has seen a look-up an item: as a join it may read the table of assignments whole.
OPEN_TO_PERSON = """
item.generation_id = %(generation)s AND item.slots > 0 AND item.rank > %(after)s
AND (item.routed_to IS NULL OR %(assistant)s = ANY(item.routed_to)
    OR item.routed_until <= clock_timestamp())
AND item.topics & %(topics_off)s = 0
AND NOT EXISTS (
    SELECT FROM annotation_assignment seen
    WHERE seen.campaign_id = %(campaign)s AND seen.pair_id = item.pair_id
        AND seen.assistant_id = %(assistant)s
        AND (seen.state IN ('leased', 'labelled') OR seen.id = ANY(%(holding)s::uuid[])
            OR seen.state = 'skipped'
                AND coalesce(seen.comes_back_at, 'infinity') > clock_timestamp())
    OFFSET 0
)
"""
UP_TO_RANK = f"""
SELECT count(*) FROM (
    SELECT FROM annotation_queueitem item
    WHERE (%(any_language)s OR item.lane = ANY(%(lanes)s::varchar[]))
        AND (%(rank)s::integer IS NULL OR item.rank <= %(rank)s) AND {OPEN_TO_PERSON}
    LIMIT %(most)s
) open
"""  # noqa: S608 - constants only


def count_ready(
    *, campaign: Campaign, assistant: User, most: int, up_to_rank: int | None = None
) -> int:
    """How many pairs of the queue this person may be handed now, up to a rank of the queue, by
    everything but budgets; counts no further than `most`."""
    parameters: dict[str, Any] = {
        "campaign": campaign.pk,
        "generation": campaign.generation_id,
        "assistant": assistant.pk,
        "any_language": assistant.any_language,
        "lanes": lanes_read_by(assistant.languages),
        "topics_off": assistant.topics_off,
        "rank": up_to_rank,
        "after": 0,
        "holding": [],
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(UP_TO_RANK, parameters)
        return int(cursor.fetchone()[0])
