from collections.abc import Callable, Collection
from itertools import count
from typing import Any

from django.db import connection, transaction
from django.utils.text import slugify

from annotation.models import Budget, Campaign, Policy, PoolPair, StateChange, User
from annotation.services.budgets import refresh_use
from annotation.services.queue import rerank
from annotation.services.statistics import note_bulk_change

FILL_POOL = """
INSERT INTO annotation_poolpair (campaign_id, pair_id, held_out)
SELECT %(campaign)s, chosen.id, chosen.held_out FROM (
    SELECT pair.id, pair.held_out FROM annotation_pair pair
    WHERE (%(source)s = '' OR pair.source = %(source)s) AND starts_with(pair.pair_id, %(prefix)s)
    {draw}
) chosen ORDER BY chosen.id
ON CONFLICT DO NOTHING
"""
# By a hash of the pair and the seed: a random sample that anybody can draw again.
DRAW = "ORDER BY md5(%(seed)s || pair.pair_id) LIMIT %(limit)s"


class NoPairsError(Exception):
    pass


def fill_pool(
    *,
    campaign: Campaign,
    source: str = "",
    prefix: str = "",
    limit: int | None = None,
    seed: int = 0,
) -> int:
    """Add pairs of the corpus to the campaign's pool; returns how many were new.

    `source` and `prefix` (of the pair's id) narrow the choice; `limit` draws a random sample.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            FILL_POOL.format(draw="" if limit is None else DRAW),
            {
                "campaign": campaign.pk,
                "source": source,
                "prefix": prefix,
                "limit": limit,
                "seed": str(seed),
            },
        )
        added = int(cursor.rowcount)
    note_bulk_change(PoolPair, rows=added)
    return added


def open_campaign(
    *,
    name: str,
    policy: Policy | Callable[[], Policy],
    slug: str = "",
    source: str = "",
    prefix: str = "",
    limit: int | None = None,
    seed: int = 0,
    members: Collection[User] | None = None,
    budgets: Collection[Budget] = (),
    **fields: Any,
) -> Campaign:
    """Make a campaign, fill its pool from the corpus and put up its first queue.

    `policy`: a version, or what adds one, which is kept only with the campaign. `members`: who
    alone may work in it; None: everybody. `budgets`: unsaved ones. Without a `slug` it is made of
    the name, or numbered where nothing of that can stand in an address.
    Raises: ValidationError by field, NoPairsError when the corpus has no such pair; nothing is
    kept then.
    """
    with transaction.atomic():
        policy = policy if isinstance(policy, Policy) else policy()
        slug = slug or slugify(name) or _numbered_slug()
        campaign = Campaign(name=name, slug=slug, policy=policy, **fields)
        _save(campaign, members, budgets)
        if not fill_pool(campaign=campaign, source=source, prefix=prefix, limit=limit, seed=seed):
            raise NoPairsError("No pair to serve. Import some first: manage.py import_pairs FILE")
    rerank(campaign=campaign, run=None, seed=seed)
    return campaign


def _numbered_slug() -> str:
    """The first that is free."""
    taken = set(Campaign.objects.values_list("slug", flat=True))
    return next(slug for n in count(1) if (slug := f"campaign-{n}") not in taken)


def _save(
    campaign: Campaign, members: Collection[User] | None, budgets: Collection[Budget]
) -> None:
    campaign.everyone = members is None
    campaign.full_clean()
    campaign.save()
    campaign.members.set(members or [])
    for budget in budgets:
        budget.campaign = campaign
        budget.full_clean()
        budget.save()
    if budgets:
        refresh_use(campaign=campaign)


@transaction.atomic
def set_state(*, campaign: Campaign, state: Campaign.State, by: User) -> None:
    """Open, pause or close a campaign: counts from the next pair that is handed out. Pairs that
    people have now stay theirs to answer. What is in that state already stays as it is."""
    if Campaign.objects.filter(pk=campaign.pk).exclude(state=state).update(state=state):
        StateChange.objects.create(campaign=campaign, state=state, changed_by=by)
    campaign.state = state
