"""Everything that the dashboards show, brought up to date together."""

import structlog
from django.db import connection

from annotation.models import Campaign
from annotation.services.agreement import refresh_report
from annotation.services.consensus import refresh_consensus
from annotation.services.labels_now import LabelsNow
from annotation.services.locks import refreshing
from annotation.services.reliability import refresh_reliability

log = structlog.get_logger(__name__)


def refresh_all_figures() -> None:
    """Of every campaign, closed ones too: pairs that are out then are still answered, and known
    answers still come. Where nothing changed this asks a few numbers and goes on.

    Raises: ExceptionGroup, once all others are done, of what kept a campaign from it.
    """
    failed = []
    for campaign in Campaign.objects.all():
        try:
            refresh_figures(campaign=campaign)
        except Exception as error:
            log.exception("figures not refreshed", campaign=campaign.slug)
            failed.append(error)
            if not connection.in_atomic_block:
                # If it took the connection along, the next one gets a new one.
                connection.close_if_unusable_or_obsolete()
    if failed:
        raise ExceptionGroup(f"The figures of {len(failed)} campaigns were not refreshed", failed)


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
