"""All that the page of a campaign's queue and the API say of it."""

from dataclasses import dataclass
from functools import reduce
from operator import add

from annotation.lanes import lanes_read_by
from annotation.models import Budget, Campaign, User
from annotation.queries.budgets import Standing, Use, use_by_person
from annotation.queries.forecast import (
    Pace,
    Range,
    days_to_finish,
    hours_to_finish,
    labels_to_come,
    pace,
)
from annotation.queries.learning_gate import people_who_have_learnt
from annotation.queries.people import workers
from annotation.queries.queue_state import QueueState, queue_state


@dataclass(frozen=True, slots=True)
class Worker:
    """`may_get`: pairs of the queue that this person may be handed, at most: by language, less
    those seen, within the budgets; none until they have learnt what the campaign requires."""

    person: User
    may_get: int
    standings: list[Standing]
    has_learnt: bool = True

    @property
    def name(self) -> str:
        return self.person.display_name


@dataclass(frozen=True, slots=True)
class QueueReport:
    """`to_come`: labels that the queue still costs; `hours`: of work, at the pace of last week;
    `days`: the same in calendar days, if there is work on as many hours a day."""

    campaign: Campaign
    state: QueueState
    shared: list[Standing]
    workers: list[Worker]
    to_come: Range
    pace: Pace
    hours: Range | None

    @property
    def days(self) -> Range | None:
        return days_to_finish(self.hours, self.pace)


def queue_report(*, campaign: Campaign) -> QueueReport:
    state = queue_state(campaign=campaign)
    budgets = list(campaign.budgets.order_by("pk")) if campaign.counts_use else []
    use = use_by_person(campaign=campaign) if budgets else {}
    all_use = reduce(add, use.values(), Use())
    shared = [all_use.of(b) for b in budgets if b.scope == Budget.Scope.CAMPAIGN]
    own = [b for b in budgets if b.scope == Budget.Scope.PERSON]
    learnt = people_who_have_learnt(campaign)
    people = [
        _worker(state, person, [use.get(person.pk, Use()).of(b) for b in own], shared, learnt)
        for person in workers(campaign=campaign)
    ]
    to_come = labels_to_come(campaign=campaign, asked=state.asked, wanting=state.wanting)
    present = pace(campaign=campaign)
    hours = hours_to_finish(to_come, present)
    return QueueReport(campaign, state, shared, people, to_come, present, hours)


def _worker(
    state: QueueState,
    person: User,
    own: list[Standing],
    shared: list[Standing],
    learnt: set[int] | None,
) -> Worker:
    if learnt is not None and person.pk not in learnt:
        return Worker(person, 0, own, has_learnt=False)
    if person.any_language:
        readable = state.total.ready
    else:
        readable = state.ready_in(lanes_read_by(person.languages))
    unseen = max(readable - state.seen_by.get(person.pk, 0), 0)
    left = [each.pairs_left for each in (*own, *shared)]
    return Worker(person, min([unseen, *left]), own)
