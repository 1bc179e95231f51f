from django.db import connection, transaction
from django.db.models import F

from annotation.models import Assignment, Campaign, QueueItem, User
from annotation.queries import leases


def one_at_a_time(assistant: User) -> None:
    """Let the claims and answers of one person follow each other until the transaction ends.

    Two windows of the same person could otherwise take the same pair twice.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('person'), %s)", [assistant.pk])


def recount_slots(assignment: Assignment) -> None:
    """Set what the queue may still hand out of this assignment's pair, from what is true now.

    The row is locked first and counted in a statement of its own, which therefore sees every
    claim that was committed while this one waited.
    """
    served = QueueItem.objects.filter(
        generation=F("generation__campaign__generation"),
        generation__campaign=assignment.campaign_id,
        pair=assignment.pair_id,
    )
    item = served.select_for_update(of=("self",)).first()
    if item is None:
        return
    taken = Assignment.objects.filter(
        campaign=assignment.campaign_id,
        pair=assignment.pair_id,
        state__in=[Assignment.State.LEASED, Assignment.State.LABELLED],
    ).count()
    wanted = assignment.campaign.labels_per_pair
    QueueItem.objects.filter(pk=item.pk).update(slots=max(wanted - taken, 0))


@transaction.atomic
def release_expired(*, campaign: Campaign | None = None, limit: int = 500) -> int:
    """End up to `limit` leases that have run out and free their pairs; returns how many."""
    expired = list(
        leases.run_out(campaign=campaign)
        .select_related("campaign")
        .select_for_update(skip_locked=True, of=("self",))[:limit]
    )
    Assignment.objects.filter(pk__in=[a.pk for a in expired]).update(state=Assignment.State.EXPIRED)
    for assignment in expired:
        recount_slots(assignment)
    return len(expired)
