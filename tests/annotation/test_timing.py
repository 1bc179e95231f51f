"""How long an answer took is coarse after seven days, and labels are append-only all the same."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from annotation.models import Campaign, Label
from annotation.queries.progress import COUNTED, own_progress
from annotation.services.timing import coarsen_times
from annotation.tasks import coarsen_times as coarsen_task
from tests.annotation.answered import label_pairs
from tests.annotation.bulk import campaign_of, many_pairs
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def campaign() -> Campaign:
    return campaign_of(many_pairs([("en", "en")] * 300), ranked=False)


def label_some(
    campaign: Campaign, days_ago: float, seconds: list[float], *, first: int = 0
) -> list[Label]:
    pairs = [one.pair for one in campaign.pool.select_related("pair").order_by("pair_id")]
    answers = dict.fromkeys(pairs[first : first + len(seconds)], "unsure")
    at = NOW - timedelta(days=days_ago)
    return label_pairs(campaign, UserFactory(), answers, at=at, seconds=seconds)


def times(labels: list[Label]) -> list[float]:
    found = Label.objects.in_bulk([label.pk for label in labels])
    return [found[label.pk].seconds for label in labels]


def test_times_older_than_a_week_are_whole_minutes_and_younger_ones_as_measured(campaign) -> None:
    measured = [12.25, 40.0, 61.5, 900.5, 20_000.0, 0.0, 60.0]
    old, young = label_some(campaign, 9, measured), label_some(campaign, 6.9, measured, first=7)
    assert coarsen_times(now=NOW) == 5
    assert all(value % 60 == 0 and value <= 900 for value in times(old))
    assert times(old)[4:] == [900.0, 0.0, 60.0]
    assert times(young) == measured


def test_coarsening_again_changes_nothing(campaign) -> None:
    labels = label_some(campaign, 30, [7.0, 31.0, 95.0] * 20)
    assert coarsen_task() == 60
    before = times(labels)
    assert coarsen_task() == 0
    assert times(labels) == before


@pytest.mark.parametrize("usual", [3.0, 16.0, 39.0, 70.0])
def test_sums_stay_to_the_minute_however_quick_somebody_is(campaign, usual) -> None:
    draw = Random(3)
    labels = label_some(campaign, 20, [draw.expovariate(1 / usual) for _ in range(200)])
    person = labels[0].assistant
    before = own_progress(person).spent
    coarsen_times(now=NOW)
    assert own_progress(person).spent == pytest.approx(before, abs=60)


def test_a_pair_a_day_keeps_its_sum_in_the_long_run(campaign) -> None:
    pairs = [one.pair for one in campaign.pool.select_related("pair").order_by("pair_id")]
    person = UserFactory()
    at, day = NOW - timedelta(days=250), timedelta(days=1)
    answers = dict.fromkeys(pairs[:200], "unsure")
    label_pairs(campaign, person, answers, at=at, apart=day, seconds=[20.0])
    coarsen_times(now=NOW)
    total = Label.objects.aggregate(total=Sum(COUNTED))["total"]
    assert total == pytest.approx(200 * 20, rel=0.25)


def test_a_whole_day_is_coarsened_at_once_so_that_it_matters_not_when(campaign) -> None:
    labels = label_some(campaign, 7.4, [20.0] * 30)
    assert date(2026, 3, 13) == labels[0].created_at.date()
    assert coarsen_times(now=NOW) == 0
    assert coarsen_times(now=NOW + timedelta(hours=12)) == 30


def change(label: Label, **fields: object) -> None:
    with transaction.atomic():
        Label.objects.filter(pk=label.pk).update(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": "not_similar"}, {"seconds": 61.0}, {"seconds": 240.0}, {"seconds": 50.0},
        {"seconds": 960.0}, {"seconds": -60.0}, {"seconds": 60.0, "comment": "Else."},
        {"seconds": 60.0, "created_at": NOW}, {"seconds": 120.0, "verdict": "not_similar"},
    ],
)  # fmt: skip
def test_any_other_change_of_an_old_label_is_refused(campaign, fields) -> None:
    (label,) = label_some(campaign, 400, [100.0])
    with pytest.raises(IntegrityError, match="append-only"):
        change(label, **fields)
    change(label, seconds=120.0)
    with pytest.raises(IntegrityError, match="append-only"):
        change(label, seconds=60.0)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Label.objects.filter(pk=label.pk).delete()


def test_a_young_label_keeps_its_time(campaign) -> None:
    pair = campaign.pool.first().pair
    at = timezone.now() - timedelta(days=6, hours=23)
    (label,) = label_pairs(campaign, UserFactory(), {pair: "unsure"}, at=at, seconds=[100.0])
    with pytest.raises(IntegrityError, match="append-only"):
        change(label, seconds=120.0)
