"""The report for a study's appendix: one page that prints well."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation import rules
from annotation.facet_names import FACET_NAMES
from annotation.models import AgreementReport, Campaign, Verdict
from annotation.pseudonyms import pseudonyms
from annotation.queries.report import covered, names_of
from annotation.queries.study import shown_campaign
from annotation.views import figures
from annotation.views.access import PersonRequest, requires
from annotation.views.agreement import FIGURE, overall, parts
from annotation.views.heat import HeatMap, heat_map

PARTS = {
    "policy": _("Agreement by version of the policy"),
    "language": _("Agreement by language of the pair’s videos"),
    "selection": _("Agreement by how pairs were chosen"),
    "week": _("Agreement by week of a pair’s first answer"),
}
# The tables of facts, answers and coefficients come first.
FIRST_PART = 4
# More columns than these want a page of their own, on its side: of letters, and of names.
UPRIGHT_LETTERS, UPRIGHT_NAMES = 28, 16
# Weeks that a picture can show and still be read: the last ones.
DRAWN = 52


@dataclass(frozen=True, slots=True)
class Part:
    """A numbered table of the report."""

    number: int
    key: str
    caption: str
    heading: str
    rows: list[dict[str, Any]]


@require_safe
@never_cache
@requires(rules.can_see_study)
def report(request: PersonRequest) -> HttpResponse:
    campaign, campaigns = shown_campaign(request.GET.get("campaign"))
    context: dict[str, Any] = {"campaign": campaign, "campaigns": campaigns}
    found = campaign.reports.first() if campaign else None
    if campaign and found:
        with_names = request.GET.get("names") == "1"
        context |= _contents(campaign, found, with_names=with_names)
        context["with_names"] = with_names
    return render(request, "report/page.html", context)


def _contents(campaign: Campaign, found: AgreementReport, *, with_names: bool) -> dict[str, Any]:
    tables = _tables(found)
    heat = _heat(campaign, found, with_names=with_names)
    coefficients = figures.coefficients(found.figures)
    covers = covered(report=found)
    return {
        "report": found,
        "covers": covers,
        "answers": _answers(covers.answers if covers else {}),
        "tables": tables,
        "heat": heat,
        "heat_number": FIRST_PART + len(tables),
        "heat_is_wide": len(heat.people) > (UPRIGHT_NAMES if with_names else UPRIGHT_LETTERS),
        "alpha_chart": figures.alpha_chart(coefficients),
        "week_chart": figures.weeks_chart(parts(found, "week")[:DRAWN][::-1], FIGURE),
    } | overall(found)


def _tables(found: AgreementReport) -> list[Part]:
    """A table for each facet that has figures, numbered on from the first ones."""
    rows = {key: list(parts(found, key)) for key in PARTS}
    shown = [key for key in PARTS if rows[key]]
    return [
        Part(number, key, str(PARTS[key]), str(FACET_NAMES[key]), rows[key])
        for number, key in enumerate(shown, start=FIRST_PART)
    ]


def _heat(campaign: Campaign, found: AgreementReport, *, with_names: bool) -> HeatMap:
    kappas = found.figures.get("cohen_kappa", [])
    people = {kappa[side] for kappa in kappas for side in ("a", "b")}
    called = names_of(people) if with_names else pseudonyms(people, of=campaign.slug)
    named = [
        kappa | {side: called.get(kappa[side], kappa[side]) for side in ("a", "b")}
        for kappa in kappas
    ]
    return heat_map(named, letters=not with_names)


def _answers(counts: dict[str, int]) -> list[tuple[str, int, float]]:
    """Each verdict in words, how often it was given, and its share."""
    total = sum(counts.values()) or 1
    return [
        (str(verdict.label), counts.get(verdict, 0), counts.get(verdict, 0) / total)
        for verdict in Verdict
    ]
