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
    report = AgreementReport.objects.create(campaign=campaign, last_label=last, figures=figures)
    kept = campaign.reports.values_list("pk", flat=True)[:KEPT_REPORTS]
    campaign.reports.exclude(pk__in=list(kept)).delete()
    return report
