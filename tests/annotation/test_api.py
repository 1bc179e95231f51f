from uuid import uuid4

import pytest
from django.db import connection
from rest_framework.test import APIClient

from annotation.models import Assignment, Label, Role
from tests.factories import PASSWORD, RunFactory, UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db

NEXT = "/api/v1/assignments/next/"
SIMILAR = {"verdict": "similar", "reasons": ["same_persons"], "seconds": 9.5}


def client_of(user) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def client() -> APIClient:
    return client_of(UserFactory())


def claim_one(client: APIClient) -> dict:
    return client.post(NEXT, {"count": 1}, format="json").json()["assignments"][0]


def test_next_leases_pairs_and_tells_all_that_is_needed_to_judge(client) -> None:
    campaign = campaign_with_pairs(3)
    (one, two) = client.post(NEXT, {"count": 2}, format="json").json()["assignments"]
    assert one["pair"] != two["pair"]
    assert one["policy"] == campaign.policy.version
    assert set(one["rejected"]) == set(one["recommended"]) >= {
        "title", "channel", "description", "language", "thumbnail_url", "watch_url",
    }  # fmt: skip


def test_next_returns_others_than_the_page_is_holding(client) -> None:
    campaign_with_pairs(3)
    one = claim_one(client)
    body = client.post(NEXT, {"holding": [one["assignment"]]}, format="json").json()
    assert body["assignments"][0]["pair"] != one["pair"]


def test_next_is_empty_when_nothing_is_left(client) -> None:
    empty = {"assignments": [], "why_nothing": "closed"}
    assert client.post(NEXT, {}, format="json").json() == empty


def test_next_as_html_is_the_fragment_that_the_page_shows(client) -> None:
    campaign_with_pairs(1)
    response = client.post(NEXT, {}, format="json", HTTP_ACCEPT="text/html")
    assert response["Content-Type"].startswith("text/html")
    assert str(Assignment.objects.get().pk) in response.content.decode()


@pytest.mark.parametrize("body", [{"count": 0}, {"count": 99}, {"holding": ["x"]}])
def test_next_says_which_field_is_wrong(client, body) -> None:
    response = client.post(NEXT, body, format="json")
    assert response.status_code == 400
    assert set(response.json()) == set(body)


def test_a_submitted_label_is_stored_and_a_repeat_is_harmless(client) -> None:
    campaign_with_pairs(1)
    url = f"/api/v1/assignments/{claim_one(client)['assignment']}/submit/"
    first, again = (client.post(url, SIMILAR, format="json") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["label"]["id"] == again.json()["label"]["id"]
    assert Label.objects.get().seconds == 9.5


def test_an_answer_brings_the_next_pairs_if_asked(client) -> None:
    campaign_with_pairs(4)
    one = claim_one(client)["assignment"]
    body = SIMILAR | {"next": {"count": 2, "holding": []}}
    found = client.post(f"/api/v1/assignments/{one}/submit/", body, format="json").json()["next"]
    handed = {str(pk) for pk in Assignment.objects.exclude(pk=one).values_list("pk", flat=True)}
    assert {pair["assignment"] for pair in found["assignments"]} == handed
    assert len(handed) == 2

    body["next"] = {"holding": list(handed), "html": True}
    again = client.post(f"/api/v1/assignments/{one}/submit/", body, format="json").json()
    last = Assignment.objects.latest("served_at")
    assert not again["created"]
    assert str(last.pk) in again["next"]["html"]
    assert str(last.pk) not in handed | {one}


def test_a_wrong_answer_or_a_wrong_request_for_more_brings_and_stores_nothing(client) -> None:
    campaign_with_pairs(3)
    url = f"/api/v1/assignments/{claim_one(client)['assignment']}/submit/"
    wrong = {"verdict": "similar", "next": {"count": 1}}
    assert set(client.post(url, wrong, format="json").json()) == {"reasons"}
    response = client.post(url, SIMILAR | {"next": {"count": 99}}, format="json")
    assert response.status_code == 400
    assert "count" in response.json()["next"]
    assert Assignment.objects.count() == 1
    assert not Label.objects.exists()


def test_an_answer_is_stored_and_said_to_be_when_no_next_pair_can_be_had(client) -> None:
    campaign_with_pairs(3, relabelling="fixed")
    url = f"/api/v1/assignments/{claim_one(client)['assignment']}/submit/"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE annotation_queueitem")
    response = client.post(url, SIMILAR | {"next": {"holding": []}}, format="json")
    assert response.status_code == 201
    assert response.json()["next"] is None
    assert str(Label.objects.get().submission) in url


def test_another_answer_is_a_conflict(client) -> None:
    campaign_with_pairs(1)
    url = f"/api/v1/assignments/{claim_one(client)['assignment']}/submit/"
    client.post(url, SIMILAR, format="json")
    response = client.post(url, {"verdict": "unsure"}, format="json")
    assert response.status_code == 409
    assert "Change that" in response.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "verdict"),
        ({"verdict": "yes"}, "verdict"),
        ({"verdict": "similar"}, "reasons"),
        ({"verdict": "similar", "reasons": ["shape"]}, "reasons"),
        ({"verdict": "unsure", "reasons": ["other"]}, "reasons"),
        ({"verdict": "unsure", "comment": "x" * 2001}, "comment"),
        ({"verdict": "unsure", "seconds": "long"}, "seconds"),
        ({"verdict": "unsure", "seconds": -4}, "seconds"),
    ],
)
def test_a_wrong_answer_names_its_field_and_stores_nothing(client, body, field) -> None:
    campaign_with_pairs(1)
    url = f"/api/v1/assignments/{claim_one(client)['assignment']}/submit/"
    response = client.post(url, body, format="json")
    assert response.status_code == 400
    assert field in response.json()
    assert not Label.objects.exists()


