"""Who may work in a campaign and when, in which languages, and what a claim costs."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import (
    Campaign,
    Label,
)
from annotation.services.claim import claim
from annotation.services.labels import skip
from tests.annotation.bulk import campaign_of, many_pairs
from tests.annotation.campaign_work import (
    EN,
    answer,
    budget,
    run_out,
    take,
)
from tests.annotation.guarantees import check_guarantees
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("opens", "closes", "handed"), [(-1, 1, 1), (1, 2, 0), (-2, -1, 0), (None, 1, 1), (-1, None, 1)]
)
def test_a_campaign_hands_out_between_its_dates(opens, closes, handed) -> None:
    campaign = campaign_of(many_pairs([EN]))
    dates = [d and timezone.now() + timedelta(days=d) for d in (opens, closes)]
    Campaign.objects.filter(pk=campaign.pk).update(opens_at=dates[0], closes_at=dates[1])
    assert len(take(UserFactory())) == handed


def test_dates_are_those_of_the_database_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = campaign_of(many_pairs([EN]))
    of_the_web_server = datetime(2040, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: of_the_web_server)
    Campaign.objects.filter(pk=campaign.pk).update(closes_at="2039-01-01T00:00Z")
    assert len(take(UserFactory())) == 1


def test_only_members_get_pairs_where_not_everyone_may_work() -> None:
    campaign = campaign_of(many_pairs([EN] * 3), everyone=False)
    member, other = UserFactory(), UserFactory()
    campaign.members.add(member)
    assert (len(take(member)), len(take(other))) == (1, 0)
    campaign.members.remove(member)
    assert take(member) == []


def test_a_person_without_languages_gets_pairs_of_unknown_language_only() -> None:
    campaign_of(many_pairs([EN, ("", ""), ("en", ""), ("de", "en")]))
    person = UserFactory(languages=[], any_language=False)
    (got,) = take(person, 4)
    assert (got.pair.rejected.language, got.pair.recommended.language) == ("", "")


def test_a_pair_of_two_languages_wants_someone_who_reads_both() -> None:
    campaign_of(many_pairs([("de", "en")]))
    assert take(UserFactory(languages=["en"])) == []
    assert take(UserFactory(languages=["fr", "de"])) == []
    assert len(take(UserFactory(languages=["de", "en"]))) == 1


def test_who_opted_in_gets_pairs_in_any_language() -> None:
    campaign_of(many_pairs([("de", "fr")]))
    person = UserFactory(languages=["en"], any_language=False)
    assert take(person) == []
    person.any_language = True
    assert len(take(person)) == 1


def test_when_the_first_campaign_has_no_more_the_next_one_fills_up() -> None:
    first = campaign_of(many_pairs([EN]), priority=2)
    second = campaign_of(many_pairs([EN] * 3), priority=1)
    assert [a.campaign_id for a in take(UserFactory(), 3)] == [first.pk, second.pk, second.pk]


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_from_the_next_claim_on_a_stopped_campaign_hands_nothing_out(state) -> None:
    campaign = campaign_of(many_pairs([EN] * 3))
    person = UserFactory()
    (held,) = take(person)
    Campaign.objects.filter(pk=campaign.pk).update(state=state)
    assert take(person) == []
    assert answer(held)


def test_what_was_held_when_a_campaign_paused_comes_back_when_it_goes_on() -> None:
    paused = campaign_of(many_pairs([EN] * 3), priority=2)
    campaign_of(many_pairs([EN] * 3), priority=1)
    person = UserFactory()
    (held,) = take(person)
    Campaign.objects.filter(pk=paused.pk).update(state="paused")
    (meanwhile,) = claim(assistant=person)
    Campaign.objects.filter(pk=paused.pk).update(state="open")
    assert claim(assistant=person, count=2) == [held, meanwhile]


def test_a_late_label_stands_beside_the_one_that_came_instead() -> None:
    campaign = campaign_of(many_pairs([EN]))
    (late,) = take(UserFactory())
    run_out(late)
    (given,) = take(UserFactory())
    assert [answer(given).late, answer(late).late] == [False, True]
    assert Label.objects.current().filter(campaign=campaign).count() == 2
    check_guarantees(campaign)


def test_a_claim_costs_the_same_queries_however_much_there_is() -> None:
    campaign = campaign_of(many_pairs([EN] * 100), gold_share=0)
    budget(campaign, 50, "person", "pairs", "day")
    person = UserFactory(languages=["en", "de"])
    take(person)
    with CaptureQueriesContext(connection) as few:
        claim(assistant=person, count=2)
    with CaptureQueriesContext(connection) as many:
        claim(assistant=person, count=10)
    assert len(few) == len(many) <= 12


def test_a_pair_that_comes_back_before_what_one_got_is_found_when_nothing_else_is_left() -> None:
    campaign_of(many_pairs([EN] * 2))
    other, person = UserFactory(), UserFactory()
    (first,) = take(other)
    assert len(take(person)) == 1
    skip(assistant=other, assignment_id=first.pk)
    assert [a.pair_id for a in take(person)] == [first.pair_id]
