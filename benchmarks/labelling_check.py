"""What the database says of a load: pairs handed out too often, labels lost or too many."""

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import Connection

SETUP = """
CREATE TEMPORARY TABLE handed (assignment uuid, person text);
CREATE TEMPORARY TABLE confirmed (assignment uuid, person text, verdict text);
"""
# Nobody's lease runs out and nobody skips in a load: whoever got a pair had it until their label,
# and counts for good. What clients saw and what the table says are taken together.
HANDED_TWICE = """
SELECT count(*) FROM (
    SELECT pair FROM (
        SELECT assignment.pair_id AS pair, person.username AS person
        FROM annotation_assignment assignment
        JOIN annotation_user person ON person.id = assignment.assistant_id
        WHERE assignment.campaign_id = %(campaign)s
        UNION
        SELECT assignment.pair_id, handed.person
        FROM handed JOIN annotation_assignment assignment ON assignment.id = handed.assignment
    ) had
    GROUP BY pair HAVING count(*) > %(wanted)s
) excess
"""
LOST = """
SELECT count(*) FROM confirmed
WHERE NOT EXISTS (
    SELECT FROM annotation_label label
    JOIN annotation_user person ON person.id = label.assistant_id
    WHERE label.submission = confirmed.assignment AND label.verdict = confirmed.verdict
        AND person.username = confirmed.person
)
"""
DUPLICATES = """
SELECT coalesce(sum(labels - %(wanted)s), 0)::int FROM (
    SELECT count(*) AS labels FROM annotation_label
    WHERE campaign_id = %(campaign)s AND supersedes_id IS NULL
    GROUP BY pair_id HAVING count(*) > %(wanted)s
) excess
"""


@dataclass(frozen=True, slots=True)
class Findings:
    """`handed_twice` counts pairs with more people than labels wanted, `lost` labels that were
    confirmed to a client and are not there, `duplicates` labels beyond those wanted."""

    handed_twice: int
    lost: int
    duplicates: int
    labels: int


def check(
    connection: Connection,
    *,
    campaign: int,
    labels_per_pair: int,
    handed: Iterable[tuple[str, str]],
    confirmed: Iterable[tuple[str, str, str]],
) -> Findings:
    """Compare what clients were given and told with the tables.

    `handed`: (assignment, person); `confirmed`: (assignment, person, verdict).
    """
    cursor = connection.cursor()
    cursor.execute(SETUP)
    for table, rows in (("handed", handed), ("confirmed", confirmed)):
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    given = {"campaign": campaign, "wanted": labels_per_pair}
    labels = "SELECT count(*) FROM annotation_label WHERE campaign_id = %(campaign)s"
    counted = [
        cursor.execute(query, given).fetchone() or (0,)
        for query in (HANDED_TWICE, LOST, DUPLICATES, labels)
    ]
    return Findings(*(int(count) for (count,) in counted))
