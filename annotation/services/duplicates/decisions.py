"""What a person decides about two videos. It can always be decided the other way again."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from annotation.models import TwinDecision, User, VideoGroup, VideoTwin
from annotation.services.duplicates.grouping import regroup
from annotation.services.duplicates.statements import hold_groups_soon


@dataclass(frozen=True, slots=True)
class Decided:
    """pairs: whose group has changed. still_one: other merges connect the two nevertheless.
    told_apart: two videos that somebody told apart are in the merged group."""

    pairs: int
    still_one: bool = False
    told_apart: bool = False


def merge(*, twin: VideoTwin, by: User) -> Decided:
    """Judge the pairs of both videos as one from now on.

    Raises: GroupsHeldError when a search is deciding.
    """
    return _decide(twin, VideoTwin.State.MERGED, by)


def reject(*, twin: VideoTwin, by: User) -> Decided:
    """Tell the two videos apart from now on, also when they were merged: the undo.

    No label changes. A search does not merge the two again.

    Raises: GroupsHeldError when a search is deciding.
    """
    return _decide(twin, VideoTwin.State.REJECTED, by)


def _decide(twin: VideoTwin, state: VideoTwin.State, by: User) -> Decided:
    with transaction.atomic():
        hold_groups_soon()
        twin.refresh_from_db(fields=["state", "decided_by"])
        if twin.state == state and twin.decided_by_id:
            return Decided(0)
        twin.state, twin.decided_by, twin.decided_at = state, by, timezone.now()
        twin.save(update_fields=["state", "decided_by", "decided_at"])
        TwinDecision.objects.create(twin=twin, state=state, decided_by=by)
        pairs = regroup({twin.video_id, twin.twin_id})
        group = _group_of_both(twin)
        if state == VideoTwin.State.REJECTED:
            return Decided(len(pairs), still_one=group is not None)
        return Decided(len(pairs), told_apart=_told_apart_within(group))


def _group_of_both(twin: VideoTwin) -> int | None:
    both = VideoGroup.objects.filter(video__in=(twin.video_id, twin.twin_id))
    groups = list(both.values_list("group_id", flat=True))
    return groups[0] if len(groups) == 2 and groups[0] == groups[1] else None


def _told_apart_within(group: int | None) -> bool:
    members = VideoGroup.objects.filter(group=group).values("video")
    told_apart = VideoTwin.objects.filter(state=VideoTwin.State.REJECTED)
    return told_apart.filter(video__in=members, twin__in=members).exists()
