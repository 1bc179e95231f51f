"""The page about duplicates, and labels that count for the twins of a pair."""

import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from annotation.models import (
    Assignment,
    Campaign,
    DuplicateSearch,
    Label,
    Pair,
    PoolPair,
    Role,
    VideoTwin,
)
from annotation.queries.training_set import labelled_pairs, pair_texts
from annotation.services.consensus import refresh_consensus
from annotation.services.duplicates import decisions
from annotation.services.duplicates.grouping import regroup
from annotation.services.duplicates.search import find_duplicates
from annotation.services.examples import pair_example
from annotation.services.labels import Answer, submit
from modeling.dataset import prepare_splits
from tests.annotation.twins import merged, twice
from tests.factories import CampaignFactory, PairFactory, UserFactory, VideoFactory
from tests.studies import signed_in

pytestmark = pytest.mark.django_db

SIMILAR = Answer("similar", ("same_persons",))


@pytest.fixture
def client() -> Client:
    return signed_in(UserFactory(role=Role.COORDINATOR, first_name="Amélie"))


def proposed(count: int = 1) -> list[VideoTwin]:
    return [
        VideoTwin.objects.create(video=one, twin=other, methods=["title"], score=0.8)
        for one, other in (twice(title=f"A title of some length, {n}") for n in range(count))
    ]


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def pairs_of(twin: VideoTwin, campaign: Campaign | None = None) -> list[Pair]:
    """A pair with each of the two videos, against the same third; none is held out."""
    third = VideoFactory()
    pairs = [
        PairFactory(rejected=video, recommended=third, held_out=False)
        for video in (twin.video, twin.twin)
    ]
    if campaign:
        PoolPair.objects.bulk_create(
            PoolPair(campaign=campaign, pair=pair, held_out=False) for pair in pairs
        )
    return pairs


