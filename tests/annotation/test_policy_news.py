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


def ask(person: User, **asked: object) -> dict:
    url = "/api/v1/assignments/next/"
    return signed_in(person).post(url, asked, content_type="application/json").json()


def versions(answer: dict) -> set[int]:
    return {one["policy"] for one in answer["assignments"]}


def test_who_has_not_read_the_new_version_is_handed_nothing_by_the_api_either(
    campaign: Campaign,
) -> None:
    person = UserFactory()
    page(person)
    held = Assignment.objects.get()
    policy = new_version(campaign)
    nothing = {"assignments": [], "why_nothing": "policy"}
    assert ask(person, count=5) == nothing
    answer = {"verdict": "unsure", "next": {"count": 2}}
    url = f"/api/v1/assignments/{held.pk}/submit/"
    client = signed_in(person)
    sent = client.post(url, answer, content_type="application/json")
    assert (sent.status_code, sent.json()["next"]) == (201, nothing)
    assert Assignment.objects.count() == 1

    client.post(f"/policy/{policy.version}/read/")
    assert versions(ask(person, count=5)) == {policy.version}


def test_who_knows_no_version_is_stopped_by_the_second_by_the_api_too(campaign: Campaign) -> None:
    person = UserFactory()
    assert versions(ask(person)) == {campaign.policy.version}
    assert PolicyReading.objects.get().policy == campaign.policy
    new_version(campaign)
    assert ask(person)["why_nothing"] == "policy"
    assert NEWS in page(person)


def test_a_page_that_was_open_leads_to_what_is_new(campaign: Campaign) -> None:
    person = UserFactory()
    page(person)
    new_version(campaign)
    response = signed_in(person).post(
        "/api/v1/assignments/next/", {}, content_type="application/json", HTTP_ACCEPT="text/html"
    )
    assert "data-news" in response.content.decode()
