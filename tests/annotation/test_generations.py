"""A generation that is no longer served leaves nothing behind, and nobody waits for it to go."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Campaign, QueueGeneration, QueueItem
from annotation.services import generations, queue, queue_writing
from annotation.services.claim import claim
from annotation.services.queue import rerank
from tests.annotation.bulk import campaign_of, many_pairs
from tests.factories import UserFactory, campaign_with_pairs, queue_of

EN = ("en", "en")
TABLES = "SELECT relname FROM pg_class WHERE relname ~ '^annotation_queueitem_[0-9]+$'"


def partitions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        return {name for (name,) in cursor}


def served(*campaigns: Campaign) -> set[str]:
    return {f"annotation_queueitem_{queue_of(campaign).pk}" for campaign in campaigns}


@contextmanager
def another_session_reads_the_queue() -> Iterator[None]:
    """A backup, or a report that somebody forgot."""
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM annotation_queueitem")
        yield
    finally:
        other.close()


def seconds(act: Callable[[], Any]) -> float:
    start = time.monotonic()
    act()
    return time.monotonic() - start


@pytest.mark.django_db
def test_a_generation_that_is_not_served_leaves_no_table_behind() -> None:
    campaigns = [campaign_of(many_pairs([EN] * 3)) for _ in range(2)]
    for campaign in (*campaigns, campaigns[0]):
        rerank(campaign=campaign, run=None)
    assert partitions() == served(*campaigns)
    assert QueueItem.objects.count() == 6


@pytest.mark.django_db
def test_a_queue_can_be_ranked_while_django_logs_its_statements() -> None:
    """As it does with DEBUG on."""
    campaign = campaign_of(many_pairs([EN] * 3), ranked=False)
    with CaptureQueriesContext(connection):
        assert rerank(campaign=campaign, run=None).size == 3


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_queue_that_is_written_in_portions_has_every_pair_once(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_writing, "PORTION", size)
    pairs = many_pairs([EN] * 7)
    campaign_of(pairs)
    ranks, found = zip(*QueueItem.objects.order_by("rank").values_list("rank", "pair"), strict=True)
    assert ranks == (1, 2, 3, 4, 5, 6, 7)
    assert sorted(found) == sorted(pair.pk for pair in pairs)


@pytest.mark.django_db(transaction=True)
def test_a_session_that_holds_the_queue_open_holds_up_neither_rankings_nor_claims() -> None:
    campaign = campaign_of(many_pairs([EN] * 60))
    with another_session_reads_the_queue():
        rankings = [seconds(lambda: rerank(campaign=campaign, run=None)) for _ in range(8)]
        claims = [seconds(lambda: claim(assistant=UserFactory())) for _ in range(8)]
        assert len(partitions()) > 1
    # Seconds on a machine that is slow; who waits for the other session waits for ever.
    assert max(rankings) < 15
    assert max(claims) < 10
    # The last of many waits no longer than the first: what is left over does not add up.
    assert sorted(rankings[4:])[1] < sorted(rankings[:4])[1] + 3
    assert generations.drop_unserved() > 1
    assert partitions() == served(campaign)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("last", "rest"), [(None, 3.0), (0.0, 3.0), (2.0, 3.0), (13.0, 1.0), (60.0, 0.0)]
)
def test_a_ranking_rests_as_long_as_lets_it_end_in_time_by_what_the_last_one_took(
    last, rest, monkeypatch
) -> None:
    campaign = campaign_with_pairs(3)
    QueueGeneration.objects.filter(pk=campaign.generation_id).update(work_s=last)
    given: list[float] = []
    real = queue.Unhurried

    def unhurried(share, patience):
        given.append(share)
        return real(share, patience)

    monkeypatch.setattr(queue, "Unhurried", unhurried)
    queue.rerank(campaign=campaign, run=None)
    assert given == [rest]
    campaign.refresh_from_db()
    assert 0 < campaign.generation.work_s < 60
