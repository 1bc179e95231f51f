"""What people would be handed if they went on now: real claims that are taken back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.lanes import lane_of
from annotation.models import Assignment, Campaign, Pair, QueueItem, Strategy, User
from annotation.postgres import KEEP_TO_INDEXES, execute_prepared
from annotation.queries.budgets import standings
from annotation.queries.learning_gate import people_who_have_learnt
from annotation.queries.study import pairs_by_id
from annotation.services.claim import claim_from
from annotation.services.leases import release_expired
from annotation.services.locks import switch_queue

# Claims wait while a dry run goes on, so it is kept to about a second.
MOST_CLAIMS = 300
# These come beside the queue, whatever place a pair has in it.
NOT_RANKED = (Strategy.GOLD, Strategy.REPEAT)


class TooManyClaimsError(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Served:
    """A pair as somebody would be handed it. `rank`: its place in the queue; None for a pair that
    comes beside it; `score`: the model's probability of similar, when the queue was ranked."""

    turn: int
    pair: int
    pair_id: str
    rejected: str
    recommended: str
    lane: str
    strategy: str
    rank: int | None
    score: float | None


@dataclass(slots=True)
class PersonRun:
    """`note`: why these are fewer pairs than were asked for, if they are."""

    person: User
    served: list[Served] = field(default_factory=list)
    note: str = ""

    @property
    def name(self) -> str:
        return self.person.display_name


def dry_run(*, campaign: Campaign, people: Sequence[User], pairs: int) -> list[PersonRun]:
    """The next `pairs` new pairs of the campaign for each person, as if they took one each in turn.

    The campaign counts as open, whatever its state and dates. Nothing is kept: the claims are the
    real ones, in a transaction that is rolled back. It has the queue alone, so that meanwhile
    nobody's claim passes over pairs that are free.

    Raises: TooManyClaimsError.
    """
    if len(people) * pairs > MOST_CLAIMS:
        most = f"{MOST_CLAIMS} pairs altogether"
        raise TooManyClaimsError(f"A dry run hands out at most {most}: fewer people, or pairs.")
    release_expired()
    with transaction.atomic():
        switch_queue(campaign.pk)
        execute_prepared(f"SELECT {KEEP_TO_INDEXES}")
        campaign = Campaign.objects.select_related("generation").get(pk=campaign.pk)
        runs = _take_turns(campaign, people, pairs)
        transaction.set_rollback(True)
    return runs


def _take_turns(campaign: Campaign, people: Sequence[User], pairs: int) -> list[PersonRun]:
    runs = {person.pk: PersonRun(person) for person in people}
    if campaign.generation is None:
        return _noted(runs, dict.fromkeys(runs, _("The campaign has no queue yet.")))
    members = set(campaign.members.values_list("pk", flat=True))
    outside = [pk for pk in runs if not campaign.everyone and pk not in members]
    notes = dict.fromkeys(outside, _("Not one of the campaign’s members."))
    notes |= _not_learnt(campaign, runs)
    going = [person for person in people if person.pk not in notes]
    handed: list[UUID] = []
    for _turn in range(pairs):
        for person in list(going):
            leases = claim_from(campaign, person, 1, remember=False)
            handed += leases
            if not leases:
                going.remove(person)
                notes[person.pk] = _why_no_more(campaign, person)
    _collect(campaign, runs, handed)
    return _noted(runs, notes)


def _not_learnt(campaign: Campaign, people: Collection[int]) -> dict[int, str]:
    """Dates count as past in a dry run; practice and qualification do not."""
    learnt = people_who_have_learnt(campaign)
    note = _("Has not passed what the campaign requires before the first pair.")
    return {} if learnt is None else {pk: note for pk in people if pk not in learnt}


def _why_no_more(campaign: Campaign, person: User) -> str:
    stand = standings(campaign=campaign, assistant=person) if campaign.counts_use else []
    used_up = [str(each.budget) for each in stand if each.pairs_left == 0]
    if used_up:
        return _("Budget reached: %(budget)s.") % {"budget": used_up[0]}
    return _("The queue has no more pairs for this person now.")


def _noted(runs: dict[int, PersonRun], notes: dict[int, str]) -> list[PersonRun]:
    for pk, note in notes.items():
        runs[pk].note = note
    return list(runs.values())


def _collect(campaign: Campaign, runs: dict[int, PersonRun], handed: list[UUID]) -> None:
    leases = Assignment.objects.in_bulk(handed)
    assignments = [leases[pk] for pk in handed]
    pks = [each.pair_id for each in assignments]
    pairs = pairs_by_id(pks)
    items = QueueItem.objects.filter(generation=campaign.generation_id, pair__in=pks)
    ranks: dict[int, int] = {item.pair_id: item.rank for item in items}
    for each in assignments:
        served = runs[each.assistant_id].served
        served.append(_served(each, pairs[each.pair_id], ranks.get(each.pair_id), len(served) + 1))


def _served(assignment: Assignment, pair: Pair, rank: int | None, turn: int) -> Served:
    return Served(
        turn=turn,
        pair=pair.pk,
        pair_id=pair.pair_id,
        rejected=pair.rejected.title,
        recommended=pair.recommended.title,
        lane=lane_of(pair.rejected.language, pair.recommended.language),
        strategy=assignment.get_strategy_display(),
        rank=None if assignment.strategy in NOT_RANKED else rank,
        score=assignment.score,
    )
