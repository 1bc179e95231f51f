"""A new version of the policy is read, once, by those who know another, before their next pair."""

import pytest
from django.test import Client

from annotation.models import Assignment, Campaign, Policy, PolicyReading, User
from tests.factories import PolicyFactory, UserFactory, campaign_with_pairs
from tests.studies import signed_in

pytestmark = pytest.mark.django_db
NEWS = "The policy has changed"


@pytest.fixture
def campaign() -> Campaign:
    return campaign_with_pairs(4)


def page(person: User) -> str:
    return signed_in(person).get("/label/").content.decode()


def new_version(campaign: Campaign) -> Policy:
    campaign.policy = PolicyFactory(changes="Satire counts as **what it says**.")
    campaign.save()
    return campaign.policy


def test_nobody_is_stopped_by_their_first_version(campaign: Campaign) -> None:
    person = UserFactory()
    assert NEWS not in page(person)
    assert PolicyReading.objects.get().policy == campaign.policy


def test_those_who_know_another_read_what_is_new_and_are_handed_nothing_before(
    campaign: Campaign,
) -> None:
    knows, newcomer = UserFactory(), UserFactory()
    page(knows)
    leased = Assignment.objects.count()
    policy = new_version(campaign)
    html = page(knows)
    assert NEWS in html
    assert "<strong>what it says</strong>" in html
    assert Assignment.objects.count() == leased
    assert NEWS not in page(newcomer)

    client: Client = signed_in(knows)
    assert client.post(f"/policy/{policy.version}/read/")["Location"] == "/label/"
    client.post(f"/policy/{policy.version}/read/")
    assert PolicyReading.objects.filter(person=knows).count() == 2
    assert NEWS not in page(knows)


def test_a_version_that_no_campaign_of_theirs_follows_stops_nobody(campaign: Campaign) -> None:
    person = UserFactory()
    page(person)
    PolicyFactory()
    campaign_with_pairs(2, everyone=False, policy=PolicyFactory())
    assert NEWS not in page(person)


def test_text_of_the_changes_is_cleaned(campaign: Campaign) -> None:
    person = UserFactory()
    page(person)
    campaign.policy = PolicyFactory(changes="<script>alert(1)</script> new")
    campaign.save()
    html = page(person)
    assert NEWS in html
    assert "alert(1)</script>" not in html
