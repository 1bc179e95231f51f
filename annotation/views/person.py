"""The figures on one person: the same for themself as for whoever runs the study."""

from typing import Any

from annotation.models import Campaign, PersonReliability
from annotation.person_figures import shown_people, weeks_chart
from annotation.queries.contests import contested
from annotation.views.access import PersonRequest
from annotation.views.paging import page_of

WEEKS = 26


def person_context(
    request: PersonRequest,
    campaign: Campaign,
    row: PersonReliability | None,
    *,
    to_you: bool = False,
) -> dict[str, Any]:
    """For `assistants/_figures.html`; nothing while there are no figures."""
    if row is None:
        return {"shown": None}
    found = contested(campaign=campaign, people=[row.person_id])
    (shown,) = shown_people([row], found, to_you=to_you)
    weeks = page_of(request, shown.weeks, size=WEEKS, name="weeks")
    return {"shown": shown, "weeks": weeks, "weeks_chart": weeks_chart(list(weeks))}
