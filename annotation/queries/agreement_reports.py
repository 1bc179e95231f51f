"""The figures of agreement as workers last computed them, of one campaign beside another."""

from collections.abc import Iterable
from typing import Any

from annotation.models import AgreementReport, Campaign


def figures_by_campaign(names: Iterable[str]) -> list[dict[str, Any]]:
    """Of each campaign that has a report: "value" (its slug), "name", and these figures of the
    newest one. The campaigns that are served first come first."""
    wanted = list(names)
    newest = (
        AgreementReport.objects.filter(campaign__in=Campaign.objects.all())
        .order_by("campaign", "-id")
        .distinct("campaign")
        .values("campaign", *(f"figures__{name}" for name in wanted))
    )
    found = {row["campaign"]: row for row in newest}
    return [
        {
            "value": campaign.slug,
            "name": campaign.name,
            **{name: found[campaign.pk][f"figures__{name}"] for name in wanted},
        }
        for campaign in Campaign.objects.all()
        if campaign.pk in found
    ]
