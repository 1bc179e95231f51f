"""What a campaign shows beside a pair: one way or several, and whether shared words are marked."""

from uuid import UUID, uuid4

import pytest
from django.test import Client

from annotation.models import Assignment, Campaign, GoldAnswer, Label, User
from annotation.services.claim import claim
from annotation.services.queue import rerank
from tests.annotation.bulk import campaign_of, many_pairs, run_saying
from tests.annotation.campaign_work import EN
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


def test_what_an_assistant_is_told_of_their_own_label_says_neither_how_its_pair_was_chosen_nor_what_a_model_thinks_of_it(  # noqa: E501
    person: User, client: Client
) -> None:
    """Else known answers would be known as such while one's own can still be changed."""
    known, *others = pairs = many_pairs([EN] * 4)
    campaign = campaign_of(pairs, ranked=False, random_share=0)
    GoldAnswer.objects.create(campaign=campaign, pair=known, verdict="similar")
    rerank(campaign=campaign, run=run_saying(campaign, {pair.pk: 0.9 for pair in others}))
    from_queue = held(person)
    Campaign.objects.update(gold_share=1)
    gold = str(claim(assistant=person, holding=[UUID(from_queue)])[0].pk)
    chosen = {str(a.pk): a.strategy for a in Assignment.objects.all()}
    assert chosen == {from_queue: "uncertainty", gold: "gold"}

    told = [post(client, pk, ONE).json()["label"] for pk in (from_queue, gold)]
    change = {"verdict": "unsure", "submission": str(uuid4())}
    told.append(post(client, gold, change, "revise").json()["label"])
    told += client.get("/api/v1/labels/").json()["results"]
    assert len(told) == 6
    for label in told:
        assert not {"strategy", "run", "score", "campaign"} & set(label), label
