from collections.abc import Iterator

from annotation.models import Campaign, Label


def current_votes(*, campaign: Campaign) -> Iterator[tuple[int, str, str]]:
    """(pair, username, verdict) of every label that stands now, streamed in a fixed order."""
    labels = Label.objects.filter(campaign=campaign).current().order_by("pair_id", "assistant_id")
    return labels.values_list("pair_id", "assistant__username", "verdict").iterator(5000)


def last_label(*, campaign: Campaign) -> int:
    """The id of the campaign's newest label; 0 when there is none."""
    newest = Label.objects.filter(campaign=campaign).order_by("-id").values_list("id", flat=True)
    return newest.first() or 0
