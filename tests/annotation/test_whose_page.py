"""On a computer that several share: a page is of one person, and a sign-in leads back to it."""

import pytest
from django.test import Client

from annotation.models import Assignment, Label
from tests.factories import UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}


@pytest.fixture
def people():
    campaign_with_pairs(3)
    return UserFactory(), UserFactory()


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def asked(client: Client, whose: object | None):
    headers = {} if whose is None else {"X-Person": str(whose)}
    return client.post("/api/v1/assignments/next/", {"count": 1}, headers=headers, **JSON)


def test_a_page_that_is_left_open_does_not_label_as_whoever_signed_in_last(people) -> None:
    first, second = people
    handed = asked(signed_in(first), first.pk).json()["assignments"][0]["assignment"]
    other = signed_in(second)
    for path, body in (
        ("/api/v1/assignments/next/", {"count": 2}),
        (f"/api/v1/assignments/{handed}/submit/", {"verdict": "unsure", "seconds": 2}),
        (f"/api/v1/assignments/{handed}/skip/", {}),
    ):
        response = other.post(path, body, headers={"X-Person": str(first.pk)}, **JSON)
        assert response.status_code == 403, path
        assert (
            response.json()["detail"] == "Somebody else is signed in now. Sign in again to go on."
        )
    assert not Label.objects.exists()
    assert not Assignment.objects.filter(assistant=second).exists()


@pytest.mark.parametrize("whose", [None, "own"])
def test_one_s_own_page_and_a_client_without_pages_are_served(people, whose) -> None:
    person, _ = people
    response = asked(signed_in(person), person.pk if whose else None)
    assert response.status_code == 200
    assert len(response.json()["assignments"]) == 1


@pytest.mark.parametrize("whose", ["", "x", "0"])
def test_a_page_of_nobody_is_not_served(people, whose) -> None:
    assert asked(signed_in(people[0]), whose).status_code == 403


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("http://testserver/learn/", "/learn/"),
        ("http://testserver/study/pairs/3/?back=a%20b", "/study/pairs/3/%3Fback%3Da%2520b"),
        ("http://elsewhere.example/learn/", "/"),
        ("", "/"),
    ],
)
@pytest.mark.parametrize("path", ["/policy/1/read/", "/learn/tasks/1/"])
def test_a_form_that_was_sent_signed_out_leads_back_to_its_page(path, page, back) -> None:
    headers = {"Referer": page} if page else {}
    response = Client().post(path, {"verdict": "unsure"}, headers=headers)
    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next={back}"


def test_a_page_that_was_asked_for_signed_out_comes_after_the_sign_in() -> None:
    response = Client().get("/labels/?page=2", headers={"Referer": "http://testserver/learn/"})
    assert response["Location"] == "/accounts/login/?next=/labels/%3Fpage%3D2"
