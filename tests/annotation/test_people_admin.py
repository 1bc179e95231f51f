import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client

from annotation.languages import clean_languages
from annotation.models import Role, User
from annotation.services.claim import claim
from tests.annotation.guarantees import check_guarantees
from tests.campaign_forms import person_form
from tests.factories import PASSWORD, UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db

ADD = "/admin/annotation/user/add/"


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.ADMIN))
    return client


def change(client: Client, person: User, languages: str):
    return client.post(address(person), person_form(person, languages=languages))


def address(person: User) -> str:
    return f"/admin/annotation/user/{person.pk}/change/"


def test_languages_are_stored_as_the_corpus_stores_them(client) -> None:
    person = UserFactory()
    assert change(client, person, "EN, pt-BR,deu, en-GB,iw").status_code == 302
    person.refresh_from_db()
    assert person.languages == ["en", "pt", "de", "he"]


def test_an_active_person_without_languages_is_saved_and_the_admin_is_told(client) -> None:
    person = UserFactory(languages=["de"])
    page = client.post(address(person), person_form(person, languages=""), follow=True)
    assert (
        f"Only pairs of unknown language are handed to {person.username}" in page.content.decode()
    )
    person.refresh_from_db()
    assert person.languages == []
    for fields in ({"any_language": "on"}, {"is_active": ""}, {"languages": "en"}):
        page = client.post(address(person), person_form(person, **fields), follow=True)
        assert "unknown language" not in page.content.decode(), fields
        User.objects.update(any_language=False)
        person.refresh_from_db()


def test_a_language_that_is_none_is_named_and_nothing_is_stored(client) -> None:
    person = UserFactory(languages=["de"])
    page = change(client, person, "en, English, xq").content.decode()
    assert "“English” is not a language tag such as en" in page
    assert "“xq” names no language" in page
    person.refresh_from_db()
    assert person.languages == ["de"]


def test_a_new_person_has_real_languages_too(client) -> None:
    form = {
        "username": "newcomer", "role": Role.ASSISTANT, "languages": "English",
        "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD,
    }  # fmt: skip
    assert "“English” is not a language tag" in client.post(ADD, form).content.decode()
    assert not User.objects.filter(username="newcomer").exists()
    assert client.post(ADD, {**form, "languages": "EN,de"}).status_code == 302
    assert User.objects.get(username="newcomer").languages == ["en", "de"]


def test_every_bad_code_has_its_error() -> None:
    with pytest.raises(ValidationError) as caught:
        clean_languages(["en", "English", "", "zz"])
    assert [message.partition(" ")[0] for message in caught.value.messages] == [
        "“English”", "“”", "“zz”",
    ]  # fmt: skip


def test_a_deactivated_persons_pairs_go_to_others_at_once(
    client, django_capture_on_commit_callbacks
) -> None:
    campaign = campaign_with_pairs(2)
    leaving, other = UserFactory(), UserFactory()
    assert len(claim(assistant=leaving, count=2)) == 2
    assert claim(assistant=other) == []
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address(leaving), person_form(leaving, is_active=""))
    assert len(claim(assistant=other, count=2)) == 2
    assert not leaving.assignments.filter(state="leased").exists()
    check_guarantees(campaign)


@pytest.mark.parametrize("hours", [0, -1, 10_001])
def test_agreed_hours_that_nobody_can_mean_are_refused_with_their_limits(client, hours) -> None:
    person = UserFactory()
    page = client.post(address(person), person_form(person, agreed_hours=hours))
    assert "Agreed hours: give a number above 0, up to 10,000" in page.content.decode()


def test_nobody_is_renamed_to_what_somebody_is_called_in_other_capitals(client) -> None:
    UserFactory(username="anna")
    ben = UserFactory(username="ben")
    page = client.post(address(ben), person_form(ben, username="Anna"))
    assert "Somebody has this username already" in page.content.decode()
    ben.refresh_from_db()
    assert ben.username == "ben"
    assert client.post(address(ben), person_form(ben, username="Ben")).status_code == 302
    with pytest.raises(IntegrityError):
        UserFactory(username="ANNA")
