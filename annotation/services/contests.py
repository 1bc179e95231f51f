"""Figures that people contest, and the answers they get."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Campaign, Contest, User
from annotation.queries.reliability import figures_of


@transaction.atomic
def contest(*, campaign: Campaign, person: User, figure: str, text: str) -> Contest | None:
    """Keep what somebody says against a figure about themself, with the figure as it is now.
    None while they wait for an answer on the same figure."""
    found = figures_of(campaign=campaign, person=person)
    shown = _as_shown(found.figures, figure) if found else None
    try:
        with transaction.atomic():
            return Contest.objects.create(
                campaign=campaign, person=person, figure=figure, text=text, shown=shown
            )
    except IntegrityError:
        if _is_open(campaign, person, figure):
            return None
        raise


def answer_contest(*, contest: Contest, by: User, accepted: bool, reply: str) -> bool:
    """Answer an open one, once; returns whether it was open."""
    state = Contest.State.ACCEPTED if accepted else Contest.State.ANSWERED
    still_open = Contest.objects.filter(pk=contest.pk, state=Contest.State.OPEN)
    answered = still_open.update(
        state=state, reply=reply, answered_by=by, answered_at=timezone.now()
    )
    return bool(answered)


def _is_open(campaign: Campaign, person: User, figure: str) -> bool:
    waiting = Contest.objects.filter(campaign=campaign, person=person, figure=figure)
    return waiting.filter(state=Contest.State.OPEN).exists()


def _as_shown(figures: dict[str, object], figure: str) -> object:
    """None of those that the report has not: `record` and `other`."""
    if figure == Contest.Figure.WEEKS:
        return {"weeks": figures["weeks"], "trend": figures["trend"]}
    return figures.get(figure)
