"""Everything that the dashboards show, brought up to date together."""

from annotation.models import Campaign
from annotation.services.agreement import refresh_report
from annotation.services.consensus import refresh_consensus
from annotation.services.labels_now import LabelsNow
from annotation.services.locks import refreshing
from annotation.services.reliability import refresh_reliability


def refresh_figures(*, campaign: Campaign) -> bool:
    """Whether this did it; not where another worker is at it."""
    with refreshing(campaign) as free:
        if free:
            now = LabelsNow(campaign)
            refresh_report(campaign=campaign, now=now)
            refresh_reliability(campaign=campaign, now=now)
            del now  # a million labels, which the next one reads with what models say of them
            refresh_consensus(campaign=campaign)
    return free
