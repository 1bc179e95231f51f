"""Pages of the admin that were open while somebody else changed what they show."""

from typing import Any

import pytest
from django.test import Client

from annotation.models import Budget, Campaign, Role, User
from annotation.services import training_queue
from annotation.services.campaigns import set_state
from annotation.services.preferences import set_preferences
from tests.campaign_forms import budgets, campaign_form, person_form, shown
from tests.factories import UserFactory, campaign_with_pairs
from tests.posted import posted

pytestmark = pytest.mark.django_db

CHANGED = "Somebody changed this meanwhile."


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(training_queue.current_app, "send_task", lambda name, **options: None)
    client = Client()
    client.force_login(UserFactory(role=Role.ADMIN))
    return client


def page_of(row: Campaign | User) -> str:
    return f"/admin/annotation/{row._meta.model_name}/{row.pk}/change/"


def sent(client: Client, row: Campaign | User) -> dict[str, Any]:
    """What a browser posts of the page as it is now."""
    return posted(client.get(page_of(row)).content.decode(), f"{row._meta.model_name}_form")


def test_saving_another_field_of_a_campaign_paused_since_the_page_was_opened_leaves_it_paused(
    client,
) -> None:
    campaign = campaign_with_pairs(1)
    coordinator = UserFactory(role=Role.COORDINATOR)
    form = sent(client, campaign)
    set_state(campaign=campaign, state=Campaign.State.PAUSED, by=coordinator)
    assert client.post(page_of(campaign), form | {"priority": 3}).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.state, campaign.priority) == ("paused", 3)
    assert [change.changed_by for change in campaign.state_changes.all()] == [coordinator]


def test_a_field_that_was_changed_here_and_elsewhere_is_refused_and_nothing_saved(client) -> None:
    campaign = campaign_with_pairs(1)
    form = sent(client, campaign)
    Campaign.objects.update(priority=2)
    page = client.post(page_of(campaign), form | {"priority": 3, "name": "Renamed"})
    assert CHANGED in page.context["adminform"].form.errors["priority"][0]
    campaign.refresh_from_db()
    assert (campaign.priority, campaign.name) == (2, campaign.name)
    assert campaign.name != "Renamed"


def test_a_field_that_somebody_set_to_the_same_meanwhile_is_no_conflict(client) -> None:
    campaign = campaign_with_pairs(1)
    form = sent(client, campaign)
    Campaign.objects.update(priority=3)
    assert client.post(page_of(campaign), form | {"priority": 3}).status_code == 302


def test_members_dates_and_budgets_that_others_changed_since_stay_as_they_are(client) -> None:
    ana, ben = UserFactory(), UserFactory()
    campaign = campaign_with_pairs(1, everyone=False, closes_at="2031-05-03T18:00:00.25Z")
    campaign.members.set([ana])
    budget = Budget.objects.create(
        campaign=campaign, scope="person", amount=5, unit="hours", period="day"
    )
    form = sent(client, campaign)
    campaign.members.set([ana, ben])
    Budget.objects.update(amount=7)
    Campaign.objects.update(closes_at="2031-06-01T18:00:00Z")
    response = client.post(page_of(campaign), form | {"priority": 3})
    assert response.status_code == 302, response.context["errors"]
    campaign.refresh_from_db()
    budget.refresh_from_db()
    assert set(campaign.members.all()) == {ana, ben}
    assert (campaign.closes_at.month, campaign.priority, budget.amount) == (6, 3, 7)


def test_a_budget_that_was_changed_here_and_elsewhere_is_refused(client) -> None:
    campaign = campaign_with_pairs(1)
    Budget.objects.create(campaign=campaign, scope="person", amount=5, unit="hours", period="day")
    form = sent(client, campaign)
    Budget.objects.update(amount=7)
    page = client.post(page_of(campaign), form | {"budgets-0-amount": 9}).content.decode()
    assert CHANGED in page
    assert Budget.objects.get().amount == 7


@pytest.mark.parametrize("written", ["", "nonsense"])
def test_a_form_that_does_not_say_what_its_page_showed_is_refused(client, written: str) -> None:
    campaign = campaign_with_pairs(1)
    form = campaign_form(campaign, shown=written, priority=3) | budgets()
    assert "does not say what it showed" in client.post(page_of(campaign), form).content.decode()
    campaign.refresh_from_db()
    assert campaign.priority == 0


def test_a_script_that_sends_no_such_field_changes_the_row_as_it_is_now(client) -> None:
    campaign = campaign_with_pairs(1)
    form = campaign_form(campaign, priority=3)
    del form["shown"]
    client.post(page_of(campaign), form)
    campaign.refresh_from_db()
    assert (campaign.priority, campaign.state) == (3, "open")


def test_what_another_campaigns_page_showed_counts_for_that_one_alone(client) -> None:
    campaign, other = campaign_with_pairs(1), campaign_with_pairs(1)
    form = campaign_form(campaign, shown=shown(other), priority=3)
    assert "does not say what it showed" in client.post(page_of(campaign), form).content.decode()


def test_a_form_opened_before_somebody_was_deactivated_neither_reactivates_nor_promotes_them(
    client,
) -> None:
    person = UserFactory(role=Role.ADMIN, languages=["en"])
    form = sent(client, person)
    person.is_active, person.role = False, Role.ASSISTANT
    person.save()
    set_preferences(person=person, languages=["de"])
    assert client.post(page_of(person), form | {"first_name": "Ana"}).status_code == 302
    person.refresh_from_db()
    assert (person.is_active, person.role, person.is_staff) == (False, "assistant", False)
    assert (person.languages, person.first_name) == (["de"], "Ana")


def test_a_role_that_was_changed_meanwhile_is_not_changed_by_an_old_page(client) -> None:
    person = UserFactory()
    form = person_form(person, role=Role.COORDINATOR)
    User.objects.filter(pk=person.pk).update(role=Role.ADMIN)
    page = client.post(page_of(person), form)
    assert CHANGED in page.context["adminform"].form.errors["role"][0]


def test_a_role_that_is_changed_says_who_enters_the_admin(client) -> None:
    person = UserFactory()
    for role, enters in ((Role.ADMIN, True), (Role.ASSISTANT, False)):
        client.post(page_of(person), person_form(person, role=role))
        person.refresh_from_db()
        assert (person.role, person.is_staff, person.is_superuser) == (role, enters, enters)
