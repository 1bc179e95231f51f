"""What people and the clock do to a queue, step by step beside its model."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from annotation.models import (
    Assignment,
    Label,
    Pair,
    Policy,
    User,
)
from annotation.services.budgets import refresh_use
from annotation.services.claim import claim
from annotation.services.cursors import queue_cursors
from annotation.services.labels import Answer, revise, skip, submit
from annotation.services.leases import release_expired
from tests.annotation.queue_model import Given, Person, Picks, Queue

LANGUAGES = [("en", "en"), ("de", "de"), ("de", "en"), ("", ""), ("en", ""), ("fr", "fr")]
PAST = timezone.now() - timedelta(days=400)
VERDICTS = st.sampled_from(["similar", "not_similar", "unsure"])
ANY = st.integers(0, 10_000)
WHO = st.integers(0, 2)


def answer(verdict: str, seconds: float = 30.0) -> Answer:
    return Answer(verdict, ("other",) if verdict == "similar" else (), seconds=seconds)


class PeopleAtWork(RuleBasedStateMachine):
    pairs: list[Pair]
    users: list[User]
    policy: Policy
    # What `begin` makes.
    notes: bool
    queues: list[Queue]

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        # Back as they were before the last example.
        self.people = [Person(u.pk, ["en", "de"], i == 0) for i, u in enumerate(self.users)]

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    # --- what people do ---------------------------------------------------------------------

    # Twice, as people do it more often than anything else; so is an answer, below.
    @rule(who=WHO, count=st.integers(1, 3), holds=st.booleans())
    def claim_more(self, who: int, count: int, holds: bool) -> None:
        self.claim(who, count, holds)

    @rule(who=WHO, count=st.integers(1, 3), holds=st.booleans())
    def claim(self, who: int, count: int, holds: bool) -> None:
        person = self.people[who]
        held = self._held(person)
        holding = list(held) if holds else []
        picks, missing = Picks(), count - len(held.keys() - set(holding))
        got = picks.look(self._in_order(), person, missing, holding)
        if got < missing and sum([queue.release() for queue in self.queues]):
            picks.look(self._in_order(), person, missing - got, holding)
        if not self.notes:
            queue_cursors.__init__()  # type: ignore[misc]
        handed = claim(assistant=User.objects.get(pk=person.pk), count=count, holding=holding)
        for queue in self.queues:
            self._hand_out(queue, person, picks)
        mine = self._held(person).keys() - set(holding)
        assert {a.pk for a in handed} <= mine
        assert len(handed) == min(count, len(mine))

    def _hand_out(self, queue: Queue, person: Person, picks: Picks) -> None:
        """Compare what was leased with what was to be, and take it over."""
        leased = Assignment.objects.filter(
            campaign=queue.campaign, assistant=person.pk, state="leased"
        )
        known = {g.pk for g in queue.everything() if g.state == "leased"}
        new = [a for a in leased if a.pk not in known]
        could = [*picks.of(queue), *queue.available(person, ())]
        ranked = {a.pair_id for a in new if a.strategy != "gold"}
        gold = {a.pair_id for a in new if a.strategy == "gold"}
        assert ranked <= set(could)
        assert gold <= queue.unseen_gold(person)
        expected = set(picks.of(queue))
        assert len(ranked) == len(expected) if self.notes else ranked == expected
        assert len(gold) == picks.gold[queue.campaign.pk]
        for a in new:
            self._lease(queue, a)

    def _lease(self, queue: Queue, a: Assignment) -> None:
        given = queue.given.setdefault(
            (a.assistant_id, a.pair_id), Given(a.pk, a.assistant_id, a.pair_id, a.score)
        )
        assert given.pk == a.pk
        given.state, given.run_out, given.today, given.score = "leased", False, True, a.score

    def _held(self, person: Person) -> dict[Any, Given]:
        return {
            g.pk: g
            for queue in self.queues
            for g in queue.everything()
            if queue.state == "open" and g.person == person.pk
            if g.state == "leased" and not g.run_out
        }

    def _in_order(self) -> list[Queue]:
        return sorted(self.queues, key=lambda q: (-q.campaign.priority, q.campaign.pk))

    def _some(self, *states: str) -> list[tuple[Queue, Given]]:
        every = [(queue, g) for queue in self.queues for g in queue.everything()]
        return [(queue, g) for queue, g in every if g.state in states]

    @precondition(lambda self: self._some("leased"))
    @rule(which=ANY, verdict=VERDICTS)
    def answer(self, which: int, verdict: str) -> None:
        self._submit(self._some("leased"), which, verdict, 5.0)

    @precondition(lambda self: self._some("leased", "expired", "skipped"))
    @rule(which=ANY, verdict=VERDICTS, seconds=st.sampled_from([5.0, 600.0]))
    def submit(self, which: int, verdict: str, seconds: float) -> None:
        self._submit(self._some("leased", "expired", "skipped"), which, verdict, seconds)

    def _submit(
        self, some: list[tuple[Queue, Given]], which: int, verdict: str, seconds: float
    ) -> None:
        queue, given = some[which % len(some)]
        user = User.objects.get(pk=given.person)
        label = submit(
            assistant=user, assignment_id=given.pk, answer=answer(verdict, seconds)
        ).label
        assert label.late == given.run_out
        given.state = "labelled"
        self._answered(queue, given, verdict, seconds)

    @precondition(lambda self: self._some("labelled"))
    @rule(which=ANY, verdict=VERDICTS)
    def revise(self, which: int, verdict: str) -> None:
        some = self._some("labelled")
        queue, given = some[which % len(some)]
        old = Label.objects.current().get(assignment=given.pk)
        user = User.objects.get(pk=given.person)
        revise(assistant=user, label_id=old.pk, submission=uuid4(), answer=answer(verdict))
        self._answered(queue, given, verdict, 30.0)

    def _answered(self, queue: Queue, given: Given, verdict: str, seconds: float) -> None:
        given.verdicts.append(verdict)
        given.seconds += seconds
        queue.labelled(given)

    @precondition(lambda self: self._some("leased", "expired"))
    @rule(which=ANY)
    def skip(self, which: int) -> None:
        some = self._some("leased", "expired")
        _, given = some[which % len(some)]
        skip(assistant=User.objects.get(pk=given.person), assignment_id=given.pk)
        given.state = "skipped"

    # --- what the clock does ----------------------------------------------------------------

    @precondition(lambda self: self._some("leased"))
    @rule(which=ANY)
    def a_lease_runs_out(self, which: int) -> None:
        some = self._some("leased")
        _, given = some[which % len(some)]
        Assignment.objects.filter(pk=given.pk).update(lease_expires_at=PAST)
        given.run_out = True

    @precondition(lambda self: self._some("leased"))
    @rule()
    def release(self) -> None:
        assert release_expired() == sum([queue.release() for queue in self.queues])

    @precondition(lambda self: self._some("labelled"))
    @rule()
    def a_day_passes(self) -> None:
        for _, given in self._some("labelled", "skipped", "expired"):
            a = Assignment.objects.get(pk=given.pk)
            a.served_at -= timedelta(days=1)
            a.save(update_fields=["served_at"])
            given.today = False
        for queue in self.queues:
            refresh_use(campaign=queue.campaign)
