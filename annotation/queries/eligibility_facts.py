"""All that decides whether a pair is handed to a person, read once."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connection

from annotation.lanes import lane_of, lanes_read_by
from annotation.models import (
    Assignment,
    Campaign,
    GoldAnswer,
    LearningPair,
    Pair,
    PoolPair,
    QueueItem,
    User,
)
from annotation.queries.budgets import Standing, standings
from annotation.queries.gold import UNSEEN_GOLD
from annotation.queries.learning import Learning, learning_of
from annotation.queries.mixed_in import handed_out
from annotation.queries.not_queued import labels_wanted
from annotation.queries.ready import count_ready
from annotation.queries.repeats import count_repeatable
from annotation.queries.topics import topics_of

# Nobody asks what comes after so many pairs.
FAR = 10_000


@dataclass(frozen=True)
class Facts:
    """`own` is this person's assignment of the pair, `again` the one to judge it once more, and
    `others` are those of everybody else."""

    campaign: Campaign
    pair: Pair
    person: User
    now: datetime
    is_member: bool
    in_pool: bool
    own: Assignment | None
    again: Assignment | None
    others: list[Assignment]
    item: QueueItem | None
    gold: GoldAnswer | None
    lesson: LearningPair | None

    @property
    def name(self) -> str:
        return self.person.display_name

    @property
    def lane(self) -> str:
        return lane_of(self.pair.rejected.language, self.pair.recommended.language)

    @property
    def is_held(self) -> bool:
        """Whether the person has the pair now, which is theirs until the lease runs out."""
        leased = any(
            each is not None and each.state == Assignment.State.LEASED
            for each in (self.own, self.again)
        )
        return leased and self.campaign.state == Campaign.State.OPEN

    @property
    def may_come_again(self) -> bool:
        """Whether the person judged the pair and may be asked once more, at some time."""
        judged = self.own is not None and self.own.state == Assignment.State.LABELLED
        is_open = self.gold is None and self.lesson is None and self.again is None
        return judged and is_open and self.campaign.repeat_share > 0

    @property
    def has_come_back(self) -> bool:
        """Whether the person skipped the pair and may be asked again by now."""
        own = self.own
        if own is None or own.state != Assignment.State.SKIPPED or self.comes_as_gold:
            return False
        return own.comes_back_at is not None and own.comes_back_at <= self.now

    @property
    def comes_as_gold(self) -> bool:
        """Whether the pair comes as a known answer, not by its place in the queue."""
        is_due = self.campaign.gold_share > 0 and self.own is None
        return self.gold is not None and (is_due or self.item is None)

    @property
    def labels(self) -> int:
        """How many people's labels the pair has."""
        everyone = [*self.others, *([self.own] if self.own else [])]
        return sum(each.state == Assignment.State.LABELLED for each in everyone)

    @property
    def out(self) -> list[Assignment]:
        """Leases that colleagues have on the pair, the first to run out in front."""
        leased = [each for each in self.others if each.state == Assignment.State.LEASED]
        return sorted(leased, key=lambda each: each.lease_expires_at)

    @cached_property
    def is_kept_off(self) -> bool:
        """Whether the person passed the pair on for good or for a while, or keeps such pairs off
        their queue. Which of them is theirs to know."""
        skipped = self.own is not None and self.own.state == Assignment.State.SKIPPED
        if skipped and not self.has_come_back:
            return True
        by_place = self.item is not None and not self.comes_as_gold
        topics = self.item.topics if self.item and by_place else topics_of(self.pair)
        return bool(topics & self.person.topics_off)

    @cached_property
    def wanted(self) -> int:
        """How many labels the pair wants in all, by the campaign's rule."""
        if self.item:
            return self.item.wanted
        return labels_wanted(campaign=self.campaign, pair=self.pair)

    @cached_property
    def learning(self) -> Learning:
        return learning_of(person=self.person, campaign=self.campaign)

    @cached_property
    def standings(self) -> list[Standing]:
        if not self.campaign.counts_use:
            return []
        return standings(campaign=self.campaign, assistant=self.person)

    @cached_property
    def place(self) -> int:
        """The pair's place among those of the queue that the person may be handed, from 1."""
        assert self.item is not None
        return count_ready(
            campaign=self.campaign, assistant=self.person, up_to_rank=self.item.rank, most=FAR
        )

    @cached_property
    def unseen_gold(self) -> list[int]:
        """The known pairs that the person may still get, in their order."""
        if self.campaign.gold_share == 0:
            return []
        parameters: dict[str, Any] = {
            "campaign": self.campaign.pk,
            "assistant": self.person.pk,
            "any_language": self.person.any_language,
            "lanes": lanes_read_by(self.person.languages),
            "topics_off": self.person.topics_off,
        }
        with connection.cursor() as cursor:
            cursor.execute(UNSEEN_GOLD, parameters)
            return [pair for (pair,) in cursor]

    @cached_property
    def repeatable(self) -> int:
        """How many pairs the person may be shown once more; counts no further than FAR."""
        return count_repeatable(campaign=self.campaign, person=self.person, most=FAR)

    @cached_property
    def seen_so_far(self) -> int:
        return handed_out(campaign=self.campaign, assistant_id=self.person.pk)


def facts_about(*, campaign: Campaign, pair: Pair, person: User) -> Facts:
    """What is true now, by the database's clock."""
    assignments = list(Assignment.objects.filter(campaign=campaign, pair=pair))
    own = [each for each in assignments if each.assistant_id == person.pk]
    again = Assignment.objects.filter(campaign__repeats_of=campaign, pair=pair, assistant=person)
    return Facts(
        campaign=campaign,
        pair=pair,
        person=person,
        now=_now(),
        is_member=campaign.everyone or campaign.members.filter(pk=person.pk).exists(),
        in_pool=PoolPair.objects.filter(campaign=campaign, pair=pair).exists(),
        own=own[0] if own else None,
        again=again.first(),
        others=[each for each in assignments if each.assistant_id != person.pk],
        item=QueueItem.objects.filter(generation=campaign.generation_id, pair=pair).first(),
        gold=GoldAnswer.objects.filter(campaign=campaign, pair=pair).first(),
        lesson=LearningPair.objects.filter(campaign=campaign, pair=pair).first(),
    )


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now
