"""One's own labels are searched and filtered, in the address, without scripts."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import Campaign, Label, User, Video
from annotation.services.claim import claim
from annotation.services.labels import Answer, revise, submit
from tests.factories import UserFactory, campaign_with_pairs
from tests.studies import signed_in

pytestmark = pytest.mark.django_db

ANSWERS = [
    Answer("similar", ("same_persons",), "Both from Genoa"),
    Answer("not_similar", comment="100% other"),
    Answer("unsure", flagged=True),
]


@pytest.fixture
def person() -> User:
    return UserFactory(first_name="Ana")


@pytest.fixture
def labels(person: User) -> list[Label]:
    """Three answers in the order of `ANSWERS`, the second in German, the third changed."""
    campaign_with_pairs(3, name="Spring", slug="spring", labels_per_pair=3)
    found = []
    for answer in ANSWERS:
        (assignment,) = claim(assistant=person)
        found.append(submit(assistant=person, assignment_id=assignment.pk, answer=answer).label)
    about(found[0], title="A harbour at dawn", channel="Sea Stories")
    about(found[1], title="Morgens im Hafen", language="de")
    changed = Answer("unsure", comment="Now sure that I am not")
    found[2] = revise(
        assistant=person, label_id=found[2].pk, submission=uuid4(), answer=changed
    ).label
    return found


def about(label: Label, **fields: str) -> None:
    Video.objects.filter(pk=label.pair.recommended_id).update(**fields)


def found_by(person: User, query: str) -> list[int]:
    html = signed_in(person).get(f"/labels/?{query}").content.decode()
    return [int(pk) for pk in re.findall(r'href="/labels/(\d+)/"', html)]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("q=harbour", [0]),
        ("q=HARBOUR+stories", [0]),
        ("q=sea+stories+genoa", [0]),
        ("q=genoa+hafen", []),
        ("q=100%25", [1]),
        ("q=100_", []),
        ("verdict=similar", [0]),
        ("reason=same_persons", [0]),
        ("reason=other", []),
        ("flagged=on", []),
        ("changed=on", [2]),
        ("language=de", [1]),
        ("language=en", [2, 1, 0]),
        ("campaign=spring", [2, 1, 0]),
        ("verdict=unsure&changed=on&q=sure", [2]),
    ],
)
def test_a_search_finds_just_what_fits(
    person: User, labels: list[Label], query: str, places: list[int]
) -> None:
    assert found_by(person, query) == [labels[place].pk for place in places]


def test_days_are_those_of_the_website_and_both_ends_count(
    person: User, labels: list[Label]
) -> None:
    today = timezone.localdate()
    before, after = today - timedelta(days=1), today + timedelta(days=1)
    assert len(found_by(person, f"since={today}&until={today}")) == 3
    assert found_by(person, f"until={before}") == found_by(person, f"since={after}") == []


def test_what_was_asked_stays_in_the_form_and_its_count_is_said(
    person: User, labels: list[Label]
) -> None:
    html = signed_in(person).get("/labels/?q=harbour&verdict=similar").content.decode()
    assert 'value="harbour"' in html
    assert '<option value="similar" selected>' in html
    assert "<details open>" in html
    assert "1 label found." in html
    assert "found." not in signed_in(person).get("/labels/").content.decode()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("since=yesterday", "Enter a valid date."),
        ("since=2026-05-03&until=2026-05-01", "This day is before the first one."),
        ("verdict=alike", "Select a valid choice."),
        ("campaign=of-others", "Select a valid choice."),
        ("q=" + "x" * 201, "at most 200 characters"),
        ("q=%00", "Null characters are not allowed."),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field_and_the_rest_is_searched(
    person: User, labels: list[Label], query: str, says: str
) -> None:
    Campaign.objects.create(
        name="Of others", slug="of-others", policy=Campaign.objects.get().policy
    )
    page = signed_in(person).get(f"/labels/?reason=same_persons&{query}")
    assert page.status_code == 200
    assert says in page.content.decode()
    assert found_by(person, f"reason=same_persons&{query}") == [labels[0].pk]


def test_nothing_found_and_nothing_yet_are_two_things(person: User, labels: list[Label]) -> None:
    assert "No label fits" in signed_in(person).get("/labels/?q=zeppelin").content.decode()
    newcomer = signed_in(UserFactory()).get("/labels/?q=harbour").content.decode()
    assert "Nothing yet." in newcomer
    assert "No label fits" not in newcomer


def count_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_page_asks_as_often_whatever_is_found(person: User, labels: list[Label]) -> None:
    client = signed_in(person)
    client.get("/labels/")
    assert count_of(client, "/labels/?q=harbour") == count_of(client, "/labels/") <= 12
