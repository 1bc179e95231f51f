from collections.abc import Collection

from django.db import connection, transaction

from annotation.models import Assignment, Campaign
from annotation.queries import leases
from annotation.services.locks import hold_queue

# In the order of the pairs, so that two recounts never wait for each other crosswise.
LOCK_ITEMS = """
SELECT item.id FROM annotation_queueitem item
JOIN annotation_campaign campaign ON campaign.generation_id = item.generation_id
WHERE campaign.id = %(campaign)s AND item.pair_id = ANY(%(pairs)s)
ORDER BY item.pair_id FOR UPDATE OF item
"""
COUNT_SLOTS = """
UPDATE annotation_queueitem item SET slots = greatest(campaign.labels_per_pair - (
    SELECT count(*) FROM annotation_assignment taken
    WHERE taken.campaign_id = campaign.id AND taken.pair_id = item.pair_id
        AND taken.state IN ('leased', 'labelled')
), 0)
FROM annotation_campaign campaign
WHERE campaign.id = %(campaign)s AND item.id = ANY(%(items)s)
"""


def recount_slots(campaign_id: int, pairs: Collection[int]) -> None:
    """Set what the queue may still hand out of these pairs, from what is true now.

    The rows are locked first and counted in a statement of its own, which therefore sees every
    claim that was committed while this one waited. The caller holds the queue.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK_ITEMS, {"campaign": campaign_id, "pairs": list(pairs)})
        items = [pk for (pk,) in cursor]
        cursor.execute(COUNT_SLOTS, {"campaign": campaign_id, "items": items})


def release_expired(*, limit: int = 500) -> int:
    """End up to `limit` leases a campaign that have run out, free their pairs; returns how many."""
    campaigns = Campaign.objects.exclude(state=Campaign.State.CLOSED)
    return sum(_release(pk, limit) for pk in campaigns.values_list("pk", flat=True))


@transaction.atomic
def _release(campaign_id: int, limit: int) -> int:
    hold_queue(campaign_id)
    run_out = leases.run_out(campaign_id=campaign_id)
    expired = list(run_out.select_for_update(skip_locked=True, of=("self",))[:limit])
    if expired:
        Assignment.objects.filter(pk__in=[lease.pk for lease in expired]).update(
            state=Assignment.State.EXPIRED
        )
        recount_slots(campaign_id, {lease.pair_id for lease in expired})
    return len(expired)
