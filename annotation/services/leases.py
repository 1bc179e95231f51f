from collections.abc import Collection

from django.db import connection, transaction

from annotation.models import Assignment
from annotation.queries import leases
from annotation.services import budgets
from annotation.services.clock import ClockTimestamp
from annotation.services.locks import hold_queue

# In the order of the pairs, so that two recounts never wait for each other crosswise.
LOCK_ITEMS = """
SELECT item.generation_id, item.rank FROM annotation_queueitem item
WHERE item.generation_id = (SELECT generation_id FROM annotation_campaign WHERE id = %(campaign)s)
    AND item.pair_id = ANY(%(pairs)s)
ORDER BY item.pair_id FOR UPDATE OF item
"""
COUNT_SLOTS = """
UPDATE annotation_queueitem item SET slots = greatest(item.wanted - (
    SELECT count(*) FROM annotation_assignment taken
    WHERE taken.campaign_id = %(campaign)s AND taken.pair_id = item.pair_id
        AND taken.state IN ('leased', 'labelled')
), 0)
WHERE item.generation_id = %(generation)s AND item.rank = ANY(%(ranks)s)
"""


def recount_slots(campaign_id: int, pairs: Collection[int]) -> None:
    """Set what the queue may still hand out of these pairs, from what is true now.

    The rows are locked first and counted in a statement of its own, which therefore sees every
    claim that was committed while this one waited. The caller holds the queue.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK_ITEMS, {"campaign": campaign_id, "pairs": list(pairs)})
        if found := cursor.fetchall():
            generation, ranks = found[0][0], [rank for _, rank in found]
            parameters = {"campaign": campaign_id, "generation": generation, "ranks": ranks}
            cursor.execute(COUNT_SLOTS, parameters)


def release_expired(*, limit: int = 500) -> int:
    """End up to `limit` leases a campaign that have run out, free their pairs; returns how many."""
    campaigns = leases.campaigns_with_run_out().values_list("pk", "repeats_of_id")
    return sum(_release(pk, repeats_of or pk, limit) for pk, repeats_of in campaigns)


@transaction.atomic
def _release(campaign_id: int, charged: int, limit: int) -> int:
    """`charged`: the campaign whose budgets these pairs count against."""
    hold_queue(charged)
    run_out = leases.run_out(campaign_id=campaign_id)
    run_out = run_out.select_related("campaign").select_for_update(skip_locked=True, of=("self",))
    expired = list(run_out[:limit])
    if expired:
        Assignment.objects.filter(pk__in=[lease.pk for lease in expired]).update(
            state=Assignment.State.EXPIRED, changed_at=ClockTimestamp()
        )
        recount_slots(campaign_id, {lease.pair_id for lease in expired})
        # Of one person after the other, as another release takes them: neither waits crosswise.
        for lease in sorted(expired, key=lambda lease: (lease.assistant_id, lease.served_at)):
            budgets.count(lease, pairs=-1)
    return len(expired)
