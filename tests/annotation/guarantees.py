"""What must hold of a queue after whatever happened, read from the tables alone."""

from django.conf import settings
from django.db import connection

from annotation.models import Campaign

# Places are what is wanted less what is out or labelled; labelled means one first label; what is
# kept of the budgets is what a recount finds.
BROKEN = """
WITH campaign AS (SELECT * FROM annotation_campaign WHERE id = ANY(%(campaigns)s)),
given AS (
    SELECT given.*, first.count AS labels, every.seconds FROM annotation_assignment given
    CROSS JOIN LATERAL (
        SELECT count(*) FROM annotation_label label
        WHERE label.assignment_id = given.id AND label.supersedes_id IS NULL
    ) first
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(least(seconds, 900)), 0) AS seconds FROM annotation_label label
        WHERE label.assignment_id = given.id
    ) every
    WHERE given.campaign_id = ANY(%(campaigns)s)
),
taken AS (
    SELECT campaign_id, pair_id, count(*) FROM given WHERE state IN ('leased', 'labelled')
    GROUP BY campaign_id, pair_id
),
kept AS (
    SELECT campaign_id, assistant_id, day, pairs::bigint, round(seconds::numeric, 3) AS seconds
    FROM annotation_budgetuse
    WHERE campaign_id = ANY(%(campaigns)s) AND (pairs > 0 OR seconds > 0)
),
recounted AS (
    SELECT * FROM (
        SELECT campaign_id, assistant_id, (served_at AT TIME ZONE %(zone)s)::date AS day,
            count(*) FILTER (WHERE given.state IN ('leased', 'labelled')) AS pairs,
            round(sum(seconds)::numeric, 3) AS seconds
        FROM given JOIN campaign ON campaign.id = campaign_id AND campaign.counts_use
        GROUP BY 1, 2, 3
    ) every WHERE pairs > 0 OR seconds > 0
)
SELECT 'slots', campaign.id, item.pair_id, item.wanted || ' wanted, places ' || item.slots
    || ', taken ' || coalesce(taken.count, 0)
FROM campaign JOIN annotation_queueitem item ON item.generation_id = campaign.generation_id
LEFT JOIN taken ON taken.campaign_id = campaign.id AND taken.pair_id = item.pair_id
WHERE item.slots <> greatest(item.wanted - coalesce(taken.count, 0), 0)
UNION ALL
SELECT 'labels', campaign_id, pair_id, state || ' with labels: ' || labels FROM given
WHERE labels <> (state = 'labelled')::int
UNION ALL
SELECT 'budget kept', campaign_id, assistant_id, found::text
FROM (SELECT * FROM kept EXCEPT SELECT * FROM recounted) found
UNION ALL
SELECT 'budget recounted', campaign_id, assistant_id, found::text
FROM (SELECT * FROM recounted EXCEPT SELECT * FROM kept) found
"""


def check_guarantees(*campaigns: Campaign) -> None:
    parameters = {"campaigns": [c.pk for c in campaigns], "zone": settings.TIME_ZONE}
    with connection.cursor() as cursor:
        cursor.execute(BROKEN, parameters)
        broken = cursor.fetchall()
    assert not broken, broken
