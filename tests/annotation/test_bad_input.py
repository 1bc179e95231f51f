"""What no well-behaved client sends is refused as a mistake of the client, never with a 500."""

from base64 import b64encode

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation.models import Assignment, Label, Role
from tests.factories import PASSWORD, UserFactory, VideoFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db

NEXT, TOKEN = "/api/v1/assignments/next/", "/api/v1/token/"


@pytest.fixture
def api() -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.force_login(UserFactory(role=Role.ADMIN))
    return client


@pytest.mark.parametrize(
    "path", ["/videos/%00/", "/videos/a%00/", "/videos/a%20b/", "/thumbnails/a%00.svg"]
)
def test_what_can_be_no_id_of_a_video_is_not_found(api, path) -> None:
    assert api.get(path).status_code == 404


@pytest.mark.parametrize(
    "video_id", ["ted:talks/al_gore?x=1&y", "dQw4w9WgXcQ", "card:9f", "a%00b", "видео/é"]
)
def test_every_id_that_can_be_stored_has_its_pages(api, video_id) -> None:
    video = VideoFactory(video_id=video_id)
    assert api.get(video.drawn_thumbnail_url)["Content-Type"] == "image/svg+xml"
    page = api.get(video.drawn_thumbnail_url.replace("/thumbnails/", "/videos/")[:-4] + "/")
    assert video.title in page.content.decode()


@pytest.mark.parametrize("path", ["/api/v1/labels/", "/api/v1/runs/"])
@pytest.mark.parametrize("position", ["abc", "%00", "1" * 5000, "-1", "", "9" * 19])
def test_a_cursor_that_was_never_given_out_is_not_found(api, path, position) -> None:
    cursor = b64encode(f"p={position}".encode()).decode()
    assert api.get(path, {"cursor": cursor}).status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/labels/", "/api/v1/runs/"])
def test_a_cursor_of_any_key_is_taken(api, path) -> None:
    cursor = b64encode(b"p=" + b"9" * 18).decode()
    assert api.get(path, {"cursor": cursor}).status_code == 200


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, '{"verdict":' + "[" * 900])
@pytest.mark.parametrize(
    "path",
    [NEXT, TOKEN, "/api/v1/runs/", "/api/v1/assignments/{}/submit/", "/api/v1/labels/1/revise/"],
)
def test_json_of_endless_depth_is_a_bad_request(api, path, body) -> None:
    path = path.format("00000000-0000-4000-8000-000000000000")
    response = api.post(path, body, content_type="application/json")
    assert response.status_code == 400


@pytest.mark.parametrize("depth", [21, 500, *range(900, 1000, 7)])
def test_json_that_is_deeper_than_any_answer_is_a_bad_request(api, depth) -> None:
    campaign_with_pairs(1)
    assignment = api.post(NEXT, {}, format="json").json()["assignments"][0]["assignment"]
    body = '{"verdict":' + "[" * depth + "]" * depth + "}"
    response = api.post(
        f"/api/v1/assignments/{assignment}/submit/", body, content_type="application/json"
    )
    assert (response.status_code, "levels" in response.json()["detail"]) == (400, True)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/assignments/{}/submit/", r'{"verdict":"\ud800"}'),
        ("/api/v1/assignments/{}/submit/", r'{"verdict":"similar","reasons":["\udfff"]}'),
        ("/api/v1/assignments/{}/submit/", r'{"verdict":"unsure","comment":"\ud83d!"}'),
        ("/api/v1/assignments/{}/submit/", r'{"verdict":"unsure","\ud83d":1}'),
        ("/api/v1/assignments/{}/skip/", r'{"reason":"\ud83d"}'),
        ("/api/v1/runs/", r'{"campaign":"c","recipe":"\ud800"}'),
        (NEXT, r'{"holding":["\ud800"]}'),
        (TOKEN, r'{"username":"\ud800","password":"x"}'),
    ],
)
def test_half_a_character_in_any_field_is_a_bad_request(api, path, body) -> None:
    campaign_with_pairs(1)
    assignment = api.post(NEXT, {}, format="json").json()["assignments"][0]["assignment"]
    response = api.post(path.format(assignment), body, content_type="application/json")
    assert (response.status_code, "character" in response.json()["detail"]) == (400, True)
    assert not Label.objects.exists()


