"""The queue as a few dictionaries: what the real one is compared with, step by step."""

import math
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from annotation.lanes import languages_of
from annotation.models import Campaign
from annotation.queries.mixed_in import is_gold
from annotation.services.demand import opinion
from modeling.stopping import Rule, decide

SECONDS_OUT = 39.0
Records = dict[int, tuple[list[float], list[float]]]


@dataclass
class Person:
    pk: int
    languages: list[str]
    any_language: bool
    topics_off: int = 0

    def reads(self, lane: str) -> bool:
        return self.any_language or set(languages_of(lane)) <= set(self.languages)


@dataclass
class Given:
    """One pair in one person's hands."""

    pk: UUID
    person: int
    pair: int
    score: float | None
    state: str = "leased"
    run_out: bool = False
    today: bool = True
    verdicts: list[str] = field(default_factory=list)
    seconds: float = 0


@dataclass
class Item:
    rank: int
    wanted: int
    score: float | None = None


@dataclass
class Queue:
    """One campaign, its rules and all that people did in it."""

    campaign: Campaign
    lanes: dict[int, str]
    held_out: frozenset[int]
    # The topics of pairs that touch some, as bits.
    topics: dict[int, int] = field(default_factory=dict)
    state: str = "open"
    in_time: bool = True
    members: set[int] | None = None
    items: dict[int, Item] = field(default_factory=dict)
    gold: set[int] = field(default_factory=set)
    budgets: dict[tuple[str, str, str], float] = field(default_factory=dict)
    given: dict[tuple[int, int], Given] = field(default_factory=dict)
    records: Records = field(default_factory=dict)

    def serves(self, person: Person) -> bool:
        return (
            self.state == "open"
            and self.in_time
            and (self.members is None or person.pk in self.members)
        )

    def taken(self, pair: int) -> int:
        return sum(g.pair == pair and g.state in ("leased", "labelled") for g in self.everything())

    def slots(self, pair: int) -> int:
        return max(self.items[pair].wanted - self.taken(pair), 0)

    def everything(self) -> Iterator[Given]:
        return iter(self.given.values())

    def is_for(self, person: Person, pair: int) -> bool:
        return person.reads(self.lanes[pair]) and not self.topics.get(pair, 0) & person.topics_off

    def available(self, person: Person, holding: Collection[UUID]) -> list[int]:
        """The pairs of the queue that may go to this person now, the best first."""
        open_to = [
            pair
            for pair in self.items
            if self.is_for(person, pair) and self.slots(pair) > 0
            if (seen := self.given.get((person.pk, pair))) is None
            or (seen.state == "expired" and seen.pk not in holding)
        ]
        return sorted(open_to, key=lambda pair: self.items[pair].rank)

    def unseen_gold(self, person: Person) -> set[int]:
        mine = {p for p in self.gold if self.is_for(person, p)}
        return {p for p in mine if (person.pk, p) not in self.given}

    def due_gold(self, person: Person, wanted: int, seen: int) -> int:
        return sum(is_gold(self.campaign, person.pk, seen + n) for n in range(wanted))

    def allowance(self, person: Person, wanted: int, already: int) -> int:
        left = [self._left(kind, person, already) for kind in self.budgets]
        return max(min([wanted, *left]), 0)

    def _left(self, kind: tuple[str, str, str], person: Person, already: int) -> int:
        scope, unit, period = kind
        of = [g for g in self.everything() if scope == "campaign" or g.person == person.pk]
        on = [g for g in of if period == "total" or g.today]
        if unit == "pairs":
            used = sum(g.state in ("leased", "labelled") for g in on) + already
            return math.floor(max(self.budgets[kind] - used, 0) + 0.01)
        out = sum(g.state == "leased" for g in of) + already
        hours = (sum(g.seconds for g in on) + out * SECONDS_OUT) / 3600
        return math.floor(max(self.budgets[kind] - hours, 0) * 3600 / SECONDS_OUT + 0.01)

    def release(self) -> int:
        """End what has run out; returns how many."""
        over = [g for g in self.everything() if g.state == "leased" and g.run_out]
        if self.state == "closed":
            return 0
        for given in over:
            given.state = "expired"
        return len(over)

    @property
    def rule(self) -> Rule:
        return Rule(self.campaign.relabelling)

    def labels(self, pair: int) -> list[Given]:
        return [g for g in self.everything() if g.pair == pair and g.state == "labelled"]

    def wanted(self, pair: int, prior: float | None) -> int:
        """How many labels the pair wants by the rule, given those it has."""
        opinions = self.labels(pair)
        most, n = self.campaign.labels_per_pair, len(opinions)
        if self.rule is Rule.FIXED:
            return most
        if self.rule is Rule.DIFFER:
            counts = Counter(g.verdicts[-1] for g in opinions)
            if n >= 2 and max(counts.values()) * 2 > n:
                return n
            return max(min(max(n + 1, 2), most), n)
        if n == 0:
            return 1
        told = [
            opinion(g.verdicts[-1], *self.records.get(g.person, (None, None))) for g in opinions
        ]
        word = 0.5 if prior is None or pair in self.held_out else prior
        stop_at = self.campaign.stop_at
        return decide(
            self.rule, opinions=told, prior=word, most=max(most, n), stop_at=stop_at
        ).wanted

    def labelled(self, given: Given) -> None:
        """A label came or changed: an adaptive rule looks at the pair again."""
        item = self.items.get(given.pair)
        if item is not None and self.campaign.is_adaptive:
            item.wanted = self.wanted(given.pair, item.score)

    def wanting(self, prior: dict[int, float]) -> dict[int, int]:
        """What a new queue is made of: the pairs that want labels, and how many."""
        pool = {p: self.wanted(p, prior.get(p)) for p in self.lanes if p not in self.gold}
        return {p: wanted for p, wanted in pool.items() if len(self.labels(p)) < wanted}


@dataclass
class Picks:
    """What one claim is to lease: by campaign the pairs of its queue, and how many known ones."""

    ranked: dict[int, list[int]] = field(default_factory=dict)
    gold: Counter[int] = field(default_factory=Counter)

    def of(self, queue: Queue) -> list[int]:
        return self.ranked.setdefault(queue.campaign.pk, [])

    def count(self, queue: Queue) -> int:
        return len(self.of(queue)) + self.gold[queue.campaign.pk]

    def look(
        self, queues: list[Queue], person: Person, wanted: int, holding: Collection[UUID]
    ) -> int:
        """Take up to `wanted` pairs, of the first campaigns first; returns how many."""
        got = 0
        for queue in queues:
            if got < wanted and queue.serves(person):
                got += self._take(queue, person, wanted - got, holding)
        return got

    def _take(self, queue: Queue, person: Person, wanted: int, holding: Collection[UUID]) -> int:
        key, mine = queue.campaign.pk, self.of(queue)
        allowed = queue.allowance(person, wanted, self.count(queue))
        new = [pair for pair in mine if (person.pk, pair) not in queue.given]
        seen = sum(g.person == person.pk for g in queue.everything()) + len(new) + self.gold[key]
        due = queue.due_gold(person, allowed, seen)
        gold = min(due, len(queue.unseen_gold(person)) - self.gold[key])
        self.gold[key] += gold
        left = [p for p in queue.available(person, holding) if p not in mine]
        mine += left[: allowed - gold]
        return gold + len(left[: allowed - gold])
