from typing import Any

from annotation.models import AgreementReport, Campaign
from annotation.queries.votes import current_votes, last_label, votes_with_facts

KEPT_REPORTS = 200


def refresh_report(*, campaign: Campaign) -> AgreementReport | None:
    """Compute the agreement figures anew where labels came since the last report.

    Returns the newest report; None while there is no label.
    """
    newest, last = campaign.reports.first(), last_label(campaign=campaign)
    if last == (newest.last_label if newest else 0):
        return newest
    from modeling.agreement.facets import agreement_by
    from modeling.agreement.report import agreement_report

    figures = agreement_report(current_votes(campaign=campaign))
    figures["by"] = agreement_by(votes_with_facts(campaign=campaign))
    figures["remarks"] = _remarks(figures)
    report = AgreementReport.objects.create(campaign=campaign, last_label=last, figures=figures)
    kept = campaign.reports.values_list("pk", flat=True)[:KEPT_REPORTS]
    campaign.reports.exclude(pk__in=list(kept)).delete()
    return report


def _remarks(figures: dict[str, Any]) -> dict[str, list[Any]]:
    """By measure, what the figures of all answers together may be taken for, and when not."""
    from modeling.agreement.explanations import STATISTICS, Facts, explain

    units, paired = figures["units"], figures["units_with_overlap"]
    facts = Facts(
        units=paired,
        overlap=paired / units if units else None,
        prevalence=figures["prevalence"],
        percent_agreement=figures["percent_agreement"]["value"],
        selection=_selection(figures["by"].get("selection", [])),
    )
    measures = [name for name in STATISTICS if isinstance(figures.get(name), dict)]
    found: dict[str, list[Any]] = {}
    for name in measures:
        figure = figures[name]
        said = explain(name, figure["value"], figure["low"], figure["high"], facts)
        # What a measure means stands on the page.
        found[name] = [remark for remark in said if not remark["code"].startswith("means_")]
    return found


def _selection(parts: list[dict[str, Any]]) -> Any:
    """How the pairs with two answers came to be labelled."""
    chosen = {part["value"] for part in parts if part["units_with_overlap"]}
    if chosen == {"random"}:
        return "random"
    return "active" if chosen == {"chosen"} else "mixed" if chosen else None
