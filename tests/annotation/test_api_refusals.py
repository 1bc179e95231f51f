"""What the API says where something goes wrong, and that it says all of it as JSON."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation.models import Assignment, Label, Role, User
from annotation.services import claim as claims
from annotation.services.claim import claim
from tests.factories import UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db

NEXT, SCHEMA = "/api/v1/assignments/next/", "/api/v1/schema/"
SKIPPED = '{"reason":"conflict"}'


@pytest.fixture
def person() -> User:
    return UserFactory(role=Role.ADMIN)


@pytest.fixture
def api(person) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.force_login(person)
    return client


def detail(response, status: int, *, unread: bool = True) -> str:
    assert (response.status_code, response["Content-Type"]) == (status, "application/json")
    assert response.json().get("unread", False) == unread
    return response.json()["detail"]


# --- whatever goes wrong below /api/v1/ is said in JSON, with what to do ----------------------


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/nothing/", "/api/v1/assignments/17/submit/"])
def test_an_address_that_is_none_is_said_to_be_and_where_the_others_stand(api, path) -> None:
    assert SCHEMA in detail(api.get(path), 404)
    assert SCHEMA in detail(Client().post(path), 404)


def test_of_a_body_that_is_too_long_it_is_said_how_long_it_may_be(api) -> None:
    campaign_with_pairs(1)
    given = api.post(NEXT, {}, format="json").json()["assignments"][0]["assignment"]
    body = {"verdict": "unsure", "comment": "x" * 3_000_000}
    told = detail(api.post(f"/api/v1/assignments/{given}/submit/", body, format="json"), 413)
    assert "2.5 MB" in told
    assert not Label.objects.exists()


def test_a_page_says_it_too(client) -> None:
    response = client.post("/accounts/login/", {"username": "x" * 3_000_000, "password": "x"},
                           "application/x-www-form-urlencoded")  # fmt: skip
    assert response.status_code == 413
    assert "2.5 MB" in response.content.decode()


@pytest.mark.parametrize("accept", ["text/html", "text/html, application/json;q=0.5"])
def test_a_wrong_request_for_pairs_as_html_names_its_field(api, accept) -> None:
    response = api.post(NEXT, {"count": 99}, format="json", HTTP_ACCEPT=accept)
    assert (response.status_code, response["Content-Type"]) == (400, "application/json")
    assert set(response.json()) == {"count"}


def test_a_fault_of_ours_is_said_to_be_one(api, monkeypatch) -> None:
    def broken(**asked: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(claims, "claim", broken)
    assert "our side" in detail(api.post(NEXT, {}, format="json"), 500)


def test_whoever_is_not_signed_in_is_told_where_to_get_a_token(api) -> None:
    assert "/api/v1/token/" in detail(Client().get("/api/v1/progress/"), 403, unread=False)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Token 0123456789")
    assert "/api/v1/token/" in detail(client.get("/api/v1/progress/"), 403, unread=False)


def test_what_was_read_and_refused_is_told_from_what_was_not(api) -> None:
    path = "/api/v1/assignments/00000000-0000-4000-8000-000000000000/submit/"
    detail(api.post(path, {"verdict": "unsure"}, format="json"), 404, unread=False)
    detail(api.post(path, {"verdict": "unsure"}, format="json", HTTP_HOST="elsewhere"), 400)


def test_elsewhere_people_get_pages(client) -> None:
    assert "There is nothing here" in client.get("/nothing/").content.decode()


# --- a body whose length was not said is refused, never dropped -------------------------------


@pytest.mark.parametrize("body", [SKIPPED, "{{{{"])
def test_a_body_whose_length_was_not_said_is_refused_never_dropped(api, person, body) -> None:
    campaign_with_pairs(1)
    (given,) = claim(assistant=person)
    path = f"/api/v1/assignments/{given.pk}/skip/"
    in_pieces = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    response = api.generic("POST", path, body, "application/json", **in_pieces)
    assert "Content-Length" in detail(response, 411)
    assert Assignment.objects.get().state == "leased"


def test_a_form_whose_length_was_not_said_is_refused_too(api) -> None:
    in_pieces = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    response = api.generic("POST", "/me/", "x=1", "application/x-www-form-urlencoded", **in_pieces)
    assert response.status_code == 411
    assert "Content-Length" in response.content.decode()
