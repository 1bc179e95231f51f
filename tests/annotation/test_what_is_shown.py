"""What a campaign shows beside a pair: one way or several, and whether shared words are marked."""

from uuid import uuid4

import pytest
from django.test import Client

from annotation.models import Campaign, Label, User
from annotation.services.claim import claim
from tests.factories import UserFactory, campaign_with_pairs
from tests.studies import signed_in

pytestmark = pytest.mark.django_db

TWO = {"verdict": "similar", "reasons": ["same_persons", "other"]}
ONE = {"verdict": "similar", "reasons": ["other"]}
SAYS = "Choose one way only"


@pytest.fixture
def person() -> User:
    return UserFactory()


@pytest.fixture
def client(person: User) -> Client:
    return signed_in(person)


def held(person: User) -> str:
    return str(claim(assistant=person)[0].pk)


def post(client: Client, pk: str, body: dict[str, object], action: str = "submit"):
    url = f"/api/v1/assignments/{pk}/{action}/"
    return client.post(url, body, content_type="application/json")


def test_the_page_offers_what_the_campaign_wants(person: User, client: Client) -> None:
    campaign = campaign_with_pairs(1)
    several = client.get("/label/").content.decode()
    Campaign.objects.filter(pk=campaign.pk).update(reasons_mode="one")
    one = client.get("/label/").content.decode()
    assert "One or more." in several
    assert 'type="checkbox" name="reasons"' in several
    assert "The one that counts most." in one
    assert 'type="radio" name="reasons"' in one
    assert 'type="checkbox" name="reasons"' not in one


def test_a_second_way_is_refused_where_one_is_wanted_and_the_answer_can_be_mended(
    person: User, client: Client
) -> None:
    campaign_with_pairs(1, reasons_mode="one")
    pk = held(person)
    refused = post(client, pk, TWO)
    assert refused.status_code == 400
    assert SAYS in str(refused.json()["reasons"])
    page = client.post(f"/label/{pk}/", TWO)
    assert page.status_code == 400
    assert SAYS in page.content.decode()
    assert not Label.objects.exists()
    assert post(client, pk, ONE).status_code == 201
    revised = post(client, pk, {**TWO, "submission": str(uuid4())}, "revise")
    assert (revised.status_code, Label.objects.count()) == (400, 1)


def test_an_answer_from_before_the_rule_changed_can_be_sent_again(
    person: User, client: Client
) -> None:
    campaign_with_pairs(1)
    pk = held(person)
    assert post(client, pk, TWO).status_code == 201
    Campaign.objects.update(reasons_mode="one")
    assert post(client, pk, TWO).status_code == 200


def test_a_label_says_whether_words_were_marked_when_it_was_given(
    person: User, client: Client
) -> None:
    campaign_with_pairs(2, mark_shared_words=True)
    assert "data-mark-shared" in client.get("/label/").content.decode()
    first = held(person)
    answer = {"verdict": "unsure", "marked_shared": True}
    assert post(client, first, answer).json()["label"]["marked_shared"] is True
    client.post(f"/label/{held(person)}/", {"verdict": "unsure", "marked_shared": ""})
    assert list(Label.objects.order_by("id").values_list("marked_shared", flat=True)) == [
        True,
        False,
    ]
    Campaign.objects.update(mark_shared_words=False)
    assert "data-mark-shared" not in client.get("/label/").content.decode()
