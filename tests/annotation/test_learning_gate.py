"""Nobody is served by a campaign before they have learnt what it requires."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from annotation.models import Assignment, Campaign, User
from annotation.queries.learning import learning_of
from annotation.queries.learning_gate import people_who_have_learnt
from annotation.queries.nothing import why_nothing
from annotation.queries.queue_report import queue_report
from annotation.queries.serving import campaigns_for
from annotation.services.claim import claim
from annotation.services.dry_run import dry_run
from annotation.services.learning import LearningRefusedError
from annotation.services.learning_decisions import allow_another, take_back, waive
from tests.annotation.asking import asked, first_pair
from tests.annotation.asking import given as given_to
from tests.factories import UserFactory, campaign_with_pairs
from tests.learning import (
    DIFFERENT,
    PRACTICE,
    QUALIFICATION,
    SIMILAR,
    begin,
    go_through,
    teaching_campaign,
)

pytestmark = pytest.mark.django_db
# Of practice and qualification.
RULES = [
    ("off", "off"),
    ("off", "required"),
    ("required", "off"),
    ("offered", "required"),
    ("required", "offered"),
    ("required", "required"),
]
# What has happened to a person, and which of (practice, qualification) they have passed by it.
PASTS = {
    "nothing": (False, False),
    "began": (False, False),
    "practised": (True, False),
    "failed": (True, False),
    "passed": (True, True),
}

DEEDS = ["practise", "fail", "pass", "waive", "back", "another"]


def live(past: str, person: User, campaign: Campaign) -> None:
    """Let it happen while the campaign offers both, which the table of rules then changes."""
    if past == "nothing":
        return
    if past == "began":
        begin(person, campaign, PRACTICE)
        return
    go_through(person, campaign, PRACTICE, DIFFERENT)
    if past in ("failed", "passed"):
        go_through(person, campaign, answer=SIMILAR if past == "passed" else DIFFERENT)


@pytest.mark.parametrize(("past", "waived"), [*((past, False) for past in PASTS), ("failed", True)])
def test_by_every_rule_and_past_exactly_those_are_served_who_have_learnt(past, waived) -> None:
    campaign, person = offering_campaign(), UserFactory()
    live(past, person, campaign)
    if waived:
        waive(campaign=campaign, person=person, by=UserFactory())
    practised, qualified = PASTS[past]
    for practice, qualification in RULES:
        Campaign.objects.update(practice=practice, qualification=qualification)
        campaign.refresh_from_db()
        required = [
            *([practised or qualified] if practice == "required" else []),
            *([qualified] if qualification == "required" else []),
        ]
        expected = waived or qualified or all(required)
        served = bool(given_to(person))
        says = asked(campaign, first_pair(campaign), person)
        learnt = people_who_have_learnt(campaign)
        found = {
            "claim": served,
            "page": campaigns_for(person).exists(),
            "why": says.is_served,
            "state": learning_of(person=person, campaign=campaign).has_learnt,
            "people": learnt is None or person.pk in learnt,
            "report": queue_report(campaign=campaign).workers[0].may_get > 0,
            "dry run": bool(dry_run(campaign=campaign, people=[person], pairs=1)[0].served),
        }
        assert set(found.values()) == {expected}, (practice, qualification, found)


def offering_campaign() -> Campaign:
    campaign = teaching_campaign()
    Campaign.objects.update(practice="offered", qualification="offered")
    campaign.refresh_from_db()
    return campaign


class AnybodyAtAnyTime(TestCase):
    campaign: Campaign
    people: list[User]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.campaign, cls.people = teaching_campaign(), [UserFactory(), UserFactory()]

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(DEEDS), max_size=6))
    def test_whatever_happens_a_claim_serves_only_who_has_passed_or_is_waved_through(
        self, deeds: list[str]
    ) -> None:
        person, boss = self.people
        who = {"campaign": self.campaign, "person": person, "by": boss}
        passed = waived = False
        for deed in deeds:
            try:
                if deed == "practise":
                    go_through(person, self.campaign, PRACTICE, DIFFERENT)
                elif deed in ("pass", "fail"):
                    answer = SIMILAR if deed == "pass" else DIFFERENT
                    passed |= go_through(person, self.campaign, QUALIFICATION, answer).passed
                elif deed == "another":
                    allow_another(**who)
                else:
                    (waive if deed == "waive" else take_back)(**who)
                    waived = deed == "waive"
            except LearningRefusedError:
                pass
            assert bool(given_to(person, 1)) == (passed or waived)


def test_what_somebody_has_stays_theirs_when_the_campaign_begins_to_require_it() -> None:
    offering_campaign()
    person = UserFactory()
    (held,) = claim(assistant=person)
    Campaign.objects.update(qualification="required")
    assert [each.pk for each in claim(assistant=person, count=3)] == [held.pk]
    assert Assignment.objects.count() == 1


def test_another_campaign_serves_meanwhile() -> None:
    teaching_campaign(priority=5)
    other = campaign_with_pairs(2)
    assert [each.campaign_id for each in claim(assistant=UserFactory(), count=5)] == [other.pk] * 2


@pytest.mark.parametrize(
    ("past", "says"),
    [
        ("nothing", "Ana has not finished the practice round yet"),
        ("practised", "Ana has not passed the qualification yet"),
        ("failed twice", "Ana has not passed the qualification in 2 attempts"),
        ("waived", "boss waved Ana through."),
    ],
)
def test_the_page_of_the_queue_says_why(past: str, says: str) -> None:
    campaign = teaching_campaign()
    person = UserFactory(first_name="Ana")
    if past != "nothing":
        go_through(person, campaign, PRACTICE)
    if past == "failed twice":
        go_through(person, campaign, answer=DIFFERENT)
        go_through(person, campaign, answer=DIFFERENT)
    if past == "waived":
        waive(campaign=campaign, person=person, by=UserFactory(username="boss"))
    found = asked(campaign, first_pair(campaign), person)
    assert any(says in check.says for check in found.checks), found.checks


def test_a_pair_of_a_round_is_said_to_be_told() -> None:
    campaign = offering_campaign()
    lesson = campaign.learning_pairs.first()
    assert lesson is not None
    found = asked(campaign, lesson.pair_id, UserFactory())
    assert "stands in a practice or qualification round" in found.says


def test_the_reason_why_there_is_no_pair_is_what_can_be_done_first() -> None:
    campaign, person = teaching_campaign(), UserFactory()
    assert why_nothing(assistant=person).reason == "practice"
    go_through(person, campaign, PRACTICE)
    assert why_nothing(assistant=person).reason == "qualification"
    go_through(person, campaign, answer=DIFFERENT)
    go_through(person, campaign, answer=DIFFERENT)
    assert why_nothing(assistant=person).reason == "attempts"
    campaign_with_pairs(0)
    allow_another(campaign=campaign, person=person, by=person)
    assert why_nothing(assistant=person).reason == "qualification"
    campaign.learning_pairs.update(in_use=False)
    assert why_nothing(assistant=person).reason == "done"
    Campaign.objects.exclude(pk=campaign.pk).update(state="closed")
    assert why_nothing(assistant=person).reason == "prepared"
