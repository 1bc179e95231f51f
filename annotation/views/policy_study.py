"""What the policy may leave unclear, what its changes did, and examples for it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation import rules
from annotation.facet_names import facet_name, value_name
from annotation.models import AgreementReport
from annotation.queries.policy_study import policy_examples
from annotation.queries.study import shown_campaign
from annotation.views.access import PersonRequest, requires
from annotation.views.paging import page_of

KINDS, EXAMPLES = 20, 10


@require_safe
@never_cache
@requires(rules.can_see_study)
def policy_study(request: PersonRequest) -> HttpResponse:
    campaign, campaigns = shown_campaign(request.GET.get("campaign"))
    context: dict[str, Any] = {"campaign": campaign, "campaigns": campaigns}
    if campaign:
        report = campaign.reports.first()
        found = (report.figures.get("policy") if report else None) or {}
        context |= {
            "report": report,
            "people": found.get("people", 0),
            "overall": found.get("overall"),
            "page": page_of(request, _kinds(found), size=KINDS),
            "versions": _versions(report),
            "examples": page_of(
                request, policy_examples(campaign=campaign), size=EXAMPLES, name="examples"
            ),
            "may_edit": rules.can_manage_runs(request.user),
        }
    return render(request, "policy/study.html", context)


def _kinds(found: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """Each with what it is called, and whether the figures show it to be harder than the rest."""
    overall = (found.get("overall") or {}).get("value")
    return [
        {
            **row,
            "facet": facet_name(row["kind"]),
            "value": value_name(row["kind"], row["name"]),
            "harder": None not in (overall, row["same"]["high"]) and row["same"]["high"] < overall,
        }
        for row in found.get("kinds", [])
    ]


def _versions(report: AgreementReport | None) -> list[dict[str, Any]]:
    """The versions from the oldest to the newest, each compared with the one before."""
    rows = (report.figures.get("by") or {}).get("policy", []) if report else []
    ordered = sorted(rows, key=lambda row: int(row["value"]))
    return [
        {**row, "change": _change(before["alpha_nominal"], row["alpha_nominal"]) if before else ""}
        for before, row in zip([None, *ordered], ordered, strict=False)
    ]


def _change(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What two alphas with their intervals say of a change, which is little where they overlap."""
    if None in (before["low"], before["high"], after["low"], after["high"]):
        return _("Too few pairs with two answers under one of the two to compare them.")
    if after["low"] > before["high"]:
        return _("People agree better than under the version before.")
    if after["high"] < before["low"]:
        return _("People agree less than under the version before.")
    return _("The intervals overlap: these figures show no change.")
