"""What a person decides about two videos. It can always be decided the other way again."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from annotation.models import TwinDecision, User, VideoGroup, VideoTwin
from annotation.services.duplicates.grouping import regroup
from annotation.services.duplicates.statements import hold_groups


@dataclass(frozen=True, slots=True)
class Decided:
    """pairs: whose group has changed. still_one: other merges connect the two nevertheless."""

    pairs: int
    still_one: bool


def merge(*, twin: VideoTwin, by: User) -> Decided:
    """Judge the pairs of both videos as one from now on."""
    return _decide(twin, VideoTwin.State.MERGED, by)


def reject(*, twin: VideoTwin, by: User) -> Decided:
    """Tell the two videos apart from now on, also when they were merged: the undo.

    No label changes. A search does not merge the two again.
    """
    return _decide(twin, VideoTwin.State.REJECTED, by)


def _decide(twin: VideoTwin, state: VideoTwin.State, by: User) -> Decided:
    with transaction.atomic():
        hold_groups()
        twin.refresh_from_db(fields=["state", "decided_by"])
        if twin.state == state and twin.decided_by_id:
            return Decided(0, False)
        twin.state, twin.decided_by, twin.decided_at = state, by, timezone.now()
        twin.save(update_fields=["state", "decided_by", "decided_at"])
        TwinDecision.objects.create(twin=twin, state=state, decided_by=by)
        pairs = regroup({twin.video_id, twin.twin_id})
        return Decided(len(pairs), state == VideoTwin.State.REJECTED and _are_one(twin))


def _are_one(twin: VideoTwin) -> bool:
    both = VideoGroup.objects.filter(video__in=(twin.video_id, twin.twin_id))
    groups = list(both.values_list("group", flat=True))
    return len(groups) == 2 and groups[0] == groups[1]
