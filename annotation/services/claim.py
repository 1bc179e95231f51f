from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from annotation.lanes import lanes_read_by
from annotation.models import Assignment, Campaign, User
from annotation.queries import leases
from annotation.queries.serving import campaigns_for
from annotation.services import budgets, gold
from annotation.services.claim_sql import CLAIM_IN_ANY_LANGUAGE, CLAIM_IN_OWN_LANGUAGES
from annotation.services.cursors import open_since, queue_cursors
from annotation.services.leases import release_expired
from annotation.services.locks import hold_open_queues


def claim(*, assistant: User, count: int = 1, holding: Collection[UUID] = ()) -> list[Assignment]:
    """Up to `count` pairs for this person besides those they are `holding`, the best first.

    Pairs that were leased to them before and are still open come first, so that a reload or a
    second window shows the same pair again. When too few are left, leases that ran out are ended
    (in a transaction of its own) and their pairs handed on: this needs no worker.
    """
    mine = _claim(assistant, count, holding)
    if len(mine) < count and release_expired():
        mine = _claim(assistant, count, holding)
    return mine


@transaction.atomic
def _claim(assistant: User, count: int, holding: Collection[UUID]) -> list[Assignment]:
    held_queues = hold_open_queues(assistant)
    held = _held(assistant)
    wanted = count - len(held.keys() - set(holding))
    if wanted > 0 and _claim_anywhere(assistant, held_queues, wanted, holding):
        held = _held(assistant)
    if held:
        open_since.set(assistant.pk, min(held.values()))
    return leases.with_pairs([pk for pk in held if pk not in holding][:count])


def _held(assistant: User) -> dict[UUID, datetime]:
    since = open_since.get(assistant.pk)
    return leases.held_by(assistant=assistant, since=since)


def _claim_anywhere(
    assistant: User, queues: list[int], wanted: int, holding: Collection[UUID]
) -> int:
    """Lease up to `wanted` new pairs, of the first campaigns first; returns how many there were."""
    got = 0
    for campaign in campaigns_for(assistant).filter(pk__in=queues):
        got += _claim_from(campaign, assistant, wanted - got, holding)
        if got >= wanted:
            break
    return got


def _claim_from(
    campaign: Campaign, assistant: User, wanted: int, holding: Collection[UUID] = ()
) -> int:
    """Lease up to `wanted` new pairs of one campaign; returns how many there were."""
    allowed = budgets.allowance(campaign=campaign, assistant=assistant, wanted=wanted)
    if allowed == 0:
        return 0
    got = gold.claim_gold(campaign=campaign, assistant=assistant, wanted=allowed)
    if got < allowed:
        got += _claim_ranked(campaign, assistant, allowed - got, holding)
    budgets.count_handed_out(campaign=campaign, assistant=assistant, pairs=got)
    return got


def _claim_ranked(
    campaign: Campaign, assistant: User, wanted: int, holding: Collection[UUID]
) -> int:
    generation = campaign.generation
    assert generation is not None, "campaigns_for gives those with a queue"
    after = queue_cursors.after(generation.pk, assistant.pk)
    got = _execute_claim(campaign, assistant, wanted, holding, after)
    if len(got) < wanted and after:
        after = 0
        got += _execute_claim(campaign, assistant, wanted - len(got), holding, after)
    if got:
        queue_cursors.found(generation.pk, assistant.pk, after=after, rank=max(got))
    return len(got)


def _execute_claim(
    campaign: Campaign, assistant: User, count: int, holding: Collection[UUID], after: int
) -> list[int]:
    """The ranks of the items that were leased."""
    generation = campaign.generation
    assert generation is not None
    parameters = {
        "campaign": campaign.pk,
        "generation": generation.pk,
        "run": generation.run_id,
        "policy": campaign.policy_id,
        "lease_seconds": campaign.lease_seconds,
        "assistant": assistant.pk,
        "lanes": lanes_read_by(assistant.languages),
        "holding": list(holding),
        "count": count,
        "after": after,
    }
    own = not assistant.any_language
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_IN_OWN_LANGUAGES if own else CLAIM_IN_ANY_LANGUAGE, parameters)
        return [rank for (rank,) in cursor]
