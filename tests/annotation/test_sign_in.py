from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from annotation.models import Role, User
from annotation.services.people import demo_accounts
from annotation.tasks import forget_wrong_passwords
from tests.factories import PASSWORD, UserFactory
from tests.studies import signed_in

pytestmark = pytest.mark.django_db

LOGIN, LOGOUT, TOKEN = "/accounts/login/", "/accounts/logout/", "/api/v1/token/"
OTHER = "another fine day for labels"


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
    assert client.post(TOKEN, right, "application/json").status_code == 429


def test_signing_in_leads_to_no_other_site() -> None:
    user, client = UserFactory(), Client()
    form = {"username": user.username, "password": PASSWORD, "next": "https://example.org/"}
    assert not client.post(LOGIN, form)["Location"].startswith("https://example.org")


@pytest.mark.parametrize("to", [LOGIN, LOGOUT, f"{LOGIN}?next=/policy/", f"//testserver{LOGIN}"])
def test_a_sign_in_that_leads_to_itself_leads_home(to: str) -> None:
    user, client = UserFactory(), Client()
    form = {"username": user.username, "password": PASSWORD, "next": to}
    assert client.post(LOGIN, form)["Location"] == "/"
    assert client.get(LOGIN, {"next": to})["Location"] == "/"
    assert client.get(LOGIN, {"next": "/policy/"})["Location"] == "/policy/"


def test_whoever_opens_the_address_of_the_sign_out_finds_a_button() -> None:
    user, client = UserFactory(), Client()
    assert client.get(LOGOUT)["Location"] == f"{LOGIN}?next=/"
    client.force_login(user)
    page = client.get(LOGOUT)
    assert page.status_code == 200
    assert page.content.decode().count("Sign out</button>") == 2  # one in the head of every page
    assert client.get("/label/").status_code == 200
    assert client.post(LOGOUT)["Location"] == "/accounts/signed-out/"
    assert client.get("/label/").status_code == 302


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


def test_a_password_set_by_an_admin_lets_the_person_in_at_once(settings) -> None:
    person, other, client = UserFactory(), UserFactory(), Client()
    for name in (person.username, other.username):
        for _ in range(settings.AXES_FAILURE_LIMIT):
            client.post(LOGIN, {"username": name, "password": "wrong"})
    form = {"password1": OTHER, "password2": OTHER, "usable_password": "true"}
    admin = signed_in(UserFactory(role=Role.ADMIN))
    admin.post(f"/admin/annotation/user/{person.pk}/password/", form)
    entered = client.post(LOGIN, {"username": person.username, "password": OTHER})
    assert entered.status_code == 302
    still_locked = Client().post(LOGIN, {"username": other.username, "password": PASSWORD})
    assert still_locked.status_code == 429


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data"])
def test_a_client_that_is_locked_out_is_told_so_and_for_how_long(settings, content_type) -> None:
    person, client = UserFactory(), APIClient()
    wrong, right = ({"username": person.username, "password": p} for p in ("wrong", PASSWORD))
    form = "json" if "json" in content_type else "multipart"
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post(TOKEN, wrong, format=form)
    told = client.post(TOKEN, right, format=form)
    assert (told.status_code, told["Retry-After"]) == (429, "900")
    assert "wrong 10 times in a row" in told.json()["detail"]
    assert "quarter of an hour" in told.json()["detail"]
    page = client.post(LOGIN, right)
    assert (page.status_code, page["Retry-After"]) == (429, "900")
    assert "quarter of an hour" in page.content.decode()


def test_of_a_sign_in_only_when_it_was_is_kept() -> None:
    person, client = UserFactory(), Client(headers={"user-agent": "Telltale/1.0"})
    client.post(LOGIN, {"username": person.username, "password": PASSWORD})
    assert not AccessLog.objects.exists()
    assert not AccessFailureLog.objects.exists()
    client.post("/accounts/logout/")
    assert not AccessLog.objects.exists()
    person.refresh_from_db()
    assert person.last_login


def test_wrong_passwords_are_forgotten_once_the_lock_needs_them_no_more() -> None:
    person, client = UserFactory(), Client()
    client.post(LOGIN, {"username": person.username, "password": "wrong"})
    forget_wrong_passwords()
    assert AccessAttempt.objects.exists()
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    forget_wrong_passwords()
    assert not AccessAttempt.objects.exists()


def test_what_the_lock_keeps_is_told_whole_on_ones_own_record() -> None:
    page = signed_in(UserFactory()).get("/me/record/").content.decode()
    for word in ("wrong password", "network address", "which browser", "hour and a quarter"):
        assert word in page
    assert "until an admin clears the list" not in page


def test_the_admin_has_no_list_of_who_signed_in_when() -> None:
    admin = signed_in(UserFactory(role=Role.ADMIN))
    assert admin.get("/admin/axes/accesslog/").status_code == 404
    assert admin.get("/admin/axes/accessfailurelog/").status_code == 404
    assert admin.get("/admin/axes/accessattempt/").status_code == 200
