from typing import Any

from annotation.models import AgreementReport, Campaign
from annotation.queries.votes import last_label, votes_with_facts
from annotation.version import code_version

KEPT_REPORTS = 200


def refresh_report(*, campaign: Campaign) -> AgreementReport | None:
    """Compute the agreement figures anew where labels came since the last report.

    Returns the newest report; None while there is no label.
    """
    newest, last = campaign.reports.first(), last_label(campaign=campaign)
    if last == (newest.last_label if newest else 0):
        return newest
    from modeling.agreement.facets import agreement_by
    from modeling.agreement.remarks import remarks_on
    from modeling.agreement.report import agreement_report

    voted = list(votes_with_facts(campaign=campaign))
    votes = [vote for vote, _ in voted]
    figures = agreement_report(votes)
    figures["by"] = agreement_by(voted)
    selection = _selection(figures["by"].get("selection", []))
    remarks = remarks_on(figures, votes, selection=selection)
    # What a measure means stands on the page.
    figures["remarks"] = {
        name: [remark for remark in said if not remark["code"].startswith("means_")]
        for name, said in remarks.items()
    }
    figures["code_version"] = code_version()
    report = AgreementReport.objects.create(campaign=campaign, last_label=last, figures=figures)
    kept = campaign.reports.values_list("pk", flat=True)[:KEPT_REPORTS]
    campaign.reports.exclude(pk__in=list(kept)).delete()
    return report


def _selection(parts: list[dict[str, Any]]) -> Any:
    """How the pairs with two answers came to be labelled."""
    chosen = {part["value"] for part in parts if part["units_with_overlap"]}
    if chosen == {"random"}:
        return "random"
    return "active" if chosen == {"chosen"} else "mixed" if chosen else None
