"""The rows of `PairConsensus`, from an array into the table: only those that have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from annotation.arrays import write_rows
from annotation.models import Campaign

if TYPE_CHECKING:
    from annotation.arrays import Rows

COUNTS = (
    "labels", "votes_similar", "votes_not_similar", "votes_unsure", "contrast", "split_reasons",
)  # fmt: skip
FLAGS = ("judged", "at_random", "disputed")
ESTIMATES = ("posterior", "low", "high", "importance")
# NULL in the table where the array has NaN.
OF_MODEL = ("model", "with_model", "with_model_low", "with_model_high")
FIELDS = [
    ("pair_id", "i8"),
    *((name, "i2") for name in COUNTS),
    *((name, "?") for name in FLAGS),
    ("first_at", "i8"),
    *((name, "f8") for name in (*ESTIMATES, *OF_MODEL)),
]
_SQL = {"i8": "bigint", "i2": "smallint", "?": "boolean", "f8": "double precision"}
_NAMES = [name for name, _ in FIELDS]
_TOLD = [
    f"nullif({name}, 'NaN')" if name in OF_MODEL
    else f"to_timestamp({name})" if name == "first_at" else name
    for name in _NAMES
]  # fmt: skip
# What would look the same on a page is not written anew: most is, label after label.
_SAME = " AND ".join(
    [f"same.{name} = fresh.{name}" for name in (*COUNTS, *FLAGS)]
    + ["same.first_at = to_timestamp(fresh.first_at)"]
    + [f"abs(same.{name} - fresh.{name}) <= 0.0005" for name in ESTIMATES]
    + [f"abs(coalesce(same.{name}, -1) - coalesce(nullif(fresh.{name}, 'NaN'), -1)) <= 0.0005"
       for name in OF_MODEL]
)  # fmt: skip
FRESH = f"CREATE TEMPORARY TABLE fresh ({', '.join(f'{n} {_SQL[kind]}' for n, kind in FIELDS)})"
STORE = f"""
INSERT INTO annotation_pairconsensus (campaign_id, {", ".join(_NAMES)})
SELECT %(campaign)s, {", ".join(_TOLD)} FROM fresh
WHERE NOT EXISTS (
    SELECT FROM annotation_pairconsensus same
    WHERE same.campaign_id = %(campaign)s AND same.pair_id = fresh.pair_id AND {_SAME}
)
ORDER BY pair_id
ON CONFLICT (campaign_id, pair_id) DO UPDATE SET
    {", ".join(f"{name} = EXCLUDED.{name}" for name in _NAMES[1:])}
"""  # noqa: S608 - constants only
DROP_OLD = """
DELETE FROM annotation_pairconsensus old
WHERE old.campaign_id = %(campaign)s
    AND NOT EXISTS (SELECT FROM fresh WHERE fresh.pair_id = old.pair_id)
"""


# What somebody decided while this was computed is no dispute. A decision later than this waits for
# the rows written here, and then says so itself (`services.adjudication`).
SETTLE = """
UPDATE annotation_pairconsensus held SET disputed = false
FROM annotation_adjudication decided
WHERE held.campaign_id = %(campaign)s AND held.disputed
    AND decided.campaign_id = held.campaign_id AND decided.pair_id = held.pair_id
    AND decided.verdict IS NOT NULL AND NOT EXISTS (
        SELECT FROM annotation_adjudication later WHERE later.supersedes_id = decided.id
    )
"""


def store_consensus(*, campaign: Campaign, rows: Rows) -> int:
    """Have the table hold `rows` (n,) with `FIELDS` for this campaign, and no others; returns how
    many were written."""
    with connection.cursor() as cursor:
        cursor.execute(FRESH)
        write_rows(cursor, "fresh", rows)
        cursor.execute("ANALYZE fresh")
        cursor.execute(STORE, {"campaign": campaign.pk})
        written = int(cursor.rowcount)
        cursor.execute(DROP_OLD, {"campaign": campaign.pk})
        cursor.execute(SETTLE, {"campaign": campaign.pk})
        cursor.execute("DROP TABLE fresh")
    return written
