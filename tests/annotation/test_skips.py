"""Skipped pairs: the reason, who is told of it, and to whom the pair goes next."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Assignment, Campaign, Role, User
from annotation.services.claim import claim
from annotation.services.cursors import queue_cursors
from annotation.services.labels import InvalidAnswerError, skip, submit
from tests.annotation.asking import UNSURE, asked
from tests.factories import UserFactory, campaign_with_pairs
from tests.studies import signed_in

pytestmark = pytest.mark.django_db

COME_BACK = {"skipped_pairs": "come_back", "skipped_hours": 3}


@pytest.fixture
def person() -> User:
    return UserFactory()


def skipped(person: User, reason: str | None = None) -> Assignment:
    (assignment,) = claim(assistant=person)
    return skip(assistant=person, assignment_id=assignment.pk, reason=reason)


def hours_later(hours: int) -> None:
    """What was skipped was skipped so long ago."""
    queue_cursors.forget()
    for each in Assignment.objects.exclude(comes_back_at=None):
        each.comes_back_at -= timedelta(hours=hours)
        each.save()


def next_pairs(person: User) -> list[int]:
    return [each.pair_id for each in claim(assistant=person)]


def test_a_reason_is_kept_and_none_is_kept_of_whoever_gives_none(person: User) -> None:
    campaign_with_pairs(2)
    for reason in ("gone", None):
        kept = Assignment.objects.get(pk=skipped(person, reason).pk)
        assert (kept.state, kept.skip_reason, kept.comes_back_at) == ("skipped", reason, None)


@pytest.mark.parametrize("reason", ["gone", "other"])
def test_a_skipped_pair_comes_back_after_the_hours_where_the_campaign_has_it_so(
    person: User, reason: str
) -> None:
    campaign_with_pairs(1, **COME_BACK)
    pair = skipped(person, reason).pair_id
    hours_later(2)
    assert next_pairs(person) == []
    hours_later(2)
    assert next_pairs(person) == [pair]
    (again,) = claim(assistant=person)
    submit(assistant=person, assignment_id=again.pk, answer=UNSURE)
    assert next_pairs(person) == []


@pytest.mark.parametrize("reason", ["unreadable", "conflict", None])
def test_what_somebody_cannot_or_would_rather_not_judge_never_comes_back(
    person: User, reason: str | None
) -> None:
    campaign_with_pairs(1, **COME_BACK)
    assignment = skipped(person, reason)
    hours_later(1000)
    assert next_pairs(person) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=assignment.pk).update(comes_back_at=timezone.now())
    assert next_pairs(UserFactory()) == [assignment.pair_id]


def test_by_default_a_skipped_pair_goes_to_somebody_else_alone(person: User) -> None:
    campaign_with_pairs(1)
    pair = skipped(person, "gone").pair_id
    hours_later(1000)
    assert next_pairs(person) == []
    assert next_pairs(UserFactory()) == [pair]


def test_a_pair_that_came_back_can_be_skipped_for_good(person: User) -> None:
    campaign_with_pairs(1, **COME_BACK)
    skipped(person, "gone")
    hours_later(4)
    again = Assignment.objects.get(pk=skipped(person, "conflict").pk)
    assert (again.skip_reason, again.comes_back_at) == ("conflict", None)


def test_whoever_asks_why_is_told_what_a_claim_does_and_no_reason(person: User) -> None:
    campaign = campaign_with_pairs(3, **COME_BACK)
    for reason in ("gone", "conflict", None):
        pair = skipped(person, reason).pair_id
        assert "by their own choice" in asked(campaign, pair, person).says
    hours_later(4)
    gone = Assignment.objects.get(skip_reason="gone").pair_id
    assert asked(campaign, gone, person).is_served


def test_a_reason_that_is_none_is_refused_and_the_pair_is_kept(person: User) -> None:
    campaign_with_pairs(1)
    with pytest.raises(InvalidAnswerError, match="Choose one of the reasons"):
        skipped(person, "boring")
    client = signed_in(person)
    held = Assignment.objects.get()
    url = f"/api/v1/assignments/{held.pk}/skip/"
    response = client.post(url, {"reason": "boring"}, content_type="application/json")
    assert response.status_code == 400
    assert "reason" in response.json()
    page = client.post(f"/label/{held.pk}/", {"skip": "boring"}, follow=True)
    assert "Choose one of the reasons" in page.content.decode()
    held.refresh_from_db()
    assert held.state == Assignment.State.LEASED
    for body in ({"reason": "gone"}, {"reason": "gone"}):
        assert client.post(url, body, content_type="application/json").status_code == 204
    held.refresh_from_db()
    assert held.skip_reason == "gone"


def test_coordinators_see_how_many_gave_which_reason_and_never_who(person: User) -> None:
    campaign = campaign_with_pairs(1)
    people = [person, UserFactory(), UserFactory(), UserFactory()]
    for one, reason in zip(people, ["gone", "gone", "conflict", None], strict=True):
        assignment = skipped(one, reason)
    coordinator = signed_in(UserFactory(role=Role.COORDINATOR))
    of_pair = coordinator.get(f"/study/pairs/{assignment.pair_id}/").content.decode()
    of_queue = coordinator.get(f"/study/queue/?campaign={campaign.slug}").content.decode()
    for html in (of_pair, of_queue[of_queue.index('aria-labelledby="skipped"') :]):
        told = html.partition("</section>")[0]
        assert "It doesn’t load, or is gone × 2" in told
        assert "conflict" not in told
        assert not any(one.username in told for one in people)


@pytest.mark.parametrize("reason", ["gone", None])
def test_a_skipped_pair_can_be_judged_after_all(person: User, reason: str | None) -> None:
    campaign_with_pairs(1, **COME_BACK)
    assignment = skipped(person, reason)
    submit(assistant=person, assignment_id=assignment.pk, answer=UNSURE)
    hours_later(1000)
    assert next_pairs(person) == []
    assert not Campaign.objects.filter(assignments__state="skipped").exists()
