"""Which of a person's pairs do not come from the queue: known ones, and ones they judged before."""

from hashlib import blake2b

from django.db.models import Q

from annotation.models import Assignment, Campaign


def is_gold(campaign: Campaign, assistant_id: int, number: int) -> bool:
    """Whether a person's `number`-th pair is a known one: nobody can guess, anybody can repeat."""
    return _draw(f"{campaign.pk}/{assistant_id}/{number}") < campaign.gold_share


def is_repeat(campaign: Campaign, assistant_id: int, number: int) -> bool:
    """Whether it is one that they judged before; of a pair that is due both ways the known one
    comes."""
    drawn = _draw(f"{campaign.pk}/{assistant_id}/{number}/again") < campaign.repeat_share
    return drawn and not is_gold(campaign, assistant_id, number)


def handed_out(*, campaign: Campaign, assistant_id: int) -> int:
    """How many pairs of the campaign a person had so far, repeats included."""
    theirs = Assignment.objects.filter(assistant=assistant_id)
    return theirs.filter(Q(campaign=campaign) | Q(campaign__repeats_of=campaign)).count()


def _draw(text: str) -> float:
    """From 0 to below 1."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) / 2**64
