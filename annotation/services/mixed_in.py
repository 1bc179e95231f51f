"""What is mixed into a person's work at the campaign's rate: known pairs, and repeats."""

from datetime import datetime
from uuid import UUID

from annotation.models import Campaign, User
from annotation.queries.mixed_in import handed_out, is_gold, is_repeat
from annotation.services.gold import claim_gold
from annotation.services.repeats import claim_repeats


def claim_mixed_in(*, campaign: Campaign, assistant: User, wanted: int) -> dict[UUID, datetime]:
    """Lease those that are due among this person's next `wanted`, as far as there are any; returns
    the leases and when they were made."""
    if campaign.gold_share == 0 and campaign.repeat_share == 0:
        return {}
    so_far = handed_out(campaign=campaign, assistant_id=assistant.pk)
    numbers = range(so_far, so_far + wanted)
    got: dict[UUID, datetime] = {}
    if known := sum(is_gold(campaign, assistant.pk, number) for number in numbers):
        got |= claim_gold(campaign=campaign, assistant=assistant, count=known)
    if again := sum(is_repeat(campaign, assistant.pk, number) for number in numbers):
        got |= claim_repeats(campaign=campaign, assistant=assistant, count=again)
    return got
