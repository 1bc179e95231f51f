from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from annotation.models import Campaign, Label, Strategy

Vote = tuple[int, str, str]
Facts = dict[str, list[str]]

_VOTE = ("pair_id", "assistant__username", "verdict")
_FACTS = (
    "policy__version", "strategy", "created_at", "pair__held_out", "pair__source",
    "pair__rejected__language", "pair__recommended__language",
)  # fmt: skip


def votes_with_facts(*, campaign: Campaign) -> Iterator[tuple[Vote, Facts]]:
    """(pair, username, verdict) of every label that stands now, streamed in a fixed order, with
    the parts of the study that it belongs to, by facet.

    A pair is of the languages of both its videos, of the week of its first label, and `random`
    where it was drawn at random, `chosen` where a model or a person had it picked. Its labels are
    of the policy that lay beside them: only those under the same one are compared.
    """
    labels = Label.objects.filter(campaign=campaign).current().order_by("pair_id", "assistant_id")
    rows = labels.values_list(*_VOTE, *_FACTS).iterator(5000)
    for _, answers in groupby(rows, key=itemgetter(0)):
        of_pair = list(answers)
        week = _week(min(row[5] for row in of_pair))
        selection = "random" if any(map(_at_random, of_pair)) else "chosen"
        for pair, person, verdict, policy, _, _, _, source, *languages in of_pair:
            yield (
                (pair, person, verdict),
                {
                    "language": sorted(set(languages)),
                    "source": [source],
                    "selection": [selection],
                    "policy": [str(policy)],
                    "week": [week],
                },
            )


def _at_random(row: tuple[Any, ...]) -> bool:
    """Whether a label shows its pair to be from the random slice: held-out pairs always are."""
    return bool(row[6]) or row[4] == Strategy.RANDOM


def _week(at: datetime) -> str:
    """As in 2026-W48 (ISO 8601): as text in the order of time."""
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02d}"


def last_label(*, campaign: Campaign) -> int:
    """The id of the campaign's newest label; 0 when there is none."""
    newest = Label.objects.filter(campaign=campaign).order_by("-id").values_list("id", flat=True)
    return newest.first() or 0
