"""The page about duplicates."""

import re
from contextlib import closing
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from annotation.models import (
    DuplicateSearch,
    Role,
    VideoTwin,
)
from annotation.services.duplicates import statements
from annotation.services.duplicates.grouping import regroup
from annotation.services.duplicates.search import find_duplicates
from tests.annotation.twins import SIMILAR, label, merged, pairs_of, twice
from tests.factories import CampaignFactory, PairFactory, UserFactory, VideoFactory
from tests.studies import signed_in

pytestmark = pytest.mark.django_db


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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("decision", ["merge", "reject"])
def test_whoever_decides_while_a_search_is_at_it_is_told_to_try_again(
    decision: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "PATIENCE_MS", 100)
    [twin] = proposed()
    elsewhere = connection.copy()
    with closing(elsewhere), elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('duplicates'), 0)")
        form = {"decision": decision}
        response = client.post(f"/study/duplicates/{twin.pk}/", form, follow=True)
        cursor.execute("SELECT pg_advisory_unlock(hashtext('duplicates'), 0)")
    assert "a search is deciding about duplicates. Try again soon." in text_of(response)
    twin.refresh_from_db()
    assert twin.state == "proposed"


def test_a_merge_that_joins_what_was_told_apart_says_so(client: Client) -> None:
    one, two, three = VideoFactory.create_batch(3)
    apart, first, last = (
        VideoTwin.objects.create(video=a, twin=b, methods=["title"], score=0.8)
        for a, b in ((one, three), (one, two), (two, three))
    )
    said = []
    for twin, decision in ((apart, "reject"), (first, "merge"), (last, "merge")):
        form = {"decision": decision}
        response = client.post(f"/study/duplicates/{twin.pk}/", form, follow=True)
        said.append("two that somebody told apart" in text_of(response))
    assert said == [False, False, True]
