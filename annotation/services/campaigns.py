from typing import Any

from django.db import connection, transaction
from django.utils.text import slugify

from annotation.models import Campaign, Policy
from annotation.services.queue import rerank

# The order is by a hash of the pair and the seed: a random sample that anybody can draw again.
FILL_POOL = """
INSERT INTO annotation_poolpair (campaign_id, pair_id, held_out)
SELECT %(campaign)s, pair.id, pair.held_out FROM annotation_pair pair
WHERE (%(source)s = '' OR pair.source = %(source)s) AND starts_with(pair.pair_id, %(prefix)s)
ORDER BY md5(%(seed)s || pair.pair_id)
LIMIT %(limit)s
ON CONFLICT DO NOTHING
"""


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
            FILL_POOL,
            {
                "campaign": campaign.pk,
                "source": source,
                "prefix": prefix,
                "limit": limit,
                "seed": str(seed),
            },
        )
        return int(cursor.rowcount)


def open_campaign(
    *,
    name: str,
    policy: Policy,
    source: str = "",
    prefix: str = "",
    limit: int | None = None,
    seed: int = 0,
    **fields: Any,
) -> Campaign:
    """Make a campaign, fill its pool from the corpus and put up its first queue.

    Raises: NoPairsError when the corpus has no such pair; nothing is kept then.
    """
    with transaction.atomic():
        campaign = Campaign(name=name, slug=slugify(name), policy=policy, **fields)
        campaign.full_clean()
        campaign.save()
        if not fill_pool(campaign=campaign, source=source, prefix=prefix, limit=limit, seed=seed):
            raise NoPairsError("No pair to serve. Import some first: manage.py import_pairs FILE")
    rerank(campaign=campaign, run=None, seed=seed)
    return campaign


def set_state(*, campaign: Campaign, state: Campaign.State) -> None:
    """Open, pause or close a campaign: counts from the next pair that is handed out. Pairs that
    people have now stay theirs to answer."""
    Campaign.objects.filter(pk=campaign.pk).update(state=state)
    campaign.state = state
