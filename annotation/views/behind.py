"""The pairs behind a figure on one person, as the address asks for them."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from annotation.facet_names import value_name
from annotation.models import Campaign, Label, User, Verdict
from annotation.queries.behind import Behind, UnknownFigureError, labels_behind
from annotation.services.gold_feedback import note_told
from annotation.views.access import PersonRequest
from annotation.views.paging import page_of

PAIRS = 20


def behind_context(
    request: PersonRequest, campaign: Campaign, person: User, *, to_you: bool
) -> dict[str, Any]:
    """Raises Http404 where there is no such figure."""
    asked = {key: request.GET.get(key, "") for key in ("own", "reference", "week")}
    behind = Behind(figure=request.GET.get("figure", "consensus"), **asked)
    try:
        found = labels_behind(campaign=campaign, person=person, behind=behind)
    except UnknownFigureError as error:
        raise Http404(str(error)) from error
    page = page_of(request, found, size=PAIRS)
    told = behind.figure == "gold" and person == request.user
    if told:
        note_told(page)
    return {
        "campaign": campaign,
        "person": person,
        "behind": behind,
        "heading": _heading(behind),
        "week": value_name("week", behind.week) if behind.week else "",
        "page": page,
        "labels": [(label, _reference(label)) for label in page],
        "to_you": to_you,
        "told": told,
    }


def _heading(behind: Behind) -> str:
    if behind.is_cell:
        own, reference = (Verdict(side).label for side in (behind.own, behind.reference))
        return _("Answer: %(own)s. The others: %(reference)s.") % {
            "own": own,
            "reference": reference,
        }
    if behind.figure == "gold":
        return _("Answers unlike the known ones")
    if behind.figure == "repeats":
        return _("Answers unlike the second time")
    return _("Answers unlike those of most others")


def _reference(label: Label) -> str:
    """As `labels_behind` adds it."""
    return str(getattr(label, "reference", ""))
