"""Tokens of clients that are no browser: how one gets them, and what ends them."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation.models import Role, User
from annotation.services.sign_in import token_for
from tests.factories import PASSWORD, UserFactory
from tests.studies import signed_in

pytestmark = pytest.mark.django_db

TOKEN, PROGRESS = "/api/v1/token/", "/api/v1/progress/"
OTHER = "another fine day for labels"


def token_of(person: User, password: str = PASSWORD) -> str:
    asked = {"username": person.username, "password": password}
    return Client().post(TOKEN, asked, "application/json").json()["token"]


def is_let_in(token: str) -> bool:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client.get(PROGRESS).status_code == 200


def by_an_admin(person: User, admin: Client) -> None:
    form = {"password1": OTHER, "password2": OTHER, "usable_password": "true"}
    response = admin.post(f"/admin/annotation/user/{person.pk}/password/", form)
    assert response.status_code == 302


def by_themself(person: User, admin: Client) -> None:
    form = {"old_password": PASSWORD, "new_password1": OTHER, "new_password2": OTHER}
    assert signed_in(person).post("/admin/password_change/", form).status_code == 302


def by_nobody_any_more(person: User, admin: Client) -> None:
    form = {"usable_password": "false", "unset-password": "1"}
    response = admin.post(f"/admin/annotation/user/{person.pk}/password/", form)
    assert response.status_code == 302


def in_bulk(person: User, admin: Client) -> None:
    User.objects.filter(pk=person.pk).update(password="md5$x$y")


@pytest.mark.parametrize("change", [by_an_admin, by_themself, by_nobody_any_more, in_bulk])
def test_a_token_ends_with_the_password_it_was_got_for(change) -> None:
    person, other, admin = UserFactory(role=Role.ADMIN), UserFactory(), UserFactory(role=Role.ADMIN)
    token, of_other = token_of(person), token_of(other)
    assert is_let_in(token)
    change(person, signed_in(admin))
    assert not is_let_in(token)
    assert is_let_in(of_other)


def test_a_new_password_gets_a_new_token() -> None:
    person = UserFactory()
    token = token_of(person)
    by_an_admin(person, signed_in(UserFactory(role=Role.ADMIN)))
    again = token_of(person, OTHER)
    assert again != token
    assert is_let_in(again)


def test_the_token_of_somebody_who_left_is_not_good_again_when_they_come_back() -> None:
    person = UserFactory()
    token = token_of(person)
    for is_active in (False, True):
        person.is_active = is_active
        person.save()
    assert not is_let_in(token)


def test_a_token_outlives_what_has_nothing_to_do_with_the_password() -> None:
    person = UserFactory()
    token = token_of(person)
    person.first_name = "Ana"
    person.save()
    client = Client()
    client.post("/accounts/login/", {"username": person.username, "password": PASSWORD})
    client.post("/accounts/logout/")
    assert is_let_in(token)
    assert token_of(person) == token


def test_no_page_of_the_admin_shows_a_token() -> None:
    person = UserFactory()
    token = token_of(person)
    admin = signed_in(UserFactory(role=Role.ADMIN))
    assert admin.get("/admin/authtoken/tokenproxy/").status_code == 404
    for page in ("", "annotation/user/", f"annotation/user/{person.pk}/delete/"):
        text = admin.get(f"/admin/{page}").content.decode()
        assert token not in text, page
        assert "authtoken" not in text, page


def test_whoever_sends_a_token_that_has_ended_still_gets_a_new_one() -> None:
    person = UserFactory()
    asked = {"username": person.username, "password": PASSWORD}
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Token 0123456789")
    response = client.post(TOKEN, asked, format="json")
    assert response.status_code == 200
    assert is_let_in(response.json()["token"])


def test_no_token_is_given_for_a_password_that_was_changed_while_it_was_checked() -> None:
    signed_in_just_now = UserFactory()
    by_an_admin(signed_in_just_now, signed_in(UserFactory(role=Role.ADMIN)))
    assert token_for(person=signed_in_just_now) is None
