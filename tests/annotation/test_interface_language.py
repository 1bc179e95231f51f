"""The pages in the language of the person who reads them."""

import json
import re

import pytest
from django.test import Client

from annotation.models import Role, User
from tests.factories import UserFactory, campaign_with_pairs
from tests.studies import living_study, signed_in

pytestmark = pytest.mark.django_db

LOGIN, NEXT = "/accounts/login/", "/api/v1/assignments/next/"


@pytest.fixture
def german_speaker() -> User:
    campaign_with_pairs(3)
    return UserFactory(interface_language="de")


def words_of(html: str) -> dict[str, object] | None:
    found = re.search(r'<script type="application/json" id="words">(.*?)</script>', html)
    return json.loads(found[1]) if found else None


@pytest.mark.parametrize(
    ("browser", "language", "button"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de", "Anmelden"),
        ("en-GB,en;q=0.9,de;q=0.5", "en", "Sign in"),
        ("lt", "en", "Sign in"),
    ],
)
def test_the_sign_in_page_speaks_as_the_browser_asks(
    browser: str, language: str, button: str
) -> None:
    response = Client(HTTP_ACCEPT_LANGUAGE=browser).get(LOGIN)
    html = response.content.decode()
    assert f'<html lang="{language}">' in html
    assert re.search(rf"<button[^>]*>{button}</button>", html)
    assert response["Content-Language"] == language
    assert "Accept-Language" in response["Vary"]


def test_a_persons_choice_wins_over_the_browser(german_speaker: User) -> None:
    client = signed_in(german_speaker)
    html = client.get("/label/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert '<html lang="de">' in html
    for text in ("Sind diese zwei Videos ähnlich?", "Nicht ähnlich", "Abgelehnt", "Überspringen"):
        assert text in html
    assert "Are these two videos similar?" not in html


def test_scripts_are_given_their_words_in_german_and_none_in_english(german_speaker: User) -> None:
    words = words_of(signed_in(german_speaker).get("/label/").content.decode())
    assert words is not None
    assert words["texts"]["All saved"] == "Alles gespeichert"
    assert words["texts"]["about a minute left"][1] == "noch etwa {n} Minuten"
    assert words["plurals"][:3] == "101"
    english = signed_in(UserFactory(interface_language="en"))
    html = english.get("/label/", HTTP_ACCEPT_LANGUAGE="de").content.decode()
    assert words_of(html) is None


def test_the_pair_that_comes_with_an_answer_is_in_german_too(german_speaker: User) -> None:
    client = signed_in(german_speaker)
    first = client.post(NEXT, {}, "application/json").json()["assignments"][0]["assignment"]
    answer = {
        "submission": first,
        "verdict": "unsure",
        "seconds": 5,
        "next": {"count": 1, "html": True},
    }
    said = client.post(f"/api/v1/assignments/{first}/submit/", answer, "application/json").json()
    assert "Sind diese zwei Videos ähnlich?" in said["next"]["html"]


def test_two_people_at_the_same_pair_each_read_it_in_their_language(german_speaker: User) -> None:
    english = signed_in(UserFactory(interface_language="en"))
    assert "Sind diese zwei" in signed_in(german_speaker).get("/label/").content.decode()
    assert "Are these two videos similar?" in english.get("/label/").content.decode()


def test_the_studys_figures_are_written_as_in_german() -> None:
    living_study()
    coordinator = UserFactory(interface_language="de", role=Role.COORDINATOR)
    html = signed_in(coordinator).get("/study/").content.decode()
    assert re.search(r"Krippendorffs α, nominal</th>\s*<td[^>]*>0,71", html)
    assert "87\u00a0%" in html
