"""Labels that may be slips: listed for coordinators, sent back kindly, answered by authors."""

import csv
import io

import pytest
from django.test import Client

from annotation.models import (
    CrossValidation,
    Label,
    LabelDoubt,
    LookAgain,
    OutOfSample,
    Pair,
    Promotion,
    Role,
)
from annotation.services.claim import claim
from annotation.services.consensus import refresh_consensus
from annotation.services.labels import Answer, submit
from tests.factories import RunFactory, UserFactory, campaign_with_pairs
from tests.studies import signed_in

pytestmark = pytest.mark.django_db
LIST = "/study/slips/"


@pytest.fixture
def client() -> Client:
    return signed_in(UserFactory(role=Role.COORDINATOR))


@pytest.fixture
def slip() -> Label:
    """The one of 24 labels that two others and the model contradict; another only the others do."""
    campaign = campaign_with_pairs(8, labels_per_pair=3)
    Pair.objects.update(held_out=False)
    pairs = list(Pair.objects.order_by("pk").values_list("pk", flat=True))
    for name in ("ana", "bo", "cy"):
        person = UserFactory(username=name)
        for assignment in claim(assistant=person, count=8):
            similar = bool(pairs.index(assignment.pair_id) % 2)
            if name == "cy" and assignment.pair_id in pairs[:2]:
                similar = not similar
            reasons = ("other",) if similar else ()
            answer = Answer("similar" if similar else "not_similar", reasons, seconds=9)
            submit(assistant=person, assignment_id=assignment.pk, answer=answer)
    run = RunFactory(campaign=campaign, status="succeeded", artefact="m")
    Promotion.objects.create(campaign=campaign, run=run, reason="for the test")
    words = [0.1, 0.2, 0.2, 0.8, 0.2, 0.8, 0.2, 0.8]
    OutOfSample.objects.bulk_create(
        OutOfSample(run=run, pair_id=pair, probability=word, leverage=0.1)
        for pair, word in zip(pairs, words, strict=True)
    )
    CrossValidation.objects.create(run=run, pairs=8)
    refresh_consensus(campaign=campaign)
    return Label.objects.get(assistant__username="cy", pair=pairs[0])


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_a_label_is_listed_only_where_people_and_the_model_doubt_it(client, slip) -> None:
    doubt = LabelDoubt.objects.get()
    assert doubt.label == slip
    assert doubt.quality < 0.2
    page = text(client, LIST)
    assert "1 label, the least likely first" in page
    assert "no proof" in page
    assert f"{LIST}{slip.pk}/" in page


def test_the_list_can_be_taken_along_as_csv(client, slip) -> None:
    (row,) = csv.DictReader(io.StringIO(text(client, "/study/slips.csv")))
    assert (row["pair_id"], row["assistant"], row["verdict"]) == (
        slip.pair.pair_id, "cy", "similar",
    )  # fmt: skip
    assert float(row["posterior"]) < 0.5
    assert float(row["model_probability"]) == 0.1


def test_its_author_is_asked_kindly_and_may_stand_by_it(client, slip) -> None:
    answer = client.post(f"{LIST}{slip.pk}/", {"note": "The <b>same</b> maps?"}, follow=True)
    assert "finds it under their labels" in answer.content.decode()
    assert "not looked at yet" in text(client, LIST)
    author = signed_in(slip.assistant)
    page = text(author, "/labels/")
    assert "You were asked to look at an answer again" in page
    assert "You may well be right" in page
    assert "The &lt;b&gt;same&lt;/b&gt; maps?" in page
    assert "asked to look" not in text(signed_in(UserFactory(username="ana2")), "/labels/")
    author.post(f"/labels/{slip.pk}/right/")
    assert "asked to look" not in text(author, "/labels/")
    assert "stands by it" in text(client, LIST)
    assert LookAgain.objects.get().confirmed_at
    assert Label.objects.current().filter(pk=slip.pk).exists()


def test_a_changed_answer_has_answered_the_request(client, slip) -> None:
    client.post(f"{LIST}{slip.pk}/", {"note": ""})
    author = signed_in(slip.assistant)
    form = {"verdict": "not_similar", "submission": "018f3a70-0000-7000-8000-000000000001"}
    assert author.post(f"/labels/{slip.pk}/", form).status_code == 302
    assert "asked to look" not in text(author, "/labels/")
    page = text(client, LIST)
    assert "changed" in page
    refresh_consensus(campaign=slip.campaign)
    assert not LabelDoubt.objects.exists()


def test_nobody_is_asked_twice_about_one_answer_or_about_one_that_is_gone(client, slip) -> None:
    client.post(f"{LIST}{slip.pk}/")
    twice = client.post(f"{LIST}{slip.pk}/", follow=True)
    assert "was asked before" in twice.content.decode()
    assert LookAgain.objects.count() == 1
    too_long = client.post(f"{LIST}{slip.pk}/", {"note": "x" * 1001}, follow=True)
    assert "too long" in too_long.content.decode()
    other = Label.objects.exclude(pk=slip.pk).filter(assistant=slip.assistant).first()
    form = {"verdict": "unsure", "submission": "018f3a70-0000-7000-8000-000000000002"}
    signed_in(slip.assistant).post(f"/labels/{other.pk}/", form)
    gone = client.post(f"{LIST}{other.pk}/", follow=True)
    assert "changed meanwhile" in gone.content.decode()


def test_only_the_author_can_stand_by_an_answer(client, slip) -> None:
    client.post(f"{LIST}{slip.pk}/")
    signed_in(UserFactory()).post(f"/labels/{slip.pk}/right/")
    assert LookAgain.objects.get().confirmed_at is None
    assert signed_in(slip.assistant).post(f"{LIST}{slip.pk}/").status_code == 403


def test_a_pair_that_was_decided_is_no_longer_doubted(client, slip) -> None:
    there = f"/study/adjudication/{slip.campaign.slug}/{slip.pair_id}/"
    client.post(there, {"verdict": "not_similar", "rationale": "Other maps."})
    assert "None: no label is doubted" in text(client, LIST)


def test_the_pages_take_few_queries(client, slip, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(12):
        text(client, LIST)
    author = signed_in(slip.assistant)
    with django_assert_max_num_queries(16):
        text(author, "/labels/")
