"""What coordinators get from the API of queues and progress, and what that costs."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Campaign, Label, Role
from annotation.services.figures import refresh_figures
from annotation.services.labels import Answer, revise
from tests.factories import CampaignFactory, UserFactory, campaign_with_pairs
from tests.studies import label_all, signed_in

pytestmark = pytest.mark.django_db

PROGRESS = "/api/v1/progress/"


def queues() -> dict[str, dict[str, object]]:
    body = signed_in(UserFactory(role=Role.COORDINATOR)).get(PROGRESS).json()
    assert body["queue"] == (body["queues"] or [None])[0]
    return {queue.pop("campaign"): queue for queue in body["queues"]}


def statements() -> int:
    client = signed_in(UserFactory(role=Role.COORDINATOR))
    client.get(PROGRESS)
    with CaptureQueriesContext(connection) as made:
        assert client.get(PROGRESS).status_code == 200
    return len(made)


def test_the_state_of_ten_queues_costs_as_many_statements_as_that_of_one() -> None:
    campaign_with_pairs(1)
    one = statements()
    for _ in range(9):
        campaign_with_pairs(1)
    assert len(queues()) == 10
    assert statements() == one


def test_labels_are_those_that_stand_whether_a_report_has_counted_them_or_not() -> None:
    campaign, other = campaign_with_pairs(4, labels_per_pair=2), CampaignFactory()
    person, colleague = UserFactory(), UserFactory()
    label_all(person, "unsure", 2)
    assert queues()[campaign.slug]["labels"] == 2
    refresh_figures(campaign=campaign)
    assert queues()[campaign.slug]["labels"] == 2
    label_all(colleague, "unsure", 3)
    first = Label.objects.filter(assistant=person).first()
    again = Answer(verdict="not_similar")
    revise(assistant=person, label_id=first.pk, submission=uuid4(), answer=again)
    assert queues()[campaign.slug]["labels"] == 5
    refresh_figures(campaign=campaign)
    assert queues()[campaign.slug]["labels"] == 5
    assert queues()[other.slug]["labels"] == 0


def test_what_a_report_has_counted_is_not_counted_again() -> None:
    campaign = campaign_with_pairs(2)
    label_all(UserFactory(), "unsure", 1)
    refresh_figures(campaign=campaign)
    report = campaign.reports.first()
    report.figures["progress"]["totals"]["labels"] = 40
    report.save()
    assert queues()[campaign.slug]["labels"] == 40


def test_a_queue_says_what_is_ready_and_why_it_is_there() -> None:
    campaign = campaign_with_pairs(3)
    CampaignFactory(slug="not-ranked")
    Campaign.objects.filter(pk=CampaignFactory().pk).update(state="closed")
    found = queues()
    assert set(found) == {campaign.slug, "not-ranked"}
    assert (found[campaign.slug]["ready"], found[campaign.slug]["by_strategy"]) == (
        3, {"random": 3},
    )  # fmt: skip
    assert found["not-ranked"] == {
        "generation": 0, "run": None, "ready": 0, "by_strategy": {}, "labels": 0,
    }  # fmt: skip
