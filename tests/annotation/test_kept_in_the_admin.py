"""What the admin deletes or changes, and what it keeps: people who did something, policies that
were followed, the last admin."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotation.admin.people import PersonAdmin
from annotation.models import Adjudication, Campaign, Policy, PolicyReading, Role, User
from annotation.services.campaigns import set_state
from annotation.services.claim import claim
from annotation.services.labels import Answer, submit
from tests.campaign_forms import person_form
from tests.factories import PolicyFactory, UserFactory, campaign_with_pairs
from tests.posted import posted

pytestmark = pytest.mark.django_db

PEOPLE, POLICIES = "/admin/annotation/user/", "/admin/annotation/policy/"
DEACTIVATE = "Take away “Active” instead"


@pytest.fixture
def admin() -> User:
    return UserFactory(role=Role.ADMIN)


@pytest.fixture
def client(admin: User) -> Client:
    return signed_in(admin)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def delete(client: Client, address: str, row: User | Policy) -> str:
    answer = client.post(f"{address}{row.pk}/delete/", {"post": "yes"}, follow=True)
    return str(answer.content.decode())


def delete_chosen(client: Client, address: str, *rows: User | Policy) -> str:
    chosen = [row.pk for row in rows]
    form = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    return str(client.post(address, form, follow=True).content.decode())


def label(person: User, count: int) -> None:
    for lease in claim(assistant=person, count=count):
        submit(assistant=person, assignment_id=lease.pk, answer=Answer(verdict="unsure"))


def test_an_admin_who_changed_something_in_the_admin_cannot_be_deleted_only_deactivated(
    client,
) -> None:
    other = UserFactory(role=Role.ADMIN)
    person = UserFactory()
    signed_in(other).post(f"{PEOPLE}{person.pk}/change/", person_form(person, first_name="Ana"))
    assert DEACTIVATE in delete(client, PEOPLE, other)
    assert DEACTIVATE in delete_chosen(client, PEOPLE, other)
    form = posted(client.get(f"{PEOPLE}{other.pk}/change/").content.decode(), "user_form")
    del form["is_active"]
    assert client.post(f"{PEOPLE}{other.pk}/change/", form).status_code == 302
    other.refresh_from_db()
    assert not other.is_active
    assert LogEntry.objects.get(user=other).object_repr == person.username


def test_the_delete_page_of_a_person_with_labels_takes_a_fixed_number_of_queries_and_says_so(
    client,
) -> None:
    campaign_with_pairs(30)
    asked = []
    for count in (1, 20):
        person = UserFactory()
        label(person, count)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = client.get(f"{PEOPLE}{person.pk}/delete/", follow=True).content.decode()
        assert DEACTIVATE in page
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_what_somebody_did_without_a_label_keeps_them_too(client, admin) -> None:
    campaign = campaign_with_pairs(1)
    reader, coordinator = UserFactory(), UserFactory(role=Role.COORDINATOR)
    PolicyReading.objects.create(person=reader, policy=campaign.policy)
    set_state(campaign=campaign, state=Campaign.State.PAUSED, by=coordinator)
    for person in (reader, coordinator):
        assert DEACTIVATE in delete(client, PEOPLE, person)
    nobody = UserFactory()
    page = delete_chosen(client, PEOPLE, nobody, reader)
    assert f"stays: {reader.username}." in page
    assert User.objects.filter(pk__in=[reader.pk, coordinator.pk, nobody.pk]).count() == 3


def test_people_who_did_nothing_are_deleted_members_or_not(client) -> None:
    people = [UserFactory() for _ in range(3)]
    campaign_with_pairs(1).members.set(people)
    assert "was deleted successfully" in delete(client, PEOPLE, people[0])
    assert "Successfully deleted 2" in delete_chosen(client, PEOPLE, *people[1:])
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"), [({"role": "assistant"}, "role"), ({"is_active": ""}, "is_active")]
)
def test_the_last_active_admin_can_neither_be_demoted_nor_deactivated(
    client, admin, changes: dict[str, Any], field: str
) -> None:
    UserFactory(role=Role.ADMIN, is_active=False)
    UserFactory(role=Role.COORDINATOR)
    page = client.post(f"{PEOPLE}{admin.pk}/change/", person_form(admin, **changes))
    (says,) = page.context["adminform"].form.errors[field]
    assert says == "Nobody else is an active admin: make somebody one first."
    UserFactory(role=Role.ADMIN)
    answer = client.post(f"{PEOPLE}{admin.pk}/change/", person_form(admin, **changes))
    assert answer.status_code == 302


def test_nobody_deletes_their_own_account(client, admin) -> None:
    UserFactory(role=Role.ADMIN)
    assert "your own account" in delete(client, PEOPLE, admin)
    assert "your own account" in delete_chosen(client, PEOPLE, admin, UserFactory())
    assert User.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_demote_each_other_at_once_one_remains(monkeypatch) -> None:
    admins = [UserFactory(role=Role.ADMIN) for _ in range(2)]
    clients = [signed_in(each) for each in admins]
    forms = [person_form(each, role="assistant") for each in admins]
    original = PersonAdmin.save_model

    def late(*args: Any) -> None:
        time.sleep(0.3)
        original(*args)

    def demote(number: int) -> int:
        other = 1 - number
        try:
            address = f"{PEOPLE}{admins[other].pk}/change/"
            return int(clients[number].post(address, forms[other]).status_code)
        finally:
            connections.close_all()

    monkeypatch.setattr(PersonAdmin, "save_model", late)
    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(demote, range(2)))
    assert User.objects.filter(role=Role.ADMIN).count() == 1
    assert answers == [200, 302]


@pytest.mark.parametrize("how", ["handed out", "read", "decided"])
def test_a_version_that_was_handed_out_or_read_cannot_be_edited(client, admin, how: str) -> None:
    campaign = campaign_with_pairs(1)
    policy, person = campaign.policy, UserFactory()
    address = f"{POLICIES}{policy.pk}/change/"
    form = posted(client.get(address).content.decode(), "policy_form")
    if how == "handed out":
        assert claim(assistant=person)
    elif how == "read":
        PolicyReading.objects.create(person=person, policy=policy)
    else:
        Adjudication.objects.create(
            campaign=campaign, pair=campaign.pool.get().pair, policy=policy, decided_by=admin,
            verdict="unsure", rationale="It shows too little.",
        )  # fmt: skip
    page = client.get(address).content.decode()
    assert "This version is in use" in page
    assert 'name="_save"' not in page
    answer = client.post(address, form | {"body": "Rewritten"}, follow=True)
    assert "This version is in use" in answer.content.decode()
    policy.refresh_from_db()
    assert policy.body != "Rewritten"


def test_a_policy_that_a_campaign_follows_is_kept_and_one_that_nobody_follows_is_not(
    client,
) -> None:
    used, unused = campaign_with_pairs(1).policy, PolicyFactory()
    assert "A new version can be added" in delete(client, POLICIES, used)
    assert "A new version can be added" in delete_chosen(client, POLICIES, used, unused)
    assert Policy.objects.count() == 2
    assert "was deleted successfully" in delete(client, POLICIES, unused)


def test_a_policy_without_a_way_of_being_similar_is_refused(client) -> None:
    form = {"version": 7, "title": "Bare", "body": "Be fair."}
    none = {"reasons-TOTAL_FORMS": 0, "reasons-INITIAL_FORMS": 0}
    assert "nobody could answer" in client.post(f"{POLICIES}add/", form | none).content.decode()
    assert not Policy.objects.exists()
    one = {
        "reasons-TOTAL_FORMS": 1, "reasons-INITIAL_FORMS": 0, "reasons-0-code": "other",
        "reasons-0-label": "Other", "reasons-0-guidance": "Any way.", "reasons-0-position": 1,
    }  # fmt: skip
    assert client.post(f"{POLICIES}add/", form | one).status_code == 302
    policy = Policy.objects.get()
    address = f"{POLICIES}{policy.pk}/change/"
    form = posted(client.get(address).content.decode(), "policy_form")
    page = client.post(address, form | {"reasons-0-DELETE": "on"}).content.decode()
    assert "nobody could answer" in page
    assert policy.reasons.count() == 1


def test_a_campaign_is_given_no_policy_under_which_nothing_can_be_similar(client) -> None:
    campaign = campaign_with_pairs(1)
    bare = Policy.objects.create(version=99, title="Bare", body="Be fair.")
    address = f"/admin/annotation/campaign/{campaign.pk}/change/"
    form = posted(client.get(address).content.decode(), "campaign_form")
    page = client.post(address, form | {"policy": bare.pk})
    (says,) = page.context["adminform"].form.errors["policy"]
    assert "nobody could answer" in says
