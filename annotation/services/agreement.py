from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annotation.models import AgreementReport, Campaign
from annotation.queries.report import count_work
from annotation.queries.study_progress import KEY, count_progress, is_of_today
from annotation.queries.votes import StandingLabels
from annotation.services.agreement_parts import answers_of, parts_of, ratings_of, reasons_of
from annotation.services.labels_now import LabelsNow
from annotation.services.policy_doubts import policy_doubts
from annotation.services.self_agreement import self_agreement
from annotation.version import code_version

if TYPE_CHECKING:
    from modeling.agreement.ratings import Ratings

KEPT_REPORTS = 200
# As of the other figures.
RESAMPLES = 500


def refresh_report(*, campaign: Campaign, now: LabelsNow | None = None) -> AgreementReport | None:
    """Compute the figures of agreement and progress anew where labels came since the last report,
    or the day has changed and the campaign goes on.

    Returns the newest report; None while there is no label.
    """
    newest, now = campaign.reports.first(), now or LabelsNow(campaign)
    if not _is_due(campaign, newest, now):
        return newest
    figures = _figures(now.standing)
    figures["answers"] = answers_of(now.standing) | count_work(campaign=campaign)
    figures["repeats"] = self_agreement(campaign=campaign) | {"last_label": now.last_repeat}
    figures[KEY] = count_progress(campaign=campaign)
    report = AgreementReport.objects.create(
        campaign=campaign, last_label=now.last_label, figures=figures
    )
    kept = campaign.reports.values_list("pk", flat=True)[:KEPT_REPORTS]
    campaign.reports.exclude(pk__in=list(kept)).delete()
    return report


def _is_due(campaign: Campaign, newest: AgreementReport | None, now: LabelsNow) -> bool:
    if newest is None:
        return now.last_label > 0
    seen = newest.last_label, newest.figures.get("repeats", {}).get("last_label", 0)
    if seen != (now.last_label, now.last_repeat):
        # In a closed campaign, too: what was out then is still taken.
        return True
    return campaign.state != Campaign.State.CLOSED and not is_of_today(newest)


def _figures(given: StandingLabels) -> dict[str, Any]:
    from modeling.agreement.facets import agreement_in
    from modeling.agreement.remarks import remarks_by
    from modeling.agreement.report import report_on
    from modeling.agreement.sets import report_on_sets

    ratings = ratings_of(given)
    figures = report_on(ratings)
    parts = parts_of(ratings, given)
    figures["by"] = agreement_in(ratings, parts)
    figures["policy"] = policy_doubts(ratings, given, parts)
    figures["reasons"] = report_on_sets(*reasons_of(ratings, given), resamples=RESAMPLES)
    selection = _selection(figures["by"].get("selection", []))
    remarks = remarks_by(figures, _shared_labels(ratings), selection=selection)
    # What a measure means stands on the page.
    figures["remarks"] = {
        name: [remark for remark in said if not remark["code"].startswith("means_")]
        for name, said in remarks.items()
    }
    figures["code_version"] = code_version()
    return figures


def _shared_labels(ratings: Ratings) -> list[float]:
    """How often each label was given where two people or more answered."""
    import numpy as np

    often = np.bincount(ratings.unit, minlength=len(ratings.units))
    shared = ratings.label[often[ratings.unit] > 1]
    counts: list[float] = np.bincount(shared, minlength=len(ratings.labels)).tolist()
    return counts


def _selection(parts: list[dict[str, Any]]) -> Any:
    """How the pairs with two answers came to be labelled."""
    chosen = {part["value"] for part in parts if part["units_with_overlap"]}
    if chosen == {"random"}:
        return "random"
    return "active" if chosen == {"chosen"} else "mixed" if chosen else None
