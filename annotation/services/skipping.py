"""What is kept of a pair that was handed back."""

from datetime import timedelta
from typing import Any

from annotation.models import Assignment, Campaign
from annotation.models.assignments import PASSING
from annotation.services.clock import ClockTimestamp


def what_is_kept(assignment: Assignment, reason: str | None) -> dict[str, Any]:
    """The reason, where one was given, and when the pair may come back to this person: only where
    the campaign has it so, and only for reasons that may pass."""
    comes_back = _comes_back(assignment.campaign_id) if reason in PASSING else None
    return {"skip_reason": reason, "comes_back_at": comes_back}


def _comes_back(campaign_id: int) -> Any:
    rule = Campaign.every.only("skipped_pairs", "skipped_hours").get(pk=campaign_id)
    if rule.skipped_pairs != Campaign.SkippedPairs.COME_BACK:
        return None
    return ClockTimestamp() + timedelta(hours=rule.skipped_hours)
