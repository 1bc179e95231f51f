"""Fifty people at once, each with a connection of their own, while the queue is ranked anew,
paused, resumed and cleared of leases that ran out: afterwards every guarantee holds exactly.

LIKEWISE_QUEUE_SECONDS lets them work for longer than a quick run does."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.db.models import Count, Q

from annotation.models import Assignment, Budget, BudgetUse, Campaign, GoldAnswer, Label
from annotation.services.budgets import refresh_use
from annotation.services.claim import claim
from annotation.services.labels import Answer, skip, submit
from annotation.services.queue import rerank
from modeling.stopping import Opinion, Rule, decide
from tests.annotation.bulk import campaign_of, many_pairs
from tests.annotation.guarantees import check_guarantees
from tests.annotation.many_at_once import (
    LANGUAGES,
    PEOPLE,
    a_connection_for_each,
    all_at_once,
    in_thread,
)
from tests.factories import UserFactory, queue_of

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["a_connection_for_each"]


def check_all(campaign: Campaign, written: list[int]) -> None:
    campaign.refresh_from_db()
    assert len(written) > PEOPLE
    labels = Label.objects.filter(campaign=campaign)
    assert sorted(labels.values_list("pk", flat=True)) == sorted(written)
    check_guarantees(campaign)


def most_in_time(campaign: Campaign) -> int:
    """The most people a pair was with or answered by, those not counted whose lease ran out."""
    answered = Q(state="labelled", labels__supersedes=None, labels__late=False)
    in_time = Q(state="leased") | answered
    given = Assignment.objects.filter(campaign=campaign).exclude(strategy="gold")
    counts = given.values("pair").annotate(n=Count("pk", filter=in_time, distinct=True))
    return max(counts.values_list("n", flat=True))


@pytest.mark.usefixtures("a_connection_for_each")
def test_fifty_at_once_where_every_pair_wants_two_labels() -> None:
    campaign = campaign_of(
        many_pairs(LANGUAGES * 60), labels_per_pair=2, lease_seconds=1, route_hours=0
    )
    written = all_at_once(campaign)
    check_all(campaign, written)
    assert most_in_time(campaign) == 2


@pytest.mark.usefixtures("a_connection_for_each")
def test_fifty_at_once_where_labels_decide_how_many_more_there_are() -> None:
    pairs = many_pairs(LANGUAGES * 40, held_out=range(0, 160, 10))
    campaign = campaign_of(
        pairs, relabelling="posterior", labels_per_pair=4, lease_seconds=1, gold_share=0.6
    )
    GoldAnswer.objects.bulk_create(
        GoldAnswer(campaign=campaign, pair=pair, verdict="similar") for pair in pairs[:4]
    )
    rerank(campaign=campaign, run=None)
    written = all_at_once(campaign)
    check_all(campaign, written)
    verdicts = votes_of(campaign)
    demand = {d.pair_id: d for d in campaign.demand.all()}
    assert {pair: d.labels for pair, d in demand.items()} == {
        p: len(v) for p, v in verdicts.items()
    }
    for d in demand.values():
        enough = max(d.posterior, 1 - d.posterior) >= campaign.stop_at or d.labels >= 4
        assert d.wanted == d.labels + (not enough)
    check_items_want_as_decided(campaign)


@pytest.mark.usefixtures("a_connection_for_each")
def test_fifty_at_once_spend_what_all_share_to_the_last_pair_and_no_further() -> None:
    campaign = campaign_of(
        many_pairs(LANGUAGES * 60), relabelling="differ", labels_per_pair=3, lease_seconds=3,
        route_hours=0,
    )  # fmt: skip
    Budget.objects.create(
        campaign=campaign, scope="campaign", unit="pairs", period="total", amount=60
    )
    refresh_use(campaign=campaign)
    spent: list[int] = []
    written = all_at_once(
        campaign,
        lambda: spent.append(spent_in_time(campaign)),
        late=False,
        until=lambda: max(spent, default=0) >= 60,
    )
    check_all(campaign, written)
    assert max(spent) == 60
    for pair, said in votes_of(campaign).items():
        opinions = [Opinion(verdict) for verdict in said]
        most = max(3, len(said))
        wanted = decide(
            Rule.DIFFER, opinions=opinions, prior=0.5, most=most, stop_at=campaign.stop_at
        ).wanted
        assert campaign.demand.get(pair=pair).wanted == wanted
    check_items_want_as_decided(campaign)
    claim(assistant=UserFactory(), count=60)
    given = Assignment.objects.filter(campaign=campaign, state__in=["leased", "labelled"])
    assert given.count() == max(60, given.filter(state="labelled").count())


@pytest.mark.parametrize("end", ["submit", "skip"])
def test_an_answer_waits_for_its_pair_before_it_counts_what_was_spent(end: str) -> None:
    """As a release of leases does; in the other order each could wait for the other."""
    campaign = campaign_of(many_pairs(LANGUAGES), relabelling="differ")
    Budget.objects.create(campaign=campaign, scope="person", unit="pairs", period="day", amount=9)
    refresh_use(campaign=campaign)
    person = UserFactory()
    (given,) = claim(assistant=person)
    acts: dict[str, Callable[[], object]] = {
        "submit": lambda: submit(
            assistant=person, assignment_id=given.pk, answer=Answer("unsure", seconds=5)
        ),
        "skip": lambda: skip(assistant=person, assignment_id=given.pk),
    }
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            list(queue_of(campaign).items.filter(pair=given.pair_id).select_for_update())
            ended = pool.submit(in_thread, acts[end])
            time.sleep(0.3)
            assert BudgetUse.objects.select_for_update(nowait=True).get().pairs == 1
        ended.result()
    check_guarantees(campaign)


def test_a_form_that_saves_a_campaign_and_a_switch_of_its_queue_follow_each_other() -> None:
    campaign = campaign_of(many_pairs(LANGUAGES))
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Campaign.objects.filter(pk=campaign.pk).update(priority=3)
            ranked = pool.submit(in_thread, lambda: rerank(campaign=campaign, run=None))
            time.sleep(1)
            refresh_use(campaign=Campaign.objects.get(pk=campaign.pk))
        ranked.result()
    assert queue_of(campaign) == ranked.result()


SPENT = """
SELECT sum(pairs) - (
    SELECT count(*) FROM annotation_label
    WHERE campaign_id = %(campaign)s AND late AND supersedes_id IS NULL
) FROM annotation_budgetuse WHERE campaign_id = %(campaign)s
"""


def spent_in_time(campaign: Campaign) -> int:
    """What is spent at one moment, but for labels that came late: these are taken all the same."""
    with connection.cursor() as cursor:
        cursor.execute(SPENT, {"campaign": campaign.pk})
        return int(cursor.fetchone()[0] or 0)


def votes_of(campaign: Campaign) -> dict[int, list[str]]:
    votes: dict[int, list[str]] = {}
    current = Label.objects.filter(campaign=campaign).current()
    for pair, verdict in current.values_list("pair", "verdict"):
        votes.setdefault(pair, []).append(verdict)
    return votes


def check_items_want_as_decided(campaign: Campaign) -> None:
    decided = dict(campaign.demand.values_list("pair_id", "wanted"))
    items = dict(queue_of(campaign).items.values_list("pair_id", "wanted"))
    assert {p: w for p, w in items.items() if p in decided} == {
        p: decided[p] for p in items if p in decided
    }