def label(pair: Pair, campaign: Campaign, answer: Answer) -> Label:
    assignment = Assignment.objects.create(
        campaign=campaign, pair=pair, assistant=UserFactory(), policy=campaign.policy,
        strategy="random", lease_expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    return submit(assistant=assignment.assistant, assignment_id=assignment.pk, answer=answer).label


def consensus() -> dict[str, dict[str, Any]]:
    out = io.StringIO()
    call_command("export_labels", "--kind", "consensus", "--format", "jsonl", stdout=out)
    return {row["pair_id"]: row for row in map(json.loads, out.getvalue().splitlines())}


def test_a_coordinator_merges_and_takes_it_back_on_the_page(client) -> None:
    [twin] = proposed()
    pairs_of(twin, CampaignFactory())
    page = text_of(client.get("/study/duplicates/"))
    assert "2 pairs of 1 campaign would be judged as one." in page
    form = {"decision": "merge", "state": "proposed", "page": "1"}
    response = client.post(f"/study/duplicates/{twin.pk}/", form, follow=True)
    assert (
        "Merged. No label has changed. It changes with which others 2 pairs are judged."
        in text_of(response)
    )
    page = text_of(client.get("/study/duplicates/?state=merged&method=title"))
    assert "2 pairs of 1 campaign are judged as one." in page
    assert "The same, said Amélie" in page
    client.post(f"/study/duplicates/{twin.pk}/", form | {"decision": "reject"})
    twin.refresh_from_db()
    assert (twin.state, twin.decisions.count()) == ("rejected", 2)


def test_a_list_without_choice_or_with_a_wrong_one_shows_what_is_to_be_decided(client) -> None:
    proposed(11)
    page = text_of(client.get("/study/duplicates/?state=perhaps&method=magic&page=99"))
    assert "To be decided 11" in page
    assert "Page 2 of 2" in page
    assert "None here." in text_of(client.get("/study/duplicates/?state=rejected"))


def test_a_button_that_is_none_decides_nothing(client) -> None:
    [twin] = proposed()
    response = client.post(f"/study/duplicates/{twin.pk}/", {"decision": "x"}, follow=True)
    assert "Nothing was decided" in text_of(response)
    twin.refresh_from_db()
    assert twin.state == "proposed"
    assert client.post("/study/duplicates/999999/").status_code == 404


def test_the_page_asks_as_often_for_many_twins_as_for_few(
    client, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    pairs_of(proposed()[0])
    with django_assert_max_num_queries(11) as few:
        client.get("/study/duplicates/")
    for twin in proposed(9):
        pairs_of(twin)
    with django_assert_num_queries(len(few)):
        client.get("/study/duplicates/")


def test_a_pair_shows_the_pairs_that_are_judged_as_one_with_it(client) -> None:
    campaign, twin = CampaignFactory(), merged(*twice())
    first, second = pairs_of(twin, campaign)
    regroup()
    label(second, campaign, SIMILAR)
    page = text_of(client.get(f"/study/pairs/{first.pk}/"))
    assert f"{second.pair_id} · 1 label" in page
    assert "Judged as one with" not in text_of(client.get(f"/study/pairs/{PairFactory().pk}/"))


def test_a_search_can_be_asked_for_and_the_page_tells_of_the_last(client, monkeypatch) -> None:
    sent = []

    def send_task(name: str, **message: Any) -> None:
        sent.append((name, message["queue"]))

    monkeypatch.setattr("celery.current_app.send_task", send_task)
    client.post("/study/duplicates/search/")
    assert sent == [("annotation.tasks.find_duplicates", "training")]
    assert "Nobody has looked for duplicates yet" in text_of(client.get("/study/duplicates/"))
    find_duplicates(requested_by=UserFactory(first_name="Jun"))
    assert DuplicateSearch.objects.get().finished_at
    assert "asked by Jun: 0 videos" in text_of(client.get("/study/duplicates/"))


def test_a_search_that_was_stopped_says_by_what(client) -> None:
    DuplicateSearch.objects.create(problem="RuntimeError: no more room")
    page = text_of(client.get("/study/duplicates/"))
    assert "was stopped: RuntimeError: no more room" in page
    assert "is not done" not in page


# --- labels that count for twins ------------------------------------------------------------


@pytest.mark.parametrize(("rule", "counted"), [("merge", 1), ("separate", 1), ("propagate", 2)])
def test_a_label_counts_for_twins_where_the_campaign_says_so(rule: str, counted: int) -> None:
    campaign = CampaignFactory(duplicates=rule)
    first, second = pairs_of(merged(*twice()), campaign)
    regroup()
    label(first, campaign, SIMILAR)
    rows = consensus()
    assert rows[first.pair_id]["propagated_from"] is None
    assert len(rows) == len(labelled_pairs(campaign=campaign)) == counted
    if counted == 2:
        twin = rows[second.pair_id]
        assert (twin["label"], twin["labels"], twin["reasons"]) == (1, 1, {"same_persons": 1})
        assert twin["propagated_from"] == [first.pair_id]
    assert Label.objects.count() == 1


def test_twins_that_were_both_judged_share_their_votes() -> None:
    campaign = CampaignFactory(duplicates="propagate")
    first, second = pairs_of(merged(*twice()), campaign)
    regroup()
    label(first, campaign, SIMILAR)
    label(second, campaign, Answer("not_similar"))
    assert [pair.target for pair in labelled_pairs(campaign=campaign)] == [0.5, 0.5]
    assert {row["label"] for row in consensus().values()} == {"unsure"}


def test_merging_telling_apart_and_the_rule_are_in_the_consensus_without_a_further_label() -> None:
    campaign = CampaignFactory(duplicates="propagate")
    twin = merged(*twice())
    first, second = pairs_of(twin, campaign)
    label(first, campaign, SIMILAR)

    def held() -> set[int]:
        refresh_consensus(campaign=campaign)
        return set(campaign.consensus.values_list("pair", flat=True))

    assert held() == {first.pk}
    regroup()
    assert held() == {first.pk, second.pk}
    row = consensus()[second.pair_id]
    assert (row["consensus"], row["propagated_from"]) == ("similar", [first.pair_id])
    campaign.duplicates = "separate"
    campaign.save()
    assert held() == {first.pk}
    campaign.duplicates = "propagate"
    campaign.save()
    assert held() == {first.pk, second.pk}
    decisions.reject(twin=twin, by=UserFactory())
    assert held() == {first.pk}


def test_no_label_goes_to_a_held_out_pair_or_comes_from_one_or_leaves_the_pool() -> None:
    campaign = CampaignFactory(duplicates="propagate")
    twin = merged(*twice())
    kept, given = pairs_of(twin, campaign)
    Pair.objects.filter(pk=kept.pk).update(held_out=True)
    outside, inside = pairs_of(twin)
    PoolPair.objects.create(campaign=campaign, pair=inside, held_out=False)
    regroup()
    label(given, campaign, SIMILAR)
    label(inside, campaign, SIMILAR)
    assert {row.pk for row in labelled_pairs(campaign=campaign)} == {given.pk, inside.pk}
    label(kept, campaign, Answer("not_similar"))
    targets = {row.pk: row.target for row in labelled_pairs(campaign=campaign)}
    assert targets == {kept.pk: 0, given.pk: 1, inside.pk: 1}
    assert {row["labels"] for row in consensus().values()} == {1}
    assert outside.pair_id not in consensus()


def test_a_training_pair_with_a_copy_of_a_held_out_video_is_left_out() -> None:
    twin = merged(*twice())
    held_out, copied = PairFactory(rejected=twin.video), PairFactory(recommended=twin.twin)
    unrelated = PairFactory()
    pks = [held_out.pk, copied.pk, unrelated.pk]
    examples = [
        pair_example(texts, target=1.0, split="test" if texts["pk"] == held_out.pk else None)
        for texts in pair_texts(pks)
    ]
    splits = prepare_splits(examples)
    assert [example.pair_id for example in splits.train] == [unrelated.pair_id]
    assert splits.dropped["dropped_shared_with_test"] == 1
