"""The pages of practice and qualification, for those who learn and those who run the study."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.models import Campaign, Label, LearningAnswer, Role, User, Waiver
from annotation.services.learning_decisions import waive
from tests.factories import UserFactory, campaign_with_pairs
from tests.learning import DIFFERENT, PRACTICE, go_through, teaching_campaign
from tests.studies import signed_in

pytestmark = pytest.mark.django_db
RIGHT = {"verdict": "similar", "reasons": ["similar_subject"], "seconds": "12"}
OTHER = {"verdict": "not_similar", "seconds": ""}


@pytest.fixture
def campaign() -> Campaign:
    return teaching_campaign(practice=2, qualification=2)


@pytest.fixture
def person() -> User:
    return UserFactory()


@pytest.fixture
def client(person: User) -> Client:
    return signed_in(person)


def url(campaign: Campaign, round_: str, end: str = "") -> str:
    return f"/learn/{campaign.slug}/{round_}/{end}"


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def task_of(client: Client, address: str) -> int:
    return client.get(address).context["task"].pk


def give(client: Client, address: str, answer: dict[str, object]) -> int:
    """Answer the pair on the page at `address`; returns its task."""
    task = task_of(client, address)
    response = client.post(f"/learn/tasks/{task}/", answer)
    assert response["Location"] == address
    return task


def test_from_the_labelling_page_through_both_rounds_to_the_first_real_pair(
    client, campaign
) -> None:
    practice, qualification = url(campaign, "practice"), url(campaign, "qualification")
    assert practice in page(client, "/label/")
    assert "2 pairs" in page(client, "/learn/")
    assert "A few pairs to practise with" in page(client, practice)
    assert client.post(url(campaign, "practice", "begin/")).status_code == 302
    for _ in range(2):
        task = give(client, practice, OTHER)
        said = page(client, practice)
        assert "The policy sees this pair differently" in said
        assert "Both are about number" in said
        client.post(f"/learn/tasks/{task}/read/", {"seconds": "4"})
    assert "That was the practice" in page(client, practice)
    assert qualification in page(client, "/label/")
    client.post(url(campaign, "qualification", "begin/"))
    for _ in range(2):
        assert "Both are about number" not in page(client, qualification)
        give(client, qualification, RIGHT)
    assert "You have qualified" in page(client, qualification)
    assert "data-assignment" in page(client, "/label/")
    assert not Label.objects.exists()


def test_whoever_comes_back_finds_the_same_pair_and_feedback_that_was_not_left(
    client, campaign
) -> None:
    practice = url(campaign, "practice")
    client.post(url(campaign, "practice", "begin/"))
    first = task_of(client, practice)
    assert task_of(client, practice) == first
    give(client, practice, RIGHT)
    assert "The policy sees it as you do" in page(client, practice)
    assert task_of(client, practice) == first
    client.post(f"/learn/tasks/{first}/read/", {"seconds": ""})
    assert task_of(client, practice) != first
    assert "Go on" in page(client, "/learn/")


def test_whatever_a_browser_says_a_pair_and_what_is_said_of_it_count_a_quarter_of_an_hour_each(
    client, campaign
) -> None:
    client.post(url(campaign, "practice", "begin/"))
    task = give(client, url(campaign, "practice"), RIGHT | {"seconds": "86400"})
    client.post(f"/learn/tasks/{task}/read/", {"seconds": "86400"})
    assert client.get("/api/v1/progress/").json()["hours"] == 0.5


def test_an_answer_with_something_missing_is_shown_again_with_what_is_missing(
    client, campaign
) -> None:
    client.post(url(campaign, "practice", "begin/"))
    task = task_of(client, url(campaign, "practice"))
    response = client.post(f"/learn/tasks/{task}/", {"verdict": "similar"})
    assert response.status_code == 400
    assert "at least one way" in response.content.decode()
    assert not LearningAnswer.objects.exists()


def test_after_the_last_attempt_the_coordinator_is_told_and_decides(
    client, campaign, person
) -> None:
    go_through(person, campaign, PRACTICE)
    first = go_through(person, campaign, answer=DIFFERENT)
    assert not first.passed
    assert "Try again" in page(client, url(campaign, "qualification"))
    go_through(person, campaign, answer=DIFFERENT)
    assert "Your coordinator will talk it over" in page(client, url(campaign, "qualification"))
    assert "Your coordinator will talk it over" in page(client, "/label/")
    boss = UserFactory(role=Role.COORDINATOR)
    office = signed_in(boss)
    assert "1 person waits after the qualification" in page(
        office, f"/study/?campaign={campaign.slug}"
    )
    shown = page(office, f"/study/practice/?campaign={campaign.slug}")
    assert "0 of 2 (0%)" in shown
    assert "waits for you" in shown
    decide = reverse("learning-decide", args=[campaign.slug, person.pk])
    said = office.post(decide, {"do": "another"}, follow=True).content.decode()
    assert "one attempt more" in said
    assert "Try again" in page(client, url(campaign, "qualification"))
    said = office.post(decide, {"do": "waive"}, follow=True).content.decode()
    assert f"waved through by {boss}" in said
    assert "data-assignment" in page(client, "/label/")
    office.post(decide, {"do": "take-back"})
    assert Waiver.objects.get().taken_back_by == boss
    assert "Nothing was decided" in office.post(decide, follow=True).content.decode()


def test_a_key_from_which_many_differ_is_pointed_at(campaign) -> None:
    for answer in (DIFFERENT, DIFFERENT, DIFFERENT):
        go_through(UserFactory(), campaign, PRACTICE, answer)
    shown = page(signed_in(UserFactory(role=Role.ADMIN)), "/study/practice/")
    assert shown.count("Look at this key") == 2
    assert "0 of 3 agreed (0%)" in shown
    assert "No answers yet" in shown


def test_practice_that_is_offered_is_a_link_until_it_is_made(client, campaign, person) -> None:
    Campaign.objects.update(practice="offered", qualification="off")
    assert "Practise first" in page(client, "/label/")
    assert "Practise with it" in page(client, "/policy/")
    go_through(person, Campaign.objects.get(), PRACTICE)
    assert "Practise first" not in page(client, "/label/")


def test_rounds_and_pairs_of_others_and_of_nobody_are_not_found(client, campaign, person) -> None:
    colleague = signed_in(UserFactory())
    colleague.post(url(campaign, "practice", "begin/"))
    task = task_of(colleague, url(campaign, "practice"))
    plain = campaign_with_pairs(1)
    for address in ("/learn/none/practice/", url(campaign, "exam"), url(plain, "practice")):
        assert client.get(address).status_code == 404
    for end in ("", "read/"):
        assert client.post(f"/learn/tasks/{task}/{end}", RIGHT).status_code == 404
    said = client.post(url(campaign, "qualification", "begin/"), follow=True).content.decode()
    assert "The practice round comes first" in said


def test_somebody_who_was_waved_through_may_still_practise(client, campaign, person) -> None:
    waive(campaign=campaign, person=person, by=UserFactory())
    assert "waved you through" in page(client, "/learn/")
    assert "Begin to practise" in page(client, url(campaign, "practice"))


def test_hostile_text_in_an_explanation_is_text(client, campaign) -> None:
    campaign.learning_pairs.update(explanation="<script>alert(1)</script>")
    client.post(url(campaign, "practice", "begin/"))
    give(client, url(campaign, "practice"), RIGHT)
    assert "&lt;script&gt;alert(1)" in page(client, url(campaign, "practice"))


def test_many_campaigns_are_asked_for_as_often_as_one(
    client: Client, person: User, campaign: Campaign, django_assert_num_queries
) -> None:
    go_through(person, campaign, PRACTICE)
    for address in ("/learn/", "/label/"):
        page(client, address)
        with CaptureQueriesContext(connection) as one:
            page(client, address)
        others = [teaching_campaign(practice=1, qualification=1) for _ in range(2)]
        go_through(person, others[0], PRACTICE)
        with django_assert_num_queries(len(one)):
            text = page(client, address)
        assert address == "/label/" or all(other.name in text for other in others)
