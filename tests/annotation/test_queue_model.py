"""Whatever people, coordinators and the clock do, in whatever order, the queue does what a model of
a few dictionaries does. LIKEWISE_QUEUE_EXAMPLES asks for more examples than a quick run."""

import os
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from annotation.lanes import lane_of
from annotation.models import (
    AnnotatorRecord,
    Assignment,
    Budget,
    Campaign,
    GoldAnswer,
    QueueItem,
    User,
    VideoTopics,
)
from annotation.services.budgets import refresh_use
from annotation.services.queue import rerank
from tests.annotation.bulk import campaign_of, many_pairs, run_saying
from tests.annotation.guarantees import check_guarantees
from tests.annotation.queue_machine import ANY, LANGUAGES, WHO, PeopleAtWork
from tests.annotation.queue_model import Item, Person, Queue
from tests.factories import PolicyFactory, UserFactory, queue_of

SHARES = st.sampled_from([0.0, 0.3])
WHICH = st.integers(0, 1)
SCOPES, UNITS = st.sampled_from(["campaign", "person"]), st.sampled_from(["pairs", "hours"])
PAIRS = st.none() | st.integers(0, 6)
PERIODS = st.sampled_from(["day", "total"])
# Mostly such that there is something to do.
DATES = [(None, None), (-1, None), (-1, 1), (None, 1), (1, None), (None, -1)]
# Of the first pairs.
TOPICS = [1, 2, 4 | 1]
READ = st.lists(st.sampled_from(["en", "de", "fr"]), max_size=2, unique=True)
CHANGES = st.one_of(
    st.tuples(st.just("state"), st.sampled_from(["paused", "closed"])),
    st.tuples(st.just("priority"), st.integers(0, 9)),
    st.sampled_from([("dates", *dates) for dates in DATES]),
    st.tuples(st.just("members"), st.none() | st.sets(WHO, min_size=1)),
    st.tuples(st.just("person"), WHO, READ, st.booleans(), st.sampled_from([0, 1, 6])),
)
RULES = st.sampled_from(["fixed", "differ", "posterior"])


