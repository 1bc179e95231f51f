"""Deciding on the pairs that people, or people and the model, see differently."""

import re

import pytest
from django.test import Client

from annotation.models import (
    Adjudication,
    Campaign,
    GoldAnswer,
    Label,
    LearningPair,
    Pair,
    QueueItem,
    Role,
)
from annotation.queries.not_queued import why_not_queued
from annotation.services.claim import claim
from annotation.services.consensus import refresh_consensus
from annotation.services.labels import Answer, submit
from annotation.services.queue import rerank
from tests.factories import UserFactory, campaign_with_pairs
from tests.studies import signed_in

pytestmark = pytest.mark.django_db
LIST = "/study/adjudication/"


@pytest.fixture
def client() -> Client:
    return signed_in(UserFactory(role=Role.COORDINATOR, first_name="Cleo", last_name="Ott"))


@pytest.fixture
def campaign() -> Campaign:
    """Five pairs in the queue still; ana and bo differ on the first two and agree on the third."""
    campaign = campaign_with_pairs(8, labels_per_pair=3)
    pairs = list(Pair.objects.order_by("pk").values_list("pk", flat=True))
    label_some(UserFactory(username="ana"), dict.fromkeys(pairs[:3], "similar"))
    others = {pairs[0]: "not_similar", pairs[1]: "unsure", pairs[2]: "similar"}
    label_some(UserFactory(username="bo"), others)
    refresh_consensus(campaign=campaign)
    return campaign


def label_some(person, answers: dict[int, str]) -> None:
    """Claim everything; answer what is asked for and let the rest go."""
    for assignment in claim(assistant=person, count=8):
        verdict = answers.get(assignment.pair_id)
        if verdict is None:
            assignment.delete()
            continue
        reasons = ("same_persons",) if verdict == "similar" else ()
        answer = Answer(verdict, reasons, f"Because {verdict}.", seconds=9)
        submit(assistant=person, assignment_id=assignment.pk, answer=answer)


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def address(campaign: Campaign, pair: int) -> str:
    return f"{LIST}{campaign.slug}/{pair}/"


def decision(**changes) -> dict[str, str]:
    given = {"verdict": "not_similar", "rationale": "Two different people.", "known": ""}
    return given | changes


def listed(text: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'class="row-end"><a href="[^"]*/(\d+)/"', text)]


def test_the_disputed_pairs_are_listed_the_most_uncertain_first(client, campaign) -> None:
    pairs = list(Pair.objects.order_by("pk").values_list("pk", flat=True))
    text = page(client, f"{LIST}?campaign={campaign.slug}")
    assert listed(text) == pairs[:2]
    assert "1 similar" in text
    assert "1 not similar" in text
    assert re.search(r"People: \d+% similar \(\d+% to \d+%\)", text)
    assert f'href="{address(campaign, pairs[0])}">Decide the first' in text


def test_a_pair_is_decided_on_beside_everything_that_was_said_of_it(client, campaign) -> None:
    pair = Pair.objects.order_by("pk").first()
    text = page(client, address(campaign, pair.pk))
    for said in ("ana", "bo", "Because similar.", "Because not_similar.", "Same persons"):
        assert said in text
    assert f"policy version {campaign.policy.version}" in text
    assert "By the people alone" in text
    assert pair.rejected.title in text


