"""What a campaign's budgets let people have."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import (
    Assignment,
    BudgetUse,
)
from annotation.services.labels import Answer, skip
from annotation.services.leases import release_expired
from tests.annotation.bulk import campaign_of, many_pairs
from tests.annotation.campaign_work import EN, answer, budget, label_one, run_out, take
from tests.annotation.guarantees import check_guarantees
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


KINDS = [
    (scope, unit, period)
    for scope in ("person", "campaign")
    for unit in ("pairs", "hours")
    for period in ("day", "total")
]


@pytest.mark.parametrize(("scope", "unit", "period"), KINDS)
def test_a_budget_ends_the_work_of_those_it_is_for(scope, unit, period) -> None:
    campaign = campaign_of(many_pairs([EN] * 20))
    budget(campaign, 3 if unit == "pairs" else 3 * 39 / 3600, scope, unit, period)
    person, other = UserFactory(), UserFactory()
    label_one(person)
    assert [len(take(person, 5)), len(take(person))] == [2, 0]
    assert len(take(other)) == (scope == "person")
    check_guarantees(campaign)


@pytest.mark.parametrize(("scope", "unit", "period"), KINDS)
def test_a_budget_of_a_day_begins_anew_the_next_day(scope, unit, period) -> None:
    campaign = campaign_of(many_pairs([EN] * 20))
    budget(campaign, 2 if unit == "pairs" else 2 * 39 / 3600, scope, unit, period)
    person = UserFactory()
    label_one(person), label_one(person)
    assert take(person) == []
    yesterday = timezone.now() - timedelta(days=1)
    Assignment.objects.update(served_at=yesterday)
    BudgetUse.objects.update(day=yesterday.date())
    assert len(take(person, 3)) == (2 if period == "day" else 0)


def test_a_pair_given_back_gives_its_budget_back() -> None:
    campaign = campaign_of(many_pairs([EN] * 5))
    budget(campaign, 1, "person", "pairs", "total")
    person = UserFactory()
    (first,) = take(person)
    skip(assistant=person, assignment_id=first.pk)
    (second,) = take(person)
    run_out(second)
    assert len(take(person)) == 1
    check_guarantees(campaign)


def test_a_late_label_is_counted_even_beyond_the_budget() -> None:
    campaign = campaign_of(many_pairs([EN] * 5))
    budget(campaign, 1, "person", "pairs", "total")
    person = UserFactory()
    (late,) = take(person)
    run_out(late)
    release_expired()
    label_one(person)
    assert answer(late).late
    assert BudgetUse.objects.get().pairs == 2
    assert take(person) == []
    check_guarantees(campaign)


def test_pairs_that_are_out_reserve_hours_until_their_labels_say_how_long_they_took() -> None:
    campaign = campaign_of(many_pairs([EN] * 20))
    budget(campaign, 10 * 39 / 3600, "campaign", "hours", "total")
    person = UserFactory()
    quick = take(person, 10)
    assert take(UserFactory()) == []
    for given in quick:
        answer(given, Answer("unsure", seconds=19.5))
    assert len(take(UserFactory(), 10)) == 5


def test_where_one_campaign_is_spent_the_next_one_is_served() -> None:
    spent = campaign_of(many_pairs([EN] * 5), priority=2)
    budget(spent, 1, "campaign", "pairs", "day")
    campaign_of(many_pairs([EN] * 5), priority=1)
    assert len({a.campaign_id for a in take(UserFactory(), 3)}) == 2
