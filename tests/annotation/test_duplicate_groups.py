"""Which videos and pairs are one, what people decide about that, and taking it back."""

import random
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from annotation.models import PairTwin, Role, TwinDecision, VideoGroup, VideoTwin
from annotation.queries.duplicates import Effect, effects, pairs_with_themselves, twins_of_pair
from annotation.services.duplicates import decisions
from annotation.services.duplicates.grouping import components, regroup
from tests.annotation.twins import merged, twice
from tests.factories import PairFactory, UserFactory, VideoFactory

pytestmark = pytest.mark.django_db

links = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), max_size=20)


def groups() -> dict[int, int]:
    return dict(PairTwin.objects.values_list("pair", "group"))


def joined_by_walking(pairs: list[tuple[int, int]]) -> dict[int, int]:
    """The same partition the slow way: from each video, walk every link."""
    found = {}
    for start in {video for pair in pairs for video in pair}:
        reached, frontier = {start}, [start]
        while frontier:
            here = frontier.pop()
            near = {b if a == here else a for a, b in pairs if here in (a, b)}
            frontier += near - reached
            reached |= near
        found[start] = min(reached)
    return found


@given(links, st.randoms(use_true_random=False))
def test_groups_are_what_links_connect_and_no_more_in_whatever_order(
    pairs: list[tuple[int, int]], order: random.Random
) -> None:
    shuffled = [pair[::-1] if order.random() < 0.5 else pair for pair in pairs]
    order.shuffle(shuffled)
    assert components(shuffled) == components(pairs) == joined_by_walking(pairs)


def test_groups_made_step_by_step_are_those_that_are_made_at_once() -> None:
    videos = VideoFactory.create_batch(7)
    chance = random.Random(3)
    for one in videos:
        for other in chance.sample([each for each in videos if each != one], 3):
            PairFactory(rejected=one, recommended=other)
    coordinator = UserFactory(role=Role.COORDINATOR)
    twins = [
        VideoTwin.objects.create(video=a, twin=b, methods=["text"], score=1)
        for a, b in [(videos[0], videos[1]), (videos[1], videos[4]), (videos[2], videos[6])]
    ]
    regroup()
    for _ in range(12):
        decide = chance.choice([decisions.merge, decisions.reject])
        decide(twin=chance.choice(twins), by=coordinator)
        stepwise = groups(), dict(VideoGroup.objects.values_list("video", "group"))
        assert regroup() == set()
        assert stepwise == (groups(), dict(VideoGroup.objects.values_list("video", "group")))


def test_a_pair_the_other_way_round_is_one_with_it_unless_the_study_says_no(settings) -> None:
    pair = PairFactory()
    back = PairFactory(rejected=pair.recommended, recommended=pair.rejected)
    PairFactory(rejected=pair.rejected)
    regroup()
    assert groups() == {pair.pk: pair.pk, back.pk: pair.pk}
    settings.REVERSED_PAIRS_ARE_TWINS = False
    assert regroup() == {pair.pk, back.pk}
    assert groups() == {}


def test_pairs_of_a_video_and_of_its_copy_with_the_same_third_are_one() -> None:
    video, copy = twice()
    third = VideoFactory()
    first = PairFactory(rejected=video, recommended=third)
    second = PairFactory(rejected=third, recommended=copy)
    other = PairFactory(rejected=copy)
    merged(video, copy)
    assert groups() == {first.pk: first.pk, second.pk: first.pk}
    assert [pair.pk for pair in twins_of_pair(pair=first)] == [second.pk]
    assert twins_of_pair(pair=other) == []


def test_a_video_against_its_own_copy_is_reported_and_merged_with_nothing() -> None:
    video, copy = twice()
    another = VideoFactory()
    pair = PairFactory(rejected=video, recommended=copy)
    PairFactory(rejected=video, recommended=another)
    merged(video, copy)
    merged(video, another)
    assert groups() == {}
    assert pairs_with_themselves()[0] == pair.pk
    assert len(pairs_with_themselves()) == 2


def test_telling_a_merged_twin_apart_undoes_it_and_keeps_who_said_what() -> None:
    video, copy = twice()
    first = PairFactory(rejected=video)
    second = PairFactory(rejected=copy, recommended=first.recommended)
    twin = merged(video, copy)
    assert groups() == {first.pk: first.pk, second.pk: first.pk}
    coordinator = UserFactory(role=Role.COORDINATOR)
    decided = decisions.reject(twin=twin, by=coordinator)
    assert (decided.pairs, decided.still_one, groups()) == (2, False, {})
    said = TwinDecision.objects.filter(twin=twin).values_list("state", "decided_by")
    assert list(said)[1:] == [("rejected", coordinator.pk)]
    assert len(said) == 2


def test_two_that_others_still_connect_are_said_to_be_one_still() -> None:
    one, two, three = VideoFactory.create_batch(3)
    merged(one, two)
    merged(two, three)
    last = merged(one, three)
    assert decisions.reject(twin=last, by=UserFactory()).still_one


def test_deciding_the_same_again_adds_nothing() -> None:
    twin = merged(*twice())
    decisions.merge(twin=twin, by=UserFactory())
    assert twin.decisions.count() == 1


def test_a_decision_can_neither_be_changed_nor_deleted() -> None:
    twin = merged(*twice())
    for change in (lambda d: d.update(state="rejected"), lambda d: d.delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change(twin.decisions.all())


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"swap": True}, "twin_in_order"),
        ({"same": True}, "twin_in_order"),
        ({"methods": ["guess"]}, "twin_methods_known"),
        ({"methods": []}, "twin_methods_known"),
        ({"score": 1.1}, "twin_score"),
        ({"state": "perhaps", "decided_at": timezone.now()}, "twin_state_known"),
        ({"state": "merged"}, "twin_decided_at_some_time"),
    ],
)
def test_a_twin_that_makes_no_sense_is_refused(fields: dict[str, Any], constraint: str) -> None:
    one, other = VideoFactory.create_batch(2)
    if fields.pop("swap", False):
        one, other = other, one
    if fields.pop("same", False):
        other = one
    with pytest.raises(IntegrityError, match=constraint):
        VideoTwin.objects.create(
            **({"video": one, "twin": other, "methods": ["text"], "score": 1} | fields)
        )


def test_two_videos_are_twins_once_and_a_group_is_under_its_lowest_pair() -> None:
    first, second = PairFactory.create_batch(2)
    with pytest.raises(IntegrityError, match="pair_twin_in_order"), transaction.atomic():
        PairTwin.objects.create(pair=first, group=second)
    twin = merged(*twice())
    with pytest.raises(IntegrityError, match="twin_once"):
        VideoTwin.objects.create(video=twin.video, twin=twin.twin, methods=["text"], score=1)


def test_the_effect_of_merging_is_counted_in_pairs_and_judgements() -> None:
    video, copy = twice()
    for third in VideoFactory.create_batch(2):
        PairFactory(rejected=video, recommended=third)
        PairFactory(rejected=copy, recommended=third)
    PairFactory(rejected=copy)
    twin = VideoTwin.objects.create(video=video, twin=copy, methods=["title"], score=0.8)
    assert effects([twin]) == {twin.pk: Effect(pairs=4, judgements=2, campaigns=0)}
    decisions.merge(twin=twin, by=UserFactory())
    assert effects([twin])[twin.pk].pairs == PairTwin.objects.count() == 4
