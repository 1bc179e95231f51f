"""The weeks of a study: of the first answer, and where the study is."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from annotation.models import Campaign, Label, Role, User
from annotation.queries.behind import Behind, labels_behind
from annotation.queries.disagreements import disagreements
from annotation.queries.weeks import UnknownWeekError, week_name, week_span
from annotation.services.agreement import refresh_report
from annotation.services.consensus import refresh_consensus
from annotation.services.labels import Answer, revise
from annotation.services.reliability import refresh_reliability
from tests.annotation.campaign_work import NOT_SIMILAR, SIMILAR, answer, append_only_off, take
from tests.factories import UserFactory, campaign_with_pairs
from tests.studies import signed_in

pytestmark = pytest.mark.django_db
# A Monday, 08:30 in Tokyo: still Sunday in UTC.
MONDAY = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)


@pytest.fixture
def people() -> list[User]:
    return UserFactory.create_batch(2)


def judged(people: list[User], at: datetime) -> Campaign:
    """One pair on which two people differ, both at that moment."""
    campaign = campaign_with_pairs(1, labels_per_pair=2)
    for person, said in zip(people, (SIMILAR, NOT_SIMILAR), strict=True):
        answer(take(person)[0], said)
    with append_only_off():
        Label.objects.update(created_at=at)
    return campaign


def weeks_of(campaign: Campaign) -> set[str]:
    """Of the report and of each person's figures."""
    report, people = refresh_report(campaign=campaign), refresh_reliability(campaign=campaign)
    found = {part["value"] for part in report.figures["by"]["week"]}
    return found.union(
        week["week"] for person in people.people.all() for week in person.figures["weeks"]
    )


def found_in(campaign: Campaign, week: str, person: User) -> tuple[int, int]:
    """Pairs that people see differently, and the person's labels unlike the other's."""
    refresh_consensus(campaign=campaign)
    behind = labels_behind(campaign=campaign, person=person, behind=Behind(week=week))
    return disagreements(campaign=campaign, by="week", value=week).count(), behind.count()


def test_a_correction_moves_an_answer_to_no_other_week(people) -> None:
    campaign = judged(people, MONDAY - timedelta(weeks=3))
    assert weeks_of(campaign) == {"2026-W44"}
    assert found_in(campaign, "2026-W44", people[0]) == (1, 1)
    for label in Label.objects.all():
        said = Answer(label.verdict, tuple(label.reasons), "Looked at again.")
        given = {"assistant": label.assistant, "label_id": label.pk}
        revise(**given, submission=uuid4(), answer=said)
    assert weeks_of(campaign) == {"2026-W44"}
    assert found_in(campaign, "2026-W44", people[0]) == (1, 1)
    assert found_in(campaign, week_name(timezone.localdate().toordinal() // 7), people[0]) == (0, 0)


@pytest.mark.parametrize(
    ("zone", "week", "other"),
    [("UTC", "2026-W47", "2026-W48"), ("Asia/Tokyo", "2026-W48", "2026-W47")],
)
def test_a_week_begins_on_monday_where_the_study_is(settings, people, zone, week, other) -> None:
    settings.TIME_ZONE = zone
    campaign = judged(people, MONDAY)
    assert weeks_of(campaign) == {week}
    assert found_in(campaign, week, people[0]) == (1, 1)
    assert found_in(campaign, other, people[0]) == (0, 0)


def test_a_consensus_from_before_is_mended_with_the_next_label(people) -> None:
    campaign = judged(people, MONDAY)
    refresh_consensus(campaign=campaign)
    campaign.consensus.update(first_at=MONDAY + timedelta(weeks=3))
    campaign.consensus_state.delete()
    refresh_consensus(campaign=campaign)
    assert campaign.consensus.get().first_at == MONDAY


def test_a_week_in_which_clocks_change_ends_on_monday_all_the_same(settings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    begins, ends = (each.astimezone(UTC) for each in week_span("2026-W13"))
    assert (begins, ends) == (
        datetime(2026, 3, 22, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
    )


@pytest.mark.parametrize("day", [date(2021, 1, 3), date(2024, 12, 30), date(2026, 11, 23)])
def test_a_week_has_the_name_that_iso_8601_gives_it(day) -> None:
    name = week_name((day.toordinal() - 1) // 7)
    year, week, _ = day.isocalendar()
    assert name == f"{year}-W{week:02d}"
    begins, ends = week_span(name)
    assert begins.date() <= day < ends.date()


@pytest.mark.parametrize("name", ["2026", "2026-W60", "", "9999-W52"])
def test_a_week_that_does_not_exist_is_said_to_be_none(name) -> None:
    with pytest.raises(UnknownWeekError):
        week_span(name)
    client = signed_in(UserFactory(role=Role.COORDINATOR))
    campaign_with_pairs(1)
    pairs = client.get("/study/agreement/pairs/", {"by": "week", "value": name})
    assert pairs.status_code == 404
