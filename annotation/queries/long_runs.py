"""Long runs of one answer, for the person whose answers they are and for nobody else."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery

from annotation.models import Campaign, Label, User
from annotation.queries.history import own_labels

SHORTEST = 8
SHOWN = 5
# Mentioned if, with pairs in a random order, fewer than one in a hundred people with the same
# shares of answers would have such a run anywhere.
EXPECTED = 0.01

# What somebody says now of each pair, in the order in which they first met them.
RUNS = """
WITH answers AS (
    SELECT first.id, first.created_at, standing.verdict
    FROM annotation_label first
    JOIN annotation_label standing ON standing.assignment_id = first.assignment_id
        AND NOT EXISTS (SELECT FROM annotation_label later WHERE later.supersedes_id = standing.id)
    WHERE first.assistant_id = %(person)s AND first.campaign_id = %(campaign)s
        AND first.supersedes_id IS NULL
), placed AS (
    SELECT *, row_number() OVER (ORDER BY id)
            - row_number() OVER (PARTITION BY verdict ORDER BY id) AS run,
        count(*) OVER () AS of_all, count(*) OVER (PARTITION BY verdict) AS of_verdict
    FROM answers
)
SELECT verdict, min(id), max(id), min(created_at), max(created_at), count(*), min(of_verdict),
    min(of_all)
FROM placed GROUP BY verdict, run HAVING count(*) >= %(shortest)s
ORDER BY min(id) DESC
"""


@dataclass(frozen=True, slots=True)
class Run:
    """`length` pairs one after the other with one answer; `first` and `last` are the ids of the
    first labels on them. `share` of all pairs got that answer."""

    verdict: str
    first: int
    last: int
    begun: datetime
    ended: datetime
    length: int
    share: float


def long_runs(*, campaign: Campaign, person: User) -> list[Run]:
    """Far longer than the person's own shares of answers make likely, the latest first."""
    values = {"person": person.pk, "campaign": campaign.pk, "shortest": SHORTEST}
    with connection.cursor() as cursor:
        cursor.execute(RUNS, values)
        rows = cursor.fetchall()
    shares = [of_verdict / of_all for *_run, of_verdict, of_all in rows]
    found = [
        Run(verdict, first, last, begun, ended, length, share)
        for (verdict, first, last, begun, ended, length, _, of_all), share in zip(
            rows, shares, strict=True
        )
        if expected_runs(length, share=share, answers=of_all) < EXPECTED
    ]
    return found[:SHOWN]


def expected_runs(length: int, *, share: float, answers: int) -> float:
    """How many runs of `length` or more of an answer with this `share` among so many `answers` in
    a random order: one may begin at the first answer, or at any later one after another answer."""
    return share**length * (1 + (answers - length) * (1 - share))


def labels_of_run(*, campaign: Campaign, person: User, first: int, last: int) -> QuerySet[Label]:
    """Somebody's labels on the pairs that they first answered from `first` to `last`."""
    begun = Label.objects.filter(assignment=OuterRef("assignment"), supersedes=None)
    of_campaign = own_labels(assistant=person).filter(campaign=campaign)
    placed = of_campaign.annotate(place=Subquery(begun.values("id")))
    return placed.filter(place__range=(first, last)).order_by(F("place"))
