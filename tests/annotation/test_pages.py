"""The pages without a browser: roles, errors, hostile text, the study and its runs."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from annotation import wording
from annotation.models import Policy, Role, User, Video
from annotation.queries import study as queries
from annotation.services.queue import rerank
from tests.factories import (
    PASSWORD,
    CampaignFactory,
    RunFactory,
    UserFactory,
    VideoFactory,
    add_pairs,
    campaign_with_pairs,
)
from tests.studies import label_all, living_study, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def assistant() -> User:
    return UserFactory()


@pytest.fixture
def coordinator_client() -> Client:
    return signed_in(UserFactory(role=Role.COORDINATOR))


@pytest.mark.parametrize(
    ("role", "target"),
    [(Role.ASSISTANT, "/label/"), (Role.COORDINATOR, "/study/"), (Role.ADMIN, "/study/")],
)
def test_home_leads_to_the_work_of_ones_role(role: Role, target: str) -> None:
    response = signed_in(UserFactory(role=role)).get("/")
    assert response["Location"] == target


def test_signing_in_and_out() -> None:
    person, client = UserFactory(), Client()
    form = {"username": person.username, "password": PASSWORD, "next": "/policy/"}
    assert client.post("/accounts/login/", form)["Location"] == "/policy/"
    assert client.post("/accounts/logout/")["Location"] == "/accounts/signed-out/"
    assert "Signed out" in client.get("/accounts/signed-out/").content.decode()
    assert client.get("/label/").status_code == 302


def test_a_wrong_password_is_said_kindly_and_ten_lock_the_name(settings) -> None:
    client = Client()
    form = {"username": UserFactory().username, "password": "wrong"}
    assert "don’t go together" in client.post("/accounts/login/", form).content.decode()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        response = client.post("/accounts/login/", form)
    assert response.status_code == 429
    assert "Too many tries" in response.content.decode()


def test_errors_have_pages_of_their_own(assistant: User) -> None:
    client = signed_in(assistant)
    assert "There is nothing here" in client.get("/nowhere/").content.decode()
    assert "This page is for others" in client.get("/study/").content.decode()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(assistant)
    assert "open for too long" in strict.post(f"/label/{uuid4()}/").content.decode()


def test_a_failure_on_our_side_is_said_plainly(assistant: User, monkeypatch) -> None:
    def broken(**kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("annotation.services.claim.claim", broken)
    client = Client(raise_request_exception=False)
    client.force_login(assistant)
    response = client.get("/label/")
    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()


def test_scripts_in_what_was_imported_come_out_as_text(assistant: User) -> None:
    campaign_with_pairs(1)
    hostile = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    Video.objects.update(
        title=hostile, channel=hostile, description=hostile, transcript=hostile, language="en"
    )
    client = signed_in(assistant)
    for address in ("/label/", reverse("video", args=[Video.objects.first().video_id])):
        html = client.get(address).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_scripts_in_a_policy_are_removed(assistant: User) -> None:
    body = (
        "# Title\n\n## Part\n\n<script>alert(1)</script>\n\n[bad](javascript:alert(2)) "
        "<b onclick='alert(3)'>x</b> **kept**"
    )
    Policy.objects.create(version=1, title="Rules", body=body)
    html = signed_in(assistant).get("/policy/").content.decode()
    assert "alert(" not in html
    assert "<strong>kept</strong>" in html
    assert html.count("<h1") == 1


def test_the_policy_in_force_is_the_open_campaigns(assistant: User) -> None:
    campaign = campaign_with_pairs(1)
    newer = Policy.objects.create(version=99, title="A draft", body="Later.")
    client = signed_in(assistant)
    assert campaign.policy.title in client.get("/policy/").content.decode()
    assert "A draft" in client.get(f"/policy/{newer.version}/").content.decode()
    assert client.get("/policy/98/").status_code == 404


def test_the_study_page_answers_first(coordinator_client: Client) -> None:
    study = living_study()
    html = coordinator_client.get("/study/").content.decode()
    text = " ".join(re.sub(r"<[^>]+>", "", html).split())
    assert "6 labels on " in text
    assert "people agree at α 0.71 (0.66–0.76), acceptable for tentative conclusions" in text
    assert "1 label since" in text
    assert "Amélie" in text
    assert f"/study/pairs/{study.disputed.pk}/" in html
    assert "Page 1 of 2" in text  # of the 25 pairs of people


def test_the_study_page_does_without_labels_runs_and_campaigns(coordinator_client: Client) -> None:
    assert "No campaign yet" in coordinator_client.get("/study/").content.decode()
    CampaignFactory(name="Brand new")
    html = coordinator_client.get("/study/").content.decode()
    assert "No labels yet; Brand new is ready" in html


def test_the_study_page_shows_the_campaign_that_is_asked_for(coordinator_client: Client) -> None:
    CampaignFactory(name="First")
    other = CampaignFactory(name="Second")
    html = coordinator_client.get(f"/study/?campaign={other.slug}").content.decode()
    assert "No labels yet; Second is ready" in html


@pytest.mark.parametrize("page", ["0", "-1", "99999", "x", "1e9"])
def test_a_page_number_that_does_not_exist_shows_a_near_one(
    coordinator_client: Client, page: str
) -> None:
    living_study()
    for address in (f"/study/?page={page}&kappas={page}", f"/runs/?page={page}"):
        assert coordinator_client.get(address).status_code == 200


def test_a_disputed_pair_shows_each_persons_answer(coordinator_client: Client) -> None:
    study = living_study()
    html = coordinator_client.get(f"/study/pairs/{study.disputed.pk}/").content.decode()
    assert "2 answers to one pair" in html
    assert "On a second look" in html
    assert "Amélie" in html


def test_a_run_shows_its_figures_and_its_log(coordinator_client: Client) -> None:
    study = living_study()
    html = coordinator_client.get(f"/runs/{study.finished_run.pk}/").content.decode()
    assert "0.80 (0.70–0.85)" in html
    assert "This model ranks the queue now" in html
    assert "Trained &lt;b&gt;in 31 s&lt;/b&gt;" in html
    assert "Cancel this run" not in html


def test_an_admin_cancels_a_run_from_its_page() -> None:
    run = RunFactory()
    client = signed_in(UserFactory(role=Role.ADMIN))
    assert "Cancel this run" in client.get(f"/runs/{run.pk}/").content.decode()
    for _ in range(2):
        assert client.post(f"/runs/{run.pk}/cancel/")["Location"] == f"/runs/{run.pk}/"
    run.refresh_from_db()
    assert run.status == run.Status.CANCELLED


@pytest.mark.parametrize(
    "video_id", ["dQw4w9WgXcQ", "ted:a_talk", "peertube:a/b?c=1&d=2", "x:ü.svg"]
)
def test_a_video_has_its_page_and_its_drawn_thumbnail(assistant: User, video_id: str) -> None:
    video = VideoFactory(video_id=video_id, title="Maps & <power>")
    client = signed_in(assistant)
    assert (
        "Maps &amp; &lt;power&gt;" in client.get(reverse("video", args=[video_id])).content.decode()
    )
    response = client.get(video.drawn_thumbnail_url)
    assert response["Content-Type"] == "image/svg+xml"
    assert "max-age" in response["Cache-Control"]
    assert response.content.startswith(b"<svg")
    assert Client().get(video.drawn_thumbnail_url).status_code == 302


def test_health_is_told_to_anyone() -> None:
    response = Client().get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_a_page_has_no_inline_script_or_style(coordinator_client: Client) -> None:
    study = living_study()
    for address in ("/label/", "/study/", f"/runs/{study.active_run.pk}/", "/policy/"):
        html = coordinator_client.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html), address


def test_the_study_page_asks_as_often_for_many_labels_as_for_few(
    coordinator_client: Client, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    study = living_study()
    with django_assert_max_num_queries(24) as few:
        coordinator_client.get("/study/")
    add_pairs(study.campaign, 10)
    rerank(campaign=study.campaign, run=None)
    for verdict in ("similar", "not_similar", "unsure"):
        label_all(UserFactory(), verdict, 6)
    with django_assert_num_queries(len(few)):
        coordinator_client.get("/study/")


def test_lists_ask_as_often_for_many_rows_as_for_few(django_assert_max_num_queries) -> None:
    study = living_study()
    client = signed_in(study.person)
    with django_assert_max_num_queries(9):
        client.get("/labels/")
    admin = signed_in(UserFactory(role=Role.ADMIN))
    for _ in range(5):
        RunFactory(status="failed")
    with django_assert_max_num_queries(8):
        admin.get("/runs/")


def test_what_waits_is_counted_no_further_than_anybody_would_read(monkeypatch) -> None:
    study = living_study()
    client = signed_in(UserFactory(role=Role.COORDINATOR))
    text = client.get("/study/").content.decode()
    assert "3 pairs are disputed" in text
    monkeypatch.setattr(wording, "MANY", 2)
    monkeypatch.setattr(queries, "MANY", 2)
    assert "2+ pairs are disputed" in client.get("/study/").content.decode()
    assert study.campaign.name in text