def test_infinite_seconds_are_no_number(client) -> None:
    campaign_with_pairs(1)
    url = f"/api/v1/assignments/{claim_one(client)['assignment']}/submit/"
    response = client.post(
        url, '{"verdict": "unsure", "seconds": NaN}', content_type="application/json"
    )
    assert response.status_code == 400


def test_what_was_not_handed_out_to_one_is_not_found(client) -> None:
    campaign_with_pairs(1)
    foreign = claim_one(client_of(UserFactory()))["assignment"]
    for assignment in (foreign, uuid4()):
        response = client.post(f"/api/v1/assignments/{assignment}/submit/", SIMILAR, format="json")
        assert response.status_code == 404
    assert client.post("/api/v1/assignments/17/submit/", SIMILAR).status_code == 404


def test_a_skip_hands_the_pair_back(client) -> None:
    campaign_with_pairs(1)
    assignment = claim_one(client)["assignment"]
    assert client.post(f"/api/v1/assignments/{assignment}/skip/").status_code == 204
    assert client.post(NEXT, {}, format="json").json()["assignments"] == []
    assert claim_one(client_of(UserFactory()))


def test_history_is_ones_own_and_paginated(client) -> None:
    campaign_with_pairs(4)
    other = client_of(UserFactory())
    for who in (client, client, client, other):
        url = f"/api/v1/assignments/{claim_one(who)['assignment']}/submit/"
        who.post(url, SIMILAR, format="json")
    page = client.get("/api/v1/labels/?page_size=2").json()
    rest = client.get(page["next"]).json()
    assert (len(page["results"]), len(rest["results"]), rest["next"]) == (2, 1, None)


def test_a_revision_supersedes_ones_own_label_only(client) -> None:
    campaign_with_pairs(1)
    url = f"/api/v1/assignments/{claim_one(client)['assignment']}/submit/"
    label = client.post(url, SIMILAR, format="json").json()["label"]
    body = {"verdict": "unsure", "submission": str(uuid4())}
    revise = f"/api/v1/labels/{label['id']}/revise/"
    assert client_of(UserFactory()).post(revise, body, format="json").status_code == 404
    response = client.post(revise, body, format="json")
    assert response.status_code == 201
    assert response.json()["label"]["supersedes"] == label["id"]


def test_an_answer_is_changed_by_the_pair_it_was_given_to(client) -> None:
    campaign_with_pairs(1)
    url = f"/api/v1/assignments/{claim_one(client)['assignment']}/"
    body = {"verdict": "unsure", "submission": str(uuid4())}
    assert client.post(f"{url}revise/", body, format="json").status_code == 404
    first = client.post(f"{url}submit/", SIMILAR, format="json").json()["label"]
    changed, again = (client.post(f"{url}revise/", body, format="json") for _ in range(2))
    assert (changed.status_code, again.status_code) == (201, 200)
    assert changed.json()["label"] == again.json()["label"]
    assert changed.json()["label"]["supersedes"] == first["id"]

    once_more = body | {"submission": str(uuid4()), "verdict": "not_similar"}
    latest = client.post(f"{url}revise/", once_more, format="json").json()["label"]
    assert latest["supersedes"] == changed.json()["label"]["id"]
    assert client_of(UserFactory()).post(f"{url}revise/", body, format="json").status_code == 404


def test_progress_counts_ones_own_labels(client) -> None:
    campaign_with_pairs(2)
    url = f"/api/v1/assignments/{claim_one(client)['assignment']}/submit/"
    client.post(url, {**SIMILAR, "seconds": 36}, format="json")
    assert client.get("/api/v1/progress/").json() == {"today": 1, "total": 1, "hours": 0.01}


def test_a_coordinator_sees_the_state_of_the_queue() -> None:
    campaign = campaign_with_pairs(2)
    body = client_of(UserFactory(role=Role.COORDINATOR)).get("/api/v1/progress/").json()
    assert body["queue"]["campaign"] == campaign.slug
    assert (body["queue"]["generation"], body["queue"]["ready"]) == (1, 2)


def test_a_run_tells_its_progress_and_its_log() -> None:
    run = RunFactory(progress=0.5, message="Half-way")
    run.events.create(text="Requested")
    body = client_of(UserFactory(role=Role.COORDINATOR)).get(f"/api/v1/runs/{run.pk}/").json()
    assert (body["status"], body["progress"], body["message"]) == ("requested", 0.5, "Half-way")
    assert [event["text"] for event in body["events"]] == ["Requested"]


def test_a_token_serves_where_there_is_no_browser() -> None:
    campaign_with_pairs(1)
    user = UserFactory()
    client = APIClient()
    asked = {"username": user.username, "password": PASSWORD}
    token = client.post("/api/v1/token/", asked, format="json").json()["token"]
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert claim_one(client)["assignment"]


def test_a_session_without_csrf_token_changes_nothing() -> None:
    campaign_with_pairs(1)
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(UserFactory())
    assert client.post(NEXT, {}, format="json").status_code == 403
    assert not Assignment.objects.exists()


def test_the_schema_describes_every_endpoint(client) -> None:
    response = client.get("/api/v1/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    paths = set(response.json()["paths"])
    assert {NEXT, "/api/v1/labels/{id}/revise/", "/api/v1/runs/{id}/cancel/"} <= paths
