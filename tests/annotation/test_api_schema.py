"""The schema says what is answered: every status and every field."""

from uuid import uuid4

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation.models import Role
from tests.factories import UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db

BY_PAIR, BY_LABEL = "/api/v1/assignments/{id}/revise/", "/api/v1/labels/{id}/revise/"


@pytest.fixture
def api() -> APIClient:
    client = APIClient()
    client.force_login(UserFactory(role=Role.ADMIN))
    return client


@pytest.fixture
def schema(api) -> dict:
    found = api.get("/api/v1/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    return found.json()


def statuses(schema: dict, path: str, method: str = "post") -> set[int]:
    return {int(status) for status in schema["paths"][path][method]["responses"]}


def fields(schema: dict, name: str) -> set[str]:
    return set(schema["components"]["schemas"][name]["properties"])


def test_the_schema_has_every_status_that_answers_to_a_pair_get(api, schema) -> None:
    campaign_with_pairs(2)
    pairs = api.post("/api/v1/assignments/next/", {"count": 2}, format="json").json()
    one, two = (pair["assignment"] for pair in pairs["assignments"])

    def got(path: str, body: dict) -> int:
        response = api.post(path, body, format="json")
        action = path.rstrip("/").rpartition("/")[2]
        of = "labels" if "/labels/" in path else "assignments"
        assert response.status_code in statuses(schema, f"/api/v1/{of}/{{id}}/{action}/")
        return response.status_code

    path, unsure = f"/api/v1/assignments/{one}/", {"verdict": "unsure"}
    answers = [unsure, unsure, {"verdict": "not_similar"}, {"verdict": "perhaps"}]
    assert [got(f"{path}submit/", body) for body in answers] == [201, 200, 409, 400]
    label = api.get("/api/v1/labels/").json()["results"][0]["id"]
    for place in (f"/api/v1/labels/{label}/", path):
        again = {"verdict": "not_similar", "submission": str(uuid4())}
        changes = [again, again, {**again, "verdict": "unsure"}, unsure]
        assert [got(f"{place}revise/", body) for body in changes] == [201, 200, 409, 400]
    assert got(f"{path}skip/", {}) == 409
    assert got(f"/api/v1/assignments/{two}/skip/", {"reason": "?"}) == 400
    assert got(f"/api/v1/assignments/{two}/skip/", {}) == 204
    assert got(f"/api/v1/assignments/{uuid4()}/skip/", {}) == 404


def test_the_schema_has_every_field_of_progress(api, schema) -> None:
    campaign_with_pairs(1)
    body = api.get("/api/v1/progress/").json()
    assert set(body) == fields(schema, "Progress")
    assert set(body["queue"]) == fields(schema, "QueueStatus")
    of_assistant = Client()
    of_assistant.force_login(UserFactory())
    own = set(of_assistant.get("/api/v1/progress/").json())
    assert own == set(schema["components"]["schemas"]["Progress"]["required"])


def test_every_operation_names_its_refusals(schema) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            wanted = {429} if path.endswith("/token/") else {403}
            wanted |= {404} if "{" in path else set()
            wanted |= {400} if "requestBody" in operation else set()
            assert wanted <= statuses(schema, path, method), (path, method)
    for path in (BY_PAIR, BY_LABEL, "/api/v1/assignments/{id}/skip/", "/api/v1/runs/"):
        assert 409 in statuses(schema, path), path


def test_every_component_that_is_named_is_there(schema) -> None:
    named = set(_references(schema["paths"])) | set(_references(schema["components"]))
    assert named <= {f"#/components/schemas/{name}" for name in schema["components"]["schemas"]}


def _references(part) -> list[str]:
    if isinstance(part, list):
        return [found for item in part for found in _references(item)]
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [found for item in part.values() for found in _references(item)]
    return []
