"""The statement that hands pairs out: it chooses, takes and leases in one go.

The generation is a number in the text, so that the planner sees one partition, and `slots > 0`
repeats the predicate of the partial indexes word for word: they give the order without a sort.
Rows that a colleague is being handed right now are locked and passed over. A pair comes back to the
same person only if their lease ran out. A hard pair waits for those it is routed to.
"""

from functools import lru_cache

from annotation.queries.ready import OPEN_TO_PERSON

# Someone who takes pairs in any language walks the queue itself.
IN_ANY_LANGUAGE = f"""
SELECT item.rank FROM annotation_queueitem item
WHERE {OPEN_TO_PERSON}
ORDER BY item.rank LIMIT %(count)s
FOR UPDATE OF item SKIP LOCKED
"""  # noqa: S608 - constants only
# Others walk the lanes that they read, each by its own index, and take the best of all of them.
IN_OWN_LANGUAGES = f"""
SELECT item.rank FROM annotation_queueitem item
WHERE item.generation_id = %(generation)s AND item.slots > 0 AND item.rank = ANY(ARRAY(
    SELECT found.rank FROM unnest(%(lanes)s::varchar[]) lanes(lane)
    CROSS JOIN LATERAL (
        SELECT item.rank FROM annotation_queueitem item
        WHERE item.lane = lanes.lane AND {OPEN_TO_PERSON}
        ORDER BY item.rank LIMIT %(spare)s
    ) found
    ORDER BY found.rank LIMIT %(spare)s
))
ORDER BY item.rank LIMIT %(count)s
FOR UPDATE OF item SKIP LOCKED
"""  # noqa: S608 - constants only
CLAIM = """
WITH picked AS ({picked}), taken AS (
    UPDATE annotation_queueitem item SET slots = item.slots - 1
    FROM picked WHERE item.generation_id = %(generation)s AND item.rank = picked.rank
    RETURNING item.pair_id, item.rank, item.strategy, item.score
), leased AS (
    INSERT INTO annotation_assignment AS mine
        (id, campaign_id, pair_id, assistant_id, policy_id, state, strategy, run_id, score,
         served_at, lease_expires_at, changed_at)
    SELECT uuidv7(), %(campaign)s, taken.pair_id, %(assistant)s, %(policy)s, 'leased',
        taken.strategy, %(run)s::bigint, taken.score, moment,
        moment + make_interval(secs => %(lease_seconds)s), moment
    FROM taken, clock_timestamp() moment ORDER BY taken.rank
    ON CONFLICT (campaign_id, pair_id, assistant_id) DO UPDATE SET
        state = 'leased', policy_id = EXCLUDED.policy_id, strategy = EXCLUDED.strategy,
        run_id = EXCLUDED.run_id, score = EXCLUDED.score, served_at = EXCLUDED.served_at,
        lease_expires_at = EXCLUDED.lease_expires_at, changed_at = EXCLUDED.changed_at
    RETURNING mine.id, mine.pair_id, mine.served_at
)
SELECT leased.id, leased.served_at, taken.rank FROM leased JOIN taken USING (pair_id)
ORDER BY taken.rank
"""
CLAIM_IN_ANY_LANGUAGE = CLAIM.format(picked=IN_ANY_LANGUAGE)
CLAIM_IN_OWN_LANGUAGES = CLAIM.format(picked=IN_OWN_LANGUAGES)


@lru_cache(maxsize=64)
def claim_statement(*, generation: int, count: int, spare: int, any_language: bool) -> str:
    """The text for one partition and so many pairs: a plan made for it once serves every claim.

    With the numbers as parameters the plan would have to serve a whole queue as well as a pair.
    """
    text = CLAIM_IN_ANY_LANGUAGE if any_language else CLAIM_IN_OWN_LANGUAGES
    for name, number in (("generation", generation), ("count", count), ("spare", spare)):
        text = text.replace(f"%({name})s", f"{number:d}")
    return text
