"""Everything that the dashboards show, brought up to date together."""

from annotation.models import Campaign
from annotation.services.agreement import refresh_report
from annotation.services.consensus import refresh_consensus
from annotation.services.locks import refreshing
from annotation.services.reliability import refresh_reliability


def refresh_figures(*, campaign: Campaign) -> bool:
    """Whether this did it; not where another worker is at it."""
    with refreshing(campaign) as free:
        if free:
            refresh_report(campaign=campaign)
            refresh_consensus(campaign=campaign)
            refresh_reliability(campaign=campaign)
    return free
