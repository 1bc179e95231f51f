"""Agreement in detail: each coefficient in each part of the study, and the pairs behind it."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation import rules
from annotation.agreement_words import GENERAL_REMARKS, SAID_ONCE, remark_text
from annotation.facet_names import FACET_NAMES, facet_name, value_name
from annotation.models import AgreementReport, Campaign, ReasonCode
from annotation.queries.agreement_reports import figures_by_campaign
from annotation.queries.disagreements import UnknownFacetError, disagreements
from annotation.queries.export_repeats import COLUMNS, repeat_rows
from annotation.queries.repeated_answers import changed_answers
from annotation.queries.study import pairs_by_id, shown_campaign
from annotation.views import figures
from annotation.views.access import PersonRequest, requires
from annotation.views.downloads import csv_file
from annotation.views.heat import heat_map
from annotation.views.paging import page_of

PARTS, PAIRS = 20, 20
FIGURE = "alpha_nominal"
# In the order of a table's columns; a share, and coefficients corrected for chance.
MEASURES = ("percent_agreement", *figures.COEFFICIENTS)
_COUNTS = ("labels", "units", "units_with_overlap")


@require_safe
@never_cache
@requires(rules.can_see_study)
def agreement(request: PersonRequest) -> HttpResponse:
    campaign, campaigns = shown_campaign(request.GET.get("campaign"))
    context: dict[str, Any] = {"campaign": campaign, "campaigns": campaigns}
    if campaign:
        report = campaign.reports.first()
        by, measure = _choice(request)
        page = page_of(request, parts(report, by), size=PARTS)
        context |= {
            "report": report,
            "facets": FACET_NAMES.items(),
            "by": by,
            "by_name": FACET_NAMES[by],
            "measures": [(key, figures.measure_name(key)) for key in MEASURES],
            "measure": measure,
            "page": page,
            "chart": figures.parts_chart(list(page), measure),
            "reasons": _reasons(report),
            "heat": heat_map(report.figures.get("cohen_kappa", []) if report else []),
        } | overall(report)
    return render(request, "agreement/page.html", context)


@require_safe
@never_cache
@requires(rules.can_see_study)
def agreement_csv(request: PersonRequest) -> HttpResponse:
    """The table of the page with all its rows, numbers as they are."""
    campaign = _campaign(request)
    by, _measure = _choice(request)
    columns = ["value", *_COUNTS]
    columns += [f"{key}{end}" for key in MEASURES for end in ("", "_low", "_high")]
    rows = map(_flat, parts(campaign.reports.first(), by))
    return csv_file(f"agreement-{campaign.slug}-{by}", rows, columns)


@require_safe
@never_cache
@requires(rules.can_see_study)
def agreement_pairs(request: PersonRequest) -> HttpResponse:
    """The pairs of one part of the study that people judge differently."""
    campaign = _campaign(request)
    by, value = request.GET.get("by", ""), request.GET.get("value", "")
    try:
        found = disagreements(campaign=campaign, by=by, value=value)
    except UnknownFacetError as error:
        raise Http404(str(error)) from error
    page = page_of(request, found, size=PAIRS)
    pairs = pairs_by_id(row["pair"] for row in page)
    context = {
        "campaign": campaign,
        "by": by,
        "value": value,
        "part": f"{facet_name(by)}: {value_name(by, value)}" if by else _("All pairs"),
        "page": page,
        "disagreements": [{**row, "pair": pairs[row["pair"]]} for row in page],
    }
    return render(request, "agreement/pairs.html", context)


@require_safe
@never_cache
@requires(rules.can_see_study)
def agreement_repeats(request: PersonRequest) -> HttpResponse:
    """The pairs that got another answer when the same person was asked again."""
    campaign = _campaign(request)
    page = page_of(request, changed_answers(campaign=campaign), size=PAIRS)
    return render(request, "agreement/repeats.html", {"campaign": campaign, "page": page})


@require_safe
@never_cache
@requires(rules.can_see_study)
def repeats_csv(request: PersonRequest) -> HttpResponse:
    """Every second answer beside the first."""
    campaign = _campaign(request)
    rows = repeat_rows(campaign=campaign)
    return csv_file(f"repeats-{campaign.slug}", rows, COLUMNS, is_data=True)


def _campaign(request: HttpRequest) -> Campaign:
    campaign, _all = shown_campaign(request.GET.get("campaign"))
    if campaign is None:
        raise Http404("no campaign yet")
    return campaign


def _choice(request: HttpRequest) -> tuple[str, str]:
    """The facet and the measure that the address asks for, the first ones for unknown names."""
    by, measure = request.GET.get("by", ""), request.GET.get("figure", "")
    return (
        by if by in FACET_NAMES else next(iter(FACET_NAMES)),
        measure if measure in MEASURES else FIGURE,
    )


def overall(report: AgreementReport | None) -> dict[str, Any]:
    """The measures, each with what is to be said of it, and what is true of all of them."""
    found = report.figures if report else {}
    measures: list[dict[str, Any]] = []
    general: list[dict[str, Any]] = []
    said: set[str] = set()
    for key in MEASURES:
        if not found.get(key):
            continue
        remarks = [
            remark
            for remark in found.get("remarks", {}).get(key, [])
            if remark["code"] not in said.intersection(SAID_ONCE)
        ]
        said |= {remark["code"] for remark in remarks}
        general += [remark for remark in remarks if remark["code"] in GENERAL_REMARKS]
        own = [remark for remark in remarks if remark["code"] not in GENERAL_REMARKS]
        measures.append(
            {
                "key": key,
                "name": figures.measure_name(key),
                "estimate": found[key],
                "remarks": [remark_text(remark) for remark in own],
            }
        )
    return {"overall": measures, "general": [remark_text(remark) for remark in general]}


def _reasons(report: AgreementReport | None) -> dict[str, Any]:
    found = (report.figures if report else {}).get("reasons") or {}
    rows = [
        {**row, "name": str(ReasonCode(row["reason"]).label)} for row in found.get("by_reason", [])
    ]
    return {**found, "by_reason": rows}


def parts(report: AgreementReport | None, by: str) -> Sequence[dict[str, Any]]:
    """The parts of a facet with their names; of weeks and versions the newest comes first. By
    campaign, all there are."""
    if by == "campaign":
        return figures_by_campaign((*_COUNTS, *MEASURES))
    rows = (report.figures.get("by") or {}).get(by, []) if report else []
    if by == "week":
        rows = sorted(rows, key=lambda row: row["value"], reverse=True)
    if by == "policy":
        rows = sorted(rows, key=lambda row: int(row["value"]), reverse=True)
    return [{**row, "name": value_name(by, row["value"])} for row in rows]


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat = {"value": row["name"]} | {count: row[count] for count in _COUNTS}
    for key in MEASURES:
        estimate = row[key]
        flat |= {key: estimate["value"], f"{key}_low": estimate["low"]}
        flat[f"{key}_high"] = estimate["high"]
    return flat