def test_a_decision_becomes_the_consensus_and_leads_to_the_next_pair(client, campaign) -> None:
    first, second = Pair.objects.order_by("pk").values_list("pk", flat=True)[:2]
    before = list(Label.objects.order_by("pk").values())
    answer = client.post(address(campaign, first), decision())
    assert answer.status_code == 302
    assert answer["Location"] == address(campaign, second)
    made = Adjudication.objects.get()
    assert (made.verdict, made.rationale) == ("not_similar", "Two different people.")
    assert (made.policy, made.decided_by.first_name) == (campaign.policy, "Cleo")
    assert list(Label.objects.order_by("pk").values()) == before
    assert listed(page(client, LIST)) == [second]
    decided = page(client, f"{LIST}?state=decided")
    assert listed(decided) == [first]
    assert "Cleo Ott" in decided
    assert client.post(address(campaign, second), decision())["Location"].startswith(LIST)
    assert "Nothing to decide" in page(client, LIST)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"verdict": ""}, "Choose similar, not similar or unsure."),
        ({"verdict": "similar"}, "Choose at least one way"),
        ({"rationale": "  "}, "Say why"),
        ({"verdict": "maybe"}, "maybe"),
        ({"reasons": ["because"], "verdict": "similar"}, "because"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_decided(client, campaign, changes, says) -> None:
    pair = Pair.objects.order_by("pk").first().pk
    answer = client.post(address(campaign, pair), decision(**changes))
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert not Adjudication.objects.exists()


def test_a_decision_may_become_gold_and_leaves_the_queue_at_once(client, campaign) -> None:
    pair = Pair.objects.order_by("pk").first()
    assert QueueItem.objects.filter(pair=pair, generation=campaign.generation).exists()
    client.post(address(campaign, pair.pk), decision(as_gold="on", policy_example="on"))
    gold = GoldAnswer.objects.get()
    assert (gold.pair, gold.verdict, gold.rationale) == (
        pair, "not_similar", "Two different people.",
    )  # fmt: skip
    assert Adjudication.objects.get().policy_example
    assert not QueueItem.objects.filter(pair=pair, generation=campaign.generation).exists()


def test_a_practice_pair_is_decided_on_but_becomes_no_known_answer(client, campaign) -> None:
    pair = Pair.objects.order_by("pk").first()
    LearningPair.objects.create(
        campaign=campaign, pair=pair, position=1, round="practice", verdicts=["unsure"],
        explanation="So it is.",
    )  # fmt: skip
    answer = client.post(address(campaign, pair.pk), decision(as_gold="on"))
    assert "People are told the answer of this pair in practice" in answer.content.decode()
    assert not GoldAnswer.objects.exists()
    assert not Adjudication.objects.exists()
    client.post(address(campaign, pair.pk), decision())
    assert Adjudication.objects.exists()


def test_a_decided_pair_is_not_ranked_again_until_it_is_opened(client, campaign) -> None:
    pair = Pair.objects.order_by("pk").first()
    client.post(address(campaign, pair.pk), decision())
    rerank(campaign=campaign, run=None)
    campaign.refresh_from_db()
    assert not QueueItem.objects.filter(pair=pair, generation=campaign.generation).exists()
    assert "decided" in why_not_queued(campaign=campaign, pair=pair)
    known = Adjudication.objects.get().pk
    again = {"rationale": "The policy changed.", "known": known}
    assert client.post(f"{address(campaign, pair.pk)}open/", again).status_code == 302
    rerank(campaign=campaign, run=None)
    campaign.refresh_from_db()
    assert QueueItem.objects.filter(pair=pair, generation=campaign.generation).exists()
    text = page(client, address(campaign, pair.pk))
    assert "The policy changed." in text
    assert "Two different people." in text
    assert pair.pk in listed(page(client, LIST))


def test_nobody_passes_over_a_decision_that_they_have_not_seen(client, campaign) -> None:
    pair = Pair.objects.order_by("pk").first().pk
    client.post(address(campaign, pair), decision())
    answer = client.post(address(campaign, pair), decision(verdict="unsure"))
    assert answer.status_code == 400
    assert "Cleo Ott decided on this pair meanwhile" in answer.content.decode()
    seen = Adjudication.objects.get().pk
    client.post(address(campaign, pair), decision(verdict="unsure", known=seen))
    assert Adjudication.objects.get(superseded_by=None).verdict == "unsure"
    open_again = {"rationale": "Why not.", "known": seen}
    text = client.post(f"{address(campaign, pair)}open/", open_again, follow=True)
    assert "meanwhile" in text.content.decode()
    assert Adjudication.objects.count() == 2


def test_opening_needs_a_reason_and_something_that_was_decided(client, campaign) -> None:
    pair = Pair.objects.order_by("pk").first().pk
    there = f"{address(campaign, pair)}open/"
    assert "Say why" in client.post(there, {"rationale": ""}, follow=True).content.decode()
    nothing = client.post(there, {"rationale": "Why not."}, follow=True)
    assert "open already" in nothing.content.decode()
    assert not Adjudication.objects.exists()


def test_pairs_without_a_label_and_strangers_to_it_are_not_there(client, campaign) -> None:
    unlabelled = Pair.objects.order_by("pk").last().pk
    page(client, address(campaign, unlabelled), status=404)
    page(client, f"{LIST}nowhere/{unlabelled}/", status=404)
    assistant = signed_in(UserFactory())
    assert assistant.get(LIST).status_code == 403
    pair = Pair.objects.order_by("pk").first().pk
    assert assistant.post(address(campaign, pair), decision()).status_code == 403
    assert assistant.post(f"{address(campaign, pair)}open/", {"rationale": "x"}).status_code == 403
    assert not Adjudication.objects.exists()


def test_what_was_written_is_shown_as_text(client, campaign) -> None:
    pair = Pair.objects.order_by("pk").first().pk
    client.post(address(campaign, pair), decision(rationale="<script>alert(1)</script>"))
    text = page(client, address(campaign, pair))
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_the_list_takes_the_same_queries_for_two_pairs_and_for_twenty(
    client, campaign, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(14):
        page(client, LIST)
    pair = Pair.objects.order_by("pk").first().pk
    with django_assert_max_num_queries(20):
        page(client, address(campaign, pair))


def test_the_study_page_says_how_many_pairs_wait_for_a_decision(client, campaign) -> None:
    assert "2 pairs are disputed: decide on the first ones" in page(client, "/study/")


def test_a_consensus_computed_anew_leaves_decided_pairs_decided(client, campaign) -> None:
    first, second = Pair.objects.order_by("pk").values_list("pk", flat=True)[:2]
    client.post(address(campaign, first), decision())
    campaign.consensus_method = "majority"
    campaign.save()
    refresh_consensus(campaign=campaign)
    assert listed(page(client, LIST)) == [second]
    again = {"rationale": "The policy changed.", "known": Adjudication.objects.get().pk}
    client.post(f"{address(campaign, first)}open/", again)
    campaign.consensus_method = "dawid-skene"
    campaign.save()
    refresh_consensus(campaign=campaign)
    assert set(listed(page(client, LIST))) == {first, second}
