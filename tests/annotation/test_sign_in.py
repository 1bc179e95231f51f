import pytest
from django.test import Client

from annotation.models import Role, User
from annotation.services.people import demo_accounts
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

LOGIN, TOKEN = "/accounts/login/", "/api/v1/token/"


def test_a_person_signs_in_and_out() -> None:
    user, client = UserFactory(), Client()
    response = client.post(LOGIN, {"username": user.username, "password": PASSWORD}, follow=True)
    assert response.status_code == 200
    assert response.wsgi_request.user == user
    client.post("/accounts/logout/")
    assert client.get("/label/").status_code == 302


def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait(settings) -> None:
    user, client = UserFactory(), Client()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post(LOGIN, {"username": user.username, "password": "wrong"})
    response = client.post(LOGIN, {"username": user.username, "password": PASSWORD})
    assert response.status_code == 429
    assert client.get("/label/").status_code == 302
    other = UserFactory()
    assert client.post(LOGIN, {"username": other.username, "password": PASSWORD}).status_code == 302


def test_tokens_cannot_be_guessed_either(settings) -> None:
    user, client = UserFactory(), Client()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post(TOKEN, {"username": user.username, "password": "wrong"}, "application/json")
    right = {"username": user.username, "password": PASSWORD}
    assert client.post(TOKEN, right, "application/json").status_code in (400, 403, 429)


def test_signing_in_leads_to_no_other_site() -> None:
    user, client = UserFactory(), Client()
    form = {"username": user.username, "password": PASSWORD, "next": "https://example.org/"}
    assert not client.post(LOGIN, form)["Location"].startswith("https://example.org")


def test_the_role_alone_decides_who_is_staff() -> None:
    person = UserFactory(is_staff=True, is_superuser=True)
    assert (person.is_staff, person.is_superuser) == (False, False)
    admin = User.objects.create_superuser("boss", password=PASSWORD)
    assert (admin.role, admin.is_staff) == (Role.ADMIN, True)


def test_demo_accounts_show_their_random_passwords_once() -> None:
    first, second = demo_accounts(), demo_accounts()
    passwords = [account["password"] for account in first.values()]
    assert len(set(passwords)) == 3
    assert all(account["password"] is None for account in second.values())
    for role, account in first.items():
        assert User.objects.get(username=account["username"]).role == role
