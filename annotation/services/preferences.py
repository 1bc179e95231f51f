"""What a person sets for themself, and what follows for the pairs that they have."""

from typing import Any
from uuid import UUID

from django.db import connection, transaction

from annotation.lanes import LANE, lanes_read_by
from annotation.models import Assignment, User
from annotation.queries.topics import TOPICS_OF_PAIR, WITH_TOPICS
from annotation.services import budgets, demand
from annotation.services.answering import begin_answer
from annotation.services.clock import ClockTimestamp
from annotation.services.leases import recount_slots

OWN = {
    "languages", "any_language", "thumbnails", "players_muted", "break_reminders", "work_minutes",
    "break_minutes", "daily_minutes", "topics_off", "interface_language",
}  # fmt: skip
# Pairs that the person has and would not be handed now.
UNFIT = f"""
SELECT assignment.id FROM annotation_assignment assignment
JOIN annotation_pair pair ON pair.id = assignment.pair_id
JOIN annotation_video rejected ON rejected.id = pair.rejected_id
JOIN annotation_video recommended ON recommended.id = pair.recommended_id
{WITH_TOPICS}
WHERE assignment.assistant_id = %(person)s AND assignment.state = 'leased' AND (
    {TOPICS_OF_PAIR} & %(topics_off)s <> 0
    OR NOT %(any_language)s AND {LANE.format(a="rejected.language", b="recommended.language")}
        <> ALL(%(lanes)s::varchar[])
)
"""  # noqa: S608 - constants only


def set_preferences(*, person: User, **chosen: Any) -> None:
    """Keep what a person chose; it counts from their next pair, and those that they have already
    and would not be handed now go back.

    Raises: TypeError for what is not theirs to set.
    """
    if foreign := chosen.keys() - OWN:
        raise TypeError(f"not a person's own to set: {', '.join(sorted(foreign))}")
    for name, value in chosen.items():
        setattr(person, name, value)
    User.objects.filter(pk=person.pk).update(**chosen)
    hand_back_unfit(person=person)


def hand_back_unfit(*, person: User) -> int:
    """Hand back, without a word, what is not in their languages or is kept off their queue;
    returns how many pairs."""
    values: dict[str, Any] = {
        "person": person.pk,
        "any_language": person.any_language,
        "lanes": lanes_read_by(person.languages),
        "topics_off": person.topics_off,
    }
    with connection.cursor() as cursor:
        cursor.execute(UNFIT, values)
        unfit = [pk for (pk,) in cursor]
    return sum(_hand_back(person, pk) for pk in unfit)


def hand_back_all(*, person: User) -> int:
    """Hand back what somebody has who doesn't go on; returns how many pairs."""
    held = Assignment.objects.filter(assistant=person, state=Assignment.State.LEASED)
    return sum(_hand_back(person, pk) for pk in list(held.values_list("pk", flat=True)))


@transaction.atomic
def _hand_back(person: User, assignment_id: UUID) -> bool:
    """As if the lease had run out: the pair may come again, if they choose otherwise."""
    begun = begin_answer(assistant=person, assignment_id=assignment_id)
    if begun is None or begun.assignment.state != Assignment.State.LEASED:
        return False
    assignment = begun.assignment
    Assignment.objects.filter(pk=assignment.pk).update(
        state=Assignment.State.EXPIRED, changed_at=ClockTimestamp()
    )
    recount_slots(assignment.campaign_id, [assignment.pair_id])
    demand.route_past(assignment)
    budgets.count(assignment, pairs=-1)
    return True