class Labelling(PeopleAtWork):
    @initialize(
        most=st.integers(1, 3),
        how=RULES,
        gold=SHARES,
        again=SHARES,
        notes=st.booleans(),
        budget=st.tuples(SCOPES, UNITS, PERIODS, PAIRS),
    )
    def begin(
        self, most: int, how: str, gold: float, again: float, notes: bool, budget: tuple[Any, ...]
    ) -> None:
        # With notes a person's pairs may come in another order: then only their number is known.
        self.notes = notes
        shared: dict[str, Any] = {"policy": self.policy, "relabelling": how, "route_hours": 0}
        shared |= {"labels_per_pair": most, "gold_share": 0 if notes else gold}
        self.queues = [self._queue(priority=n, relabel_share=again, **shared) for n in (5, 1)]
        self._set_budget(self.queues[0], *budget)

    def _queue(self, **fields: Any) -> Queue:
        campaign = campaign_of(self.pairs, ranked=False, **fields)
        lanes = {p.pk: lane_of(*both) for p, both in zip(self.pairs, LANGUAGES, strict=True)}
        held_out = frozenset(p.pk for p in self.pairs if p.held_out)
        topics = {p.pk: bits for p, bits in zip(self.pairs, TOPICS, strict=False)}
        queue = Queue(campaign, lanes, held_out, topics)
        self._rank(queue, {})
        return queue

    # --- what coordinators do ---------------------------------------------------------------

    def _set(self, queue: Queue, **fields: Any) -> None:
        campaign = queue.campaign
        Campaign.objects.filter(pk=campaign.pk).update(**fields)
        campaign.refresh_from_db()

    @rule(which=WHICH, change=CHANGES)
    def change(self, which: int, change: tuple[Any, ...]) -> None:
        kind, *values = change
        getattr(self, f"_set_{kind}")(self.queues[which], *values)

    def _set_state(self, queue: Queue, state: str) -> None:
        # One that is not open goes on again: most of the time there is something to do.
        queue.state = state if queue.state == "open" else "open"
        self._set(queue, state=queue.state)

    def _set_priority(self, queue: Queue, priority: int) -> None:
        self._set(queue, priority=priority)

    def _set_dates(self, queue: Queue, opens: int | None, closes: int | None) -> None:
        at = [d and timezone.now() + timedelta(days=d) for d in (opens, closes)]
        self._set(queue, opens_at=at[0], closes_at=at[1])
        queue.in_time = opens != 1 and closes != -1

    def _set_members(self, queue: Queue, members: set[int] | None) -> None:
        self._set(queue, everyone=members is None)
        queue.members = None if members is None else {self.people[i].pk for i in members}
        queue.campaign.members.set(queue.members or ())

    def _set_person(
        self, _: Queue, who: int, languages: list[str], every: bool, topics_off: int
    ) -> None:
        person = self.people[who] = Person(self.people[who].pk, languages, every, topics_off)
        chosen = {"languages": languages, "any_language": every, "topics_off": topics_off}
        User.objects.filter(pk=person.pk).update(**chosen)

    @rule(
        which=WHICH, scope=SCOPES, unit=UNITS, period=PERIODS, pairs=st.none() | st.integers(0, 6)
    )
    def budget(self, which: int, scope: str, unit: str, period: str, pairs: int | None) -> None:
        self._set_budget(self.queues[which], scope, unit, period, pairs)

    def _set_budget(
        self, queue: Queue, scope: str, unit: str, period: str, pairs: int | None
    ) -> None:
        kind = {"scope": scope, "unit": unit, "period": period}
        queue.campaign.budgets.filter(**kind).delete()
        queue.budgets.pop((scope, unit, period), None)
        if pairs is not None:
            amount = pairs if unit == "pairs" else pairs * 40 / 3600
            Budget.objects.create(campaign=queue.campaign, amount=amount, **kind)
            queue.budgets[scope, unit, period] = amount
        refresh_use(campaign=queue.campaign)

    @rule(which=WHICH, how=RULES, most=st.integers(1, 3), said=st.booleans(), seed=ANY)
    def rank(self, which: int, how: str, most: int, said: bool, seed: int) -> None:
        self._set(self.queues[which], relabelling=how, labels_per_pair=most)
        chances = [0.02, 0.3, 0.5, 0.7, 0.98]
        said_of = {p.pk: chances[(seed + i) % 5] for i, p in enumerate(self.pairs)}
        self._rank(self.queues[which], said_of if said else {})

    @rule(which=WHICH, pair=ANY)
    def known_answer(self, which: int, pair: int) -> None:
        queue, chosen = self.queues[which], self.pairs[pair % len(self.pairs)]
        GoldAnswer.objects.get_or_create(
            campaign=queue.campaign, pair=chosen, defaults={"verdict": "similar"}
        )
        queue.gold.add(chosen.pk)
        self._rank(queue, {})

    def _rank(self, queue: Queue, said: dict[int, float]) -> None:
        campaign = queue.campaign
        rerank(campaign=campaign, run=run_saying(campaign, said) if said else None)
        found = AnnotatorRecord.objects.filter(campaign=campaign)
        queue.records = {r.assistant_id: (r.if_similar, r.if_not_similar) for r in found}
        items = {i.pair_id: i for i in queue_of(campaign).items.all()}
        wanting = queue.wanting(said)
        first = {p: i.wanted for p, i in items.items() if i.strategy != "relabel"}
        assert first == wanting
        for pair in items.keys() - first.keys():
            assert items[pair].wanted == len(queue.labels(pair)) + 1
        queue.items = {p: Item(i.rank, i.wanted, i.score) for p, i in items.items()}

    # --- what must hold ---------------------------------------------------------------------

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        queues = getattr(self, "queues", [])
        campaigns = [queue.campaign.pk for queue in queues]
        served = QueueItem.objects.filter(
            generation__in=Campaign.objects.filter(pk__in=campaigns).values("generation")
        )
        columns = ("generation__campaign", "pair_id", "wanted", "slots")
        assert set(served.values_list(*columns)) == {
            (queue.campaign.pk, pair, item.wanted, queue.slots(pair))
            for queue in queues
            for pair, item in queue.items.items()
        }
        states = Assignment.objects.filter(campaign__in=campaigns).values_list("pk", "state")
        assert dict(states) == {g.pk: g.state for queue in queues for g in queue.everything()}
        check_guarantees(*(queue.campaign for queue in queues))


@pytest.mark.django_db(transaction=True)
def test_the_queue_does_what_the_model_says() -> None:
    Labelling.pairs = many_pairs(LANGUAGES, held_out=[3])
    Labelling.users = [UserFactory(languages=["en", "de"], any_language=i == 0) for i in range(3)]
    Labelling.policy = PolicyFactory()
    VideoTopics.objects.bulk_create(
        VideoTopics(video_id=pair.rejected_id, topics=bits, fingerprint=0, seen_at=timezone.now())
        for pair, bits in zip(Labelling.pairs, TOPICS, strict=False)
    )
    examples = int(os.environ.get("LIKEWISE_QUEUE_EXAMPLES", 20))
    run_machine(
        Labelling,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            # To make a failure smaller takes minutes: only where more than the quick run is wanted.
            phases=[Phase.generate, *([Phase.shrink] if examples > 20 else [])],
            derandomize="CI" in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )
