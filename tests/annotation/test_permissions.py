"""Every URL with every role: who is let in is written down here, once, and checked for all."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from annotation.models import Role, TrainingRun
from annotation.services.claim import claim
from annotation.services.labels import Answer, submit
from tests.annotation.twins import merged
from tests.factories import RunFactory, UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db

EVERYONE = {None, "assistant", "coordinator", "admin"}
SIGNED_IN = EVERYONE - {None}
STUDY = {"coordinator", "admin"}
ADMIN = {"admin"}

# Route -> who may use it. A route that is not listed fails the test below.
RULES = {
    "healthz": EVERYONE,
    "favicon.svg": EVERYONE,
    "accounts/login/": EVERYONE,
    "accounts/logout/": SIGNED_IN,
    "accounts/signed-out/": EVERYONE,
    "api/v1/token/": EVERYONE,
    "": SIGNED_IN,
    "label/": SIGNED_IN,
    "label/<uuid:assignment_id>/": SIGNED_IN,
    "label/<uuid:assignment_id>/skip/": SIGNED_IN,
    "labels/": SIGNED_IN,
    "labels/last/": SIGNED_IN,
    "labels/<int:label_id>/": SIGNED_IN,
    "me/": SIGNED_IN,
    "me/pace/": SIGNED_IN,
    "me/record/": SIGNED_IN,
    "me/record/pairs/": SIGNED_IN,
    "me/record/run/": SIGNED_IN,
    "support/": SIGNED_IN,
    "support/edit/": STUDY,
    "learn/": SIGNED_IN,
    "learn/tasks/<int:task_id>/": SIGNED_IN,
    "learn/tasks/<int:task_id>/read/": SIGNED_IN,
    "learn/<slug:slug>/<slug:round_name>/": SIGNED_IN,
    "learn/<slug:slug>/<slug:round_name>/begin/": SIGNED_IN,
    "policy/": SIGNED_IN,
    "policy/<int:version>/": SIGNED_IN,
    "policy/<int:version>/read/": SIGNED_IN,
    "videos/<video_id:video_id>/": SIGNED_IN,
    "thumbnails/<video_id:video_id>.svg": SIGNED_IN,
    "study/": STUDY,
    "study/pairs/<int:pair_id>/": STUDY,
    "study/videos/<video_id:video_id>/warning/": STUDY,
    "study/practice/": STUDY,
    "study/practice/<slug:slug>/<int:person_id>/": STUDY,
    "study/duplicates/": STUDY,
    "study/duplicates/search/": STUDY,
    "study/duplicates/<int:twin_id>/": STUDY,
    "study/tables/<slug:name>.csv": STUDY,
    "study/agreement/": STUDY,
    "study/agreement.csv": STUDY,
    "study/agreement/pairs/": STUDY,
    "study/agreement/repeats/": STUDY,
    "study/agreement/repeats.csv": STUDY,
    "study/adjudication/": STUDY,
    "study/adjudication/<slug:slug>/<int:pair_id>/": STUDY,
    "study/adjudication/<slug:slug>/<int:pair_id>/open/": STUDY,
    "study/policy/": STUDY,
    "study/slips/": STUDY,
    "study/slips.csv": STUDY,
    "study/slips/<int:label_id>/": STUDY,
    "labels/<int:label_id>/right/": SIGNED_IN,
    "study/planning.csv": STUDY,
    "study/planning/": STUDY,
    "study/report/": STUDY,
    "study/assistants/": STUDY,
    "study/assistants.csv": STUDY,
    "study/assistants/<int:person_id>/": STUDY,
    "study/assistants/<int:person_id>/pairs/": STUDY,
    "study/contests/<int:contest_id>/": STUDY,
    "study/queue/": STUDY,
    "study/queue/<slug:slug>/state/": STUDY,
    "study/queue/<slug:slug>/dry-run/": STUDY,
    "runs/": STUDY,
    "runs/<int:run_id>/": STUDY,
    "runs/<int:run_id>/cancel/": ADMIN,
    "api/v1/schema/": SIGNED_IN,
    "api/v1/progress/": SIGNED_IN,
    "api/v1/assignments/next/": SIGNED_IN,
    "api/v1/assignments/<uuid:pk>/submit/": SIGNED_IN,
    "api/v1/assignments/<uuid:pk>/skip/": SIGNED_IN,
    "api/v1/assignments/<uuid:pk>/revise/": SIGNED_IN,
    "api/v1/labels/": SIGNED_IN,
    "api/v1/labels/<int:pk>/revise/": SIGNED_IN,
    "api/v1/queues/<slug:slug>/": STUDY,
    "api/v1/queues/<slug:slug>/why/": STUDY,
    "api/v1/runs/": STUDY,
    "api/v1/runs/<int:pk>/": STUDY,
    "api/v1/runs/<int:pk>/cancel/": ADMIN,
}
POSTED = {
    "accounts/logout/", "api/v1/token/", "label/<uuid:assignment_id>/",
    "label/<uuid:assignment_id>/skip/", "runs/<int:run_id>/cancel/", "api/v1/assignments/next/",
    "api/v1/assignments/<uuid:pk>/submit/", "api/v1/assignments/<uuid:pk>/skip/",
    "api/v1/assignments/<uuid:pk>/revise/", "policy/<int:version>/read/",
    "api/v1/labels/<int:pk>/revise/", "api/v1/runs/<int:pk>/cancel/",
    "study/queue/<slug:slug>/state/", "study/queue/<slug:slug>/dry-run/",
    "study/videos/<video_id:video_id>/warning/",
    "study/duplicates/search/", "study/duplicates/<int:twin_id>/", "learn/tasks/<int:task_id>/",
    "learn/tasks/<int:task_id>/read/", "learn/<slug:slug>/<slug:round_name>/begin/",
    "study/practice/<slug:slug>/<int:person_id>/",
    "study/adjudication/<slug:slug>/<int:pair_id>/open/",
    "study/slips/<int:label_id>/", "labels/<int:label_id>/right/",
    "study/contests/<int:contest_id>/",
}  # fmt: skip


def routes(patterns, prefix: str = "") -> list[str]:
    found = []
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            found += routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            found.append(route)
    return found


def own_routes() -> list[str]:
    return [r for r in routes(get_resolver().url_patterns) if not r.startswith("admin/")]


def url_of(route: str, objects: dict[str, object]) -> str:
    for placeholder, value in objects.items():
        route = route.replace(placeholder, str(value))
    assert "<" not in route, f"no object for {route}"
    return f"/{route}"


@pytest.fixture
def objects():
    campaign = campaign_with_pairs(3)
    person = UserFactory()
    (assignment,) = claim(assistant=person)
    answer = Answer(verdict="unsure")
    label = submit(assistant=person, assignment_id=assignment.pk, answer=answer).label
    run = RunFactory(campaign=campaign)
    return {
        "<uuid:assignment_id>": uuid4(),
        "<uuid:pk>": uuid4(),
        "<int:label_id>": label.pk,
        "<int:version>": campaign.policy.version,
        "<video_id:video_id>": assignment.pair.rejected.video_id,
        "<int:pair_id>": assignment.pair_id,
        "<int:twin_id>": merged(assignment.pair.rejected, assignment.pair.recommended).pk,
        "<int:task_id>": 0,
        "<slug:round_name>": "practice",
        "<slug:name>": "measures",
        "<int:person_id>": person.pk,
        "<int:contest_id>": 0,
        "<int:run_id>": run.pk,
        "<int:pk>": run.pk,
        "<slug:slug>": campaign.slug,
    }


def client_of(role: str | None) -> Client:
    client = Client()
    if role:
        client.force_login(UserFactory(role=role))
    return client


def is_refused(response) -> bool:
    to_sign_in = response.status_code == 302 and response["Location"].startswith("/accounts/login/")
    return to_sign_in or response.status_code in (401, 403)


def test_every_route_has_its_rule() -> None:
    assert set(own_routes()) == set(RULES)


@contextmanager
def undone() -> Iterator[None]:
    """For everybody the objects are as they were at first."""
    before = transaction.savepoint()
    yield
    transaction.savepoint_rollback(before)


@pytest.mark.parametrize("route", sorted(RULES))
def test_a_route_lets_in_exactly_those_who_may(route: str, objects) -> None:
    url = url_of(route, objects)
    for role in (None, *Role.values):
        with undone():
            client = client_of(role)
            response = client.post(url) if route in POSTED else client.get(url)
            refused = is_refused(response)
            assert refused == (role not in RULES[route]), f"{role}: {response.status_code}"
            assert response.status_code < 500, role


@pytest.mark.parametrize("role", [None, *Role.values])
def test_the_admin_site_is_for_admins(role: str | None) -> None:
    client = client_of(role)
    urls = [f"/{r}" for r in routes(get_resolver().url_patterns) if r.startswith("admin/")]
    urls = [url for url in urls if "<" not in url and "(" not in url]
    assert "/admin/annotation/trainingrun/retrain/" in urls
    public = {"/admin/login/", "/admin/logout/"}
    for url in urls:
        refused = client.get(url).status_code in (302, 403)
        if url not in public and role != Role.ADMIN:
            assert refused, url


def test_a_run_is_asked_for_by_admins_only() -> None:
    campaign = campaign_with_pairs(1)
    for role in Role.values:
        client_of(role).post(
            "/api/v1/runs/", {"campaign": campaign.slug}, content_type="application/json"
        )
        assert TrainingRun.objects.exists() == (role == Role.ADMIN)


def test_an_inactive_person_is_let_in_nowhere() -> None:
    person = UserFactory()
    client = Client()
    client.force_login(person)
    person.is_active = False
    person.save()
    assert is_refused(client.get("/label/"))
