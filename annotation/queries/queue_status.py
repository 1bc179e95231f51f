"""What is served now in each of several campaigns: three statements, however many they are."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Count

from annotation.models import Campaign, QueueItem

# Every chain of corrections has one first label, as it has one that stands. What the last report
# has counted is not counted again: no label is ever taken away. The hour leads the index to those
# that came since, with more room than any transaction needs.
LABELS = """
SELECT campaign.id, coalesce(kept.labels, 0) + (
    SELECT count(*) FROM annotation_label label
    WHERE label.campaign_id = campaign.id AND label.supersedes_id IS NULL
        AND label.id > coalesce(kept.last_label, 0)
        AND label.created_at > coalesce(kept.computed_at - interval '1 hour', '-infinity')
)
FROM annotation_campaign campaign
LEFT JOIN LATERAL (
    SELECT last_label, computed_at, (figures #>> '{progress,totals,labels}')::bigint AS labels
    FROM annotation_agreementreport report WHERE report.campaign_id = campaign.id
    ORDER BY report.id DESC LIMIT 1
) kept ON kept.labels IS NOT NULL
WHERE campaign.id = ANY(%(campaigns)s)
"""


def queue_statuses() -> list[dict[str, Any]]:
    """Of every campaign that is not closed: the queue's number, the run that ranked it, pairs ready
    and labels; of these at most those of the last minute are counted now."""
    campaigns = list(
        Campaign.objects.exclude(state=Campaign.State.CLOSED).select_related("generation")
    )
    ready, labels = _ready(campaigns), _labels(campaigns)
    return [
        {
            "campaign": campaign.slug,
            "generation": campaign.generation.number if campaign.generation else 0,
            "run": campaign.generation.run_id if campaign.generation else None,
            "ready": sum(ready[campaign.generation_id].values()),
            "by_strategy": ready[campaign.generation_id],
            "labels": labels[campaign.pk],
        }
        for campaign in campaigns
    ]


def _ready(campaigns: Sequence[Campaign]) -> dict[int | None, dict[str, int]]:
    """Pairs that may be handed out now, by generation and strategy."""
    served = [c.generation_id for c in campaigns if c.generation_id]
    rows = QueueItem.objects.filter(generation__in=served, slots__gt=0).order_by()
    found: dict[int | None, dict[str, int]] = defaultdict(dict)
    for generation, strategy, n in rows.values_list("generation_id", "strategy").annotate(
        n=Count("rank")
    ):
        found[generation][strategy] = n
    return found


def _labels(campaigns: Sequence[Campaign]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(LABELS, {"campaigns": [campaign.pk for campaign in campaigns]})
        return dict(cursor.fetchall())
