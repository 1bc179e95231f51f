from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from annotation.lanes import lanes_read_by
from annotation.models import Assignment, Campaign, User
from annotation.postgres import execute_prepared
from annotation.queries import leases
from annotation.services import budgets
from annotation.services.claim_sql import claim_statement
from annotation.services.claim_start import start_claim
from annotation.services.cursors import open_since, queue_cursors
from annotation.services.leases import release_expired
from annotation.services.mixed_in import claim_mixed_in
from annotation.services.policies import note_reading

# Items looked at beyond those wanted, since colleagues may be taking the first ones.
SPARE, SPARE_AT_LAST = 8, 500
CLOCK_STEP = timedelta(seconds=10)


def claim(*, assistant: User, count: int = 1, holding: Collection[UUID] = ()) -> list[Assignment]:
    """Up to `count` pairs for this person besides those they are `holding`, the best first.

    Pairs that were leased to them before and are still open come first, so that a reload or a
    second window shows the same pair again. When too few are left, leases that ran out are ended
    (in a transaction of its own) and their pairs handed on: this needs no worker. Whoever has a
    new version of the policy to read is handed nothing before.
    """
    mine = _claim(assistant, count, holding)
    if len(mine) < count and release_expired():
        mine = _claim(assistant, count, holding)
    return mine


@transaction.atomic
def _claim(assistant: User, count: int, holding: Collection[UUID]) -> list[Assignment]:
    start = start_claim(assistant=assistant, since=open_since.get(assistant.pk))
    if start.has_news:
        return []
    if start.unread:
        # Their first: it stands beside the work.
        note_reading(person=assistant, policies=start.unread)
    mine = dict(start.held)
    wanted = count - len(mine.keys() - set(holding))
    for campaign in start.campaigns:
        if wanted <= 0:
            break
        new = claim_from(campaign, assistant, wanted, holding)
        mine |= new
        wanted -= len(new)
    if mine:
        earliest = start.since or min(mine.values())
        # A clock that is set back by less than this hides nothing.
        open_since.set(assistant.pk, earliest - CLOCK_STEP)
    # Nothing is written after it.
    return leases.with_pairs([pk for pk in mine if pk not in holding][:count], commit=True)


def claim_from(
    campaign: Campaign,
    assistant: User,
    wanted: int,
    holding: Collection[UUID] = (),
    *,
    remember: bool = True,
) -> dict[UUID, datetime]:
    """Lease up to `wanted` new pairs of one campaign; returns the leases and when they were made.

    Part of a claim: the caller has the locks, and has seen that the campaign may serve the person.
    `remember=False` neither reads nor leaves a note of this process, for what is rolled back.
    """
    allowed = budgets.allowance(campaign=campaign, assistant=assistant, wanted=wanted)
    if allowed == 0:
        return {}
    got = claim_mixed_in(campaign=campaign, assistant=assistant, wanted=allowed)
    if len(got) < allowed:
        got |= _claim_ranked(campaign, assistant, allowed - len(got), holding, remember)
    if got:
        budgets.count_handed_out(campaign, assistant, pairs=len(got), at=min(got.values()))
    return got


def _claim_ranked(
    campaign: Campaign, assistant: User, wanted: int, holding: Collection[UUID], remember: bool
) -> dict[UUID, datetime]:
    generation = campaign.generation
    assert generation is not None, "only campaigns with a queue serve"
    after = queue_cursors.after(generation.pk, assistant.pk) if remember else 0
    rows = _execute_claim(campaign, assistant, wanted, holding, after, spare=SPARE)
    if len(rows) < wanted:
        # From the start, and past whatever colleagues are taking at this moment.
        after, left = 0, wanted - len(rows)
        rows += _execute_claim(campaign, assistant, left, holding, after, spare=SPARE_AT_LAST)
    if rows and remember:
        rank = max(rank for _, _, rank in rows)
        queue_cursors.found(generation.pk, assistant.pk, after=after, rank=rank)
    return {pk: served_at for pk, served_at, _ in rows}


def _execute_claim(
    campaign: Campaign,
    assistant: User,
    count: int,
    holding: Collection[UUID],
    after: int,
    *,
    spare: int,
) -> list[tuple[UUID, datetime, int]]:
    """The new leases, when they were made, and the ranks of their items, the first in front."""
    generation = campaign.generation
    assert generation is not None
    statement = claim_statement(
        generation=generation.pk,
        count=count,
        spare=count + spare,
        any_language=assistant.any_language,
    )
    parameters = {
        "campaign": campaign.pk,
        "run": generation.run_id,
        "policy": campaign.policy_id,
        "lease_seconds": campaign.lease_seconds,
        "assistant": assistant.pk,
        "lanes": lanes_read_by(assistant.languages),
        "topics_off": assistant.topics_off,
        "holding": list(holding),
        "after": after,
    }
    return execute_prepared(statement, parameters)