def test_a_whole_character_of_two_halves_is_taken(api) -> None:
    campaign_with_pairs(1)
    assignment = api.post(NEXT, {}, format="json").json()["assignments"][0]["assignment"]
    body = r'{"verdict":"unsure","comment":"\ud83d\ude00"}'
    path = f"/api/v1/assignments/{assignment}/submit/"
    assert api.post(path, body, content_type="application/json").status_code == 201
    assert Label.objects.get().comment == "😀"


def test_a_choice_that_is_none_is_told_what_may_be_chosen_and_not_what_was_sent(api) -> None:
    path = "/api/v1/assignments/00000000-0000-4000-8000-000000000000/submit/"
    told = api.post(path, {"verdict": "x" * 3000}, format="json").json()["verdict"]
    assert told == ["Choose one of these: similar, not_similar, unsure."]


def test_anyone_may_send_json_of_endless_depth_for_a_token_and_gets_none() -> None:
    client = Client(raise_request_exception=False)
    response = client.post(TOKEN, "[" * 100_000, content_type="application/json")
    assert response.status_code == 400


@pytest.mark.parametrize("length", [151, 256, 5000])
def test_a_name_that_is_longer_than_any_account_is_refused_as_any_other(length) -> None:
    client = Client(raise_request_exception=False)
    form = {"username": "x" * length, "password": PASSWORD}
    page = client.post("/accounts/login/", form)
    assert (page.status_code, "don’t go together" in page.content.decode()) == (200, True)
    page = client.post("/admin/login/", form)
    assert (page.status_code, "errornote" in page.content.decode()) == (200, True)
    for content_type in ("application/json", "application/x-www-form-urlencoded"):
        body = form if "json" in content_type else f"username={'x' * length}&password=x"
        assert client.post(TOKEN, body, content_type).status_code == 400


def test_the_longest_name_signs_in_everywhere() -> None:
    user = UserFactory(username="x" * 150, role=Role.ADMIN)
    form = {"username": user.username, "password": PASSWORD}
    assert Client().post("/accounts/login/", form).status_code == 302
    assert Client().post("/admin/login/", form).status_code == 302
    assert Client().post(TOKEN, form).json()["token"]


def test_a_list_that_is_too_long_gets_one_short_error(api) -> None:
    response = api.post(NEXT, {"holding": ["x"] * 200_000}, format="json")
    assert response.json() == {"holding": ["Ensure this field has no more than 50 elements."]}
    body = {"verdict": "similar", "reasons": ["x"] * 200_000}
    path = "/api/v1/assignments/00000000-0000-4000-8000-000000000000/submit/"
    response = api.post(path, body, format="json")
    assert response.json() == {"reasons": ["Ensure this field has no more than 20 elements."]}


@pytest.mark.parametrize(("length", "truncated"), [(6000, False), (6001, True), (90_000, True)])
def test_of_a_long_transcript_the_start_is_sent(api, length, truncated) -> None:
    campaign_with_pairs(1)
    transcript = "é" * length
    claimed = api.post(NEXT, {}, format="json").json()["assignments"][0]
    assert claimed["rejected"]["transcript"] is None
    assert claimed["rejected"]["transcript_truncated"] is False
    pair = Assignment.objects.get().pair
    pair.recommended.transcript = transcript
    pair.recommended.save()
    video = api.post(NEXT, {}, format="json").json()["assignments"][0]["recommended"]
    assert video["transcript"] == transcript[:6000]
    assert video["transcript_truncated"] is truncated
