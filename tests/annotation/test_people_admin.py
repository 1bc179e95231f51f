import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from annotation.languages import clean_languages
from annotation.models import Role, User
from tests.campaign_forms import person_form
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

ADD = "/admin/annotation/user/add/"


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.ADMIN))
    return client


def change(client: Client, person: User, languages: str):
    form = person_form(person, languages=languages)
    return client.post(f"/admin/annotation/user/{person.pk}/change/", form)


def test_languages_are_stored_as_the_corpus_stores_them(client) -> None:
    person = UserFactory()
    assert change(client, person, "EN, pt-BR,deu, en-GB,iw").status_code == 302
    person.refresh_from_db()
    assert person.languages == ["en", "pt", "de", "he"]


def test_no_languages_are_all_languages(client) -> None:
    person = UserFactory(languages=["de"])
    assert change(client, person, "").status_code == 302
    person.refresh_from_db()
    assert person.languages == []


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
