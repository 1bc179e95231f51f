"""What is said about a pair and a person, against what a claim really does."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from annotation.models import (
    Campaign,
    GoldAnswer,
    QueueItem,
    User,
)
from annotation.queries.eligibility import Outcome
from annotation.services.claim import claim
from annotation.services.cursors import queue_cursors
from annotation.services.labels import skip, submit
from annotation.services.policies import note_reading
from annotation.services.queue import rerank
from tests.annotation.asking import (
    PAST,
    SOON,
    UNSURE,
    asked,
    budget,
    change,
    first_pair,
    given,
    run_out,
)
from tests.factories import (
    PolicyFactory,
    UserFactory,
    add_pairs,
    campaign_with_pairs,
    queue_of,
)

pytestmark = pytest.mark.django_db


def change_item(campaign: Campaign, **fields: object) -> None:
    QueueItem.objects.filter(generation=campaign.generation_id, rank=1).update(**fields)


def label(person: User, count: int = 1) -> None:
    for _ in range(count):
        (assignment,) = claim(assistant=person)
        submit(assistant=person, assignment_id=assignment.pk, answer=UNSURE)


def _budget_of_one(campaign: Campaign, person: User) -> None:
    budget(campaign, "person", 1, "pairs", "day")
    claim(assistant=person)


def _hours_used_up(campaign: Campaign, person: User) -> None:
    budget(campaign, "campaign", 0, "hours", "total")


def _members_only(campaign: Campaign, person: User) -> None:
    change(campaign, everyone=False)
    campaign.members.add(UserFactory())


def _answered(campaign: Campaign, person: User) -> None:
    label(person)


def _new_version(campaign: Campaign, person: User) -> None:
    note_reading(person=person, policies=[campaign.policy_id])
    change(campaign, policy=PolicyFactory())


def _skipped(campaign: Campaign, person: User) -> None:
    (assignment,) = claim(assistant=person)
    skip(assistant=person, assignment_id=assignment.pk)


def _answered_by_others(campaign: Campaign, person: User) -> None:
    label(UserFactory())


def _lapsed_with_a_colleague(campaign: Campaign, person: User) -> None:
    colleague = UserFactory()
    claim(assistant=colleague)
    run_out(colleague)


def _inactive(campaign: Campaign, person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def _reader_of_french(campaign: Campaign, person: User) -> None:
    User.objects.filter(pk=person.pk).update(languages=["fr"], any_language=False)


def _without_queue(campaign: Campaign, person: User) -> None:
    change(campaign, generation=None)


def _known(campaign: Campaign, person: User) -> None:
    GoldAnswer.objects.create(campaign=campaign, pair_id=first_pair(campaign), verdict="similar")
    rerank(campaign=campaign, run=None)


def _known_and_asked(campaign: Campaign, person: User) -> None:
    _known(campaign, person)
    change(campaign, gold_share=1)
    claim(assistant=person)
    run_out(person)


REFUSALS: list[tuple[Callable[[Campaign, User], object], str]] = [
    (lambda c, p: change(c, state="paused"), "The campaign is paused."),
    (lambda c, p: change(c, state="closed"), "The campaign is closed."),
    (lambda c, p: change(c, opens_at=timezone.now() + SOON), "The campaign opens today"),
    (lambda c, p: change(c, closes_at=timezone.now() + PAST), "The campaign closed today"),
    (_members_only, "not one of the campaign’s members"),
    (_without_queue, "has no queue yet"),
    (_new_version, "of the policy before the next pair."),
    (_inactive, "can no longer sign in"),
    (_answered, "Ana answered it today."),
    (_skipped, "Not for Ana, by their own choice"),
    (_answered_by_others, "Has its 1 label."),
    (lambda c, p: claim(assistant=UserFactory()), "Out with a colleague until"),
    (_reader_of_french, "In German, which Ana does not read and did not opt in to."),
    (
        lambda c, p: change_item(c, routed_to=[-1], routed_until=timezone.now() + SOON),
        "for those with the best record",
    ),
    (_hours_used_up, "Total budget of everybody together used up: 0 of 0 hours."),
    (_known, "the campaign mixes no known answers in"),
    (_known_and_asked, "a known answer is asked once"),
]


@pytest.mark.parametrize(("set_up", "says"), REFUSALS)
def test_a_rule_that_refuses_a_pair_is_named_and_the_claim_refuses_it(set_up, says) -> None:
    campaign = campaign_with_pairs(4, languages="de")
    person = UserFactory(first_name="Ana")
    pair = first_pair(campaign)
    assert asked(campaign, pair, person).outcome == Outcome.NEXT
    set_up(campaign, person)
    found = asked(campaign, pair, person)
    assert says in found.says
    assert [check for check in found.checks if not check.holds]


ADMISSIONS: list[tuple[Callable[[Campaign, User], object], Outcome, str]] = [
    (lambda c, p: None, Outcome.NEXT, "Would be served to Ana next."),
    (lambda c, p: claim(assistant=p), Outcome.HELD, "Ana has it now, until"),
    (lambda c, p: (change(c, everyone=False), c.members.add(p)), Outcome.NEXT, "next"),
    (lambda c, p: (claim(assistant=p), run_out(p)), Outcome.NEXT, "next"),
    (_lapsed_with_a_colleague, Outcome.NEXT, "next"),
    (lambda c, p: change(c, opens_at=timezone.now() + PAST), Outcome.NEXT, "next"),
    (lambda c, p: change(c, closes_at=timezone.now() + SOON), Outcome.NEXT, "next"),
    (
        lambda c, p: change_item(c, routed_to=[p.pk], routed_until=timezone.now() + SOON),
        Outcome.NEXT,
        "next",
    ),
    (
        lambda c, p: change_item(c, routed_to=[-1], routed_until=timezone.now() + PAST),
        Outcome.NEXT,
        "next",
    ),
    (lambda c, p: budget(c, "person", 1, "pairs", "day"), Outcome.NEXT, "next"),
    (
        lambda c, p: campaign_with_pairs(2, name="Urgent", priority=9),
        Outcome.IN_LINE,
        "1st of the pairs that Ana may get now. Urgent comes first.",
    ),
    (
        lambda c, p: User.objects.filter(pk=p.pk).update(languages=["de"], any_language=False),
        Outcome.NEXT,
        "next",
    ),
    (lambda c, p: (_known(c, p), change(c, gold_share=1)), Outcome.NEXT, "next"),
]


@pytest.mark.parametrize(("set_up", "outcome", "says"), ADMISSIONS)
def test_a_pair_that_is_said_to_be_served_is_what_a_claim_gives(set_up, outcome, says) -> None:
    campaign = campaign_with_pairs(4, languages="de")
    person = UserFactory(first_name="Ana")
    pair = first_pair(campaign)
    set_up(campaign, person)
    found = asked(campaign, pair, person)
    assert (found.outcome, says in found.says) == (outcome, True), found.says


def test_pairs_further_back_are_counted_by_what_this_person_may_get() -> None:
    campaign = campaign_with_pairs(6)
    person = UserFactory(first_name="Ana")
    label(UserFactory(), 2)
    pairs = list(queue_of(campaign).items.order_by("rank").values_list("pair_id", flat=True))
    assert asked(campaign, pairs[4], person).says == "3rd of the pairs that Ana may get now."


def test_a_pair_beyond_what_the_budget_leaves_waits() -> None:
    campaign = campaign_with_pairs(6)
    person = UserFactory()
    budget(campaign, "person", 2, "pairs", "day")
    pairs = list(queue_of(campaign).items.order_by("rank").values_list("pair_id", flat=True))
    assert asked(campaign, pairs[1], person).is_served
    beyond = asked(campaign, pairs[2], person)
    assert beyond.says == "3rd in line, and the budgets leave 2 pairs."


def test_a_daily_budget_that_is_used_up_is_said_with_its_figures() -> None:
    campaign = campaign_with_pairs(4)
    person = UserFactory()
    budget(campaign, "person", 2, "pairs", "day")
    label(person, 2)
    found = asked(campaign, first_pair(campaign), UserFactory())
    assert found.says == "Has its 1 label."
    last = queue_of(campaign).items.order_by("-rank").values_list("pair_id", flat=True)[0]
    found = asked(campaign, last, person)
    assert found.says == "Daily budget of each person used up: 2 of 2 pairs."
    assert found.outcome == Outcome.WAITS


def test_known_answers_take_their_turns_between_the_others() -> None:
    campaign = campaign_with_pairs(12, gold_share=0.4)
    for pair in add_pairs(campaign, 4):
        GoldAnswer.objects.create(campaign=campaign, pair=pair, verdict="similar")
    person = UserFactory()
    turns = {pair: asked(campaign, pair, person).turn for pair in given(person)}
    queue_cursors.forget()
    for turn in range(1, 9):
        (assignment,) = claim(assistant=person)
        assert turns[assignment.pair_id] == turn
        submit(assistant=person, assignment_id=assignment.pk, answer=UNSURE)
