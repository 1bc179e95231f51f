"""The coordinator's page of a queue: its figures, its question and its two buttons."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import Assignment, Budget, Campaign, Demand, QueueItem, Role
from annotation.queries.budgets import standings, use_by_person
from annotation.queries.forecast import Pace, Range, hours_to_finish, labels_to_come, wilson
from annotation.queries.queue_report import queue_report
from annotation.services.budgets import refresh_use
from annotation.services.claim import claim
from annotation.services.labels import Answer, submit
from annotation.services.queue import rerank
from tests.factories import CampaignFactory, UserFactory, add_pairs, campaign_with_pairs
from tests.studies import living_study, signed_in

pytestmark = pytest.mark.django_db

PAGE = "/study/queue/"
UNSURE = Answer(verdict="unsure", seconds=30)


@pytest.fixture
def client() -> Client:
    return signed_in(UserFactory(role=Role.COORDINATOR, username="zoe"))


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def label(person, count: int = 1) -> None:
    for _ in range(count):
        (assignment,) = claim(assistant=person)
        submit(assistant=person, assignment_id=assignment.pk, answer=UNSURE)


def test_the_page_answers_first_how_much_is_ready_and_out(client: Client) -> None:
    campaign_with_pairs(5, languages="de")
    claim(assistant=UserFactory(), count=2)
    text = text_of(client.get(PAGE))
    assert "3 pairs ready, 2 out now" in text
    assert "Ready by language of the pair" in text
    assert "German" in text
    assert "Drawn at random" in text


def test_the_page_does_without_campaigns_and_without_a_queue(client: Client) -> None:
    assert "No campaign yet" in text_of(client.get(PAGE))
    CampaignFactory()
    assert "The queue is not ranked yet" in text_of(client.get(PAGE))


def test_figures_are_those_of_the_queue_however_one_sums_them() -> None:
    campaign = campaign_with_pairs(6, languages="de", labels_per_pair=2)
    add_pairs(campaign, 4, languages="en")
    rerank(campaign=campaign, run=None)
    person = UserFactory()
    label(person, 3)
    claim(assistant=UserFactory(), count=2)
    QueueItem.objects.filter(generation=campaign.generation_id, slots__gt=0, rank__gt=7).update(
        routed_to=[person.pk], routed_until=timezone.now() + timedelta(hours=1)
    )
    report = queue_report(campaign=Campaign.objects.get(pk=campaign.pk))
    ready = QueueItem.objects.filter(generation=campaign.generation_id, slots__gt=0)
    state = report.state
    assert state.total.ready == ready.count()
    assert state.total.ready == sum(row.ready for row in state.by_strategy.values())
    assert state.total.ready == sum(row.ready for row in state.by_slots.values())
    assert (state.total.out, state.total.routed) == (2, 3)
    # Ten pairs of two labels each, less the three that there are.
    assert state.asked == report.to_come.value == 17
    assert state.waiting_since is not None


def test_what_people_can_get_at_most_is_what_they_do_get() -> None:
    campaign = campaign_with_pairs(5, languages="de", labels_per_pair=2)
    add_pairs(campaign, 3, languages="en")
    rerank(campaign=campaign, run=None)
    reader, anybody = UserFactory(languages=["de"]), UserFactory()
    label(reader, 2)
    Budget.objects.create(campaign=campaign, scope="person", amount=7, unit="pairs", period="total")
    refresh_use(campaign=campaign)
    report = queue_report(campaign=Campaign.objects.get(pk=campaign.pk))
    said = {worker.person.pk: worker.may_get for worker in report.workers}
    assert said == {reader.pk: 3, anybody.pk: 7}
    assert len(claim(assistant=reader, count=20)) == 3
    assert len(claim(assistant=anybody, count=20)) == 7


@pytest.mark.parametrize("unit", ["pairs", "hours"])
@pytest.mark.parametrize("period", ["day", "total"])
@pytest.mark.parametrize("scope", ["person", "campaign"])
def test_budgets_of_all_people_at_once_stand_as_those_of_each(scope, period, unit) -> None:
    campaign = campaign_with_pairs(6)
    budget = Budget.objects.create(
        campaign=campaign, scope=scope, amount=5, unit=unit, period=period
    )
    refresh_use(campaign=campaign)
    people = [UserFactory(), UserFactory()]
    label(people[0], 2)
    claim(assistant=people[1])
    use = use_by_person(campaign=campaign)
    for person in people:
        (standing,) = standings(campaign=campaign, assistant=person)
        own = use[person.pk] if scope == "person" else use[people[0].pk] + use[people[1].pk]
        assert own.of(budget).used == pytest.approx(standing.used)


def test_an_adaptive_rule_expects_as_many_more_labels_as_pairs_went_on_to() -> None:
    campaign = campaign_with_pairs(20, relabelling="posterior", labels_per_pair=3)
    pairs = list(campaign.pool.values_list("pair_id", flat=True))
    # Of ten pairs with a label five went on to a second, and of these one to a third.
    for place, (labels, wanted) in enumerate([(1, 1)] * 5 + [(2, 2)] * 4 + [(3, 3)]):
        Demand.objects.create(
            campaign=campaign, pair_id=pairs[place], labels=labels, wanted=wanted, posterior=0.5
        )
    expected = labels_to_come(campaign=campaign, asked=10, wanting={1: 10})
    assert expected.value == pytest.approx(10 + 10 * 0.5 * (1 + 0.2))
    assert 10 < expected.low < expected.value < expected.high < 30


def test_a_rule_with_a_fixed_number_expects_what_is_asked_for() -> None:
    campaign = CampaignFactory(relabelling="fixed", labels_per_pair=3)
    assert labels_to_come(campaign=campaign, asked=7, wanting={3: 3}) == Range(7, 7, 7)


def test_the_time_to_finish_is_honest_about_what_is_not_known() -> None:
    pace = Pace(10, 400, Range(40, 20, 50))
    hours = hours_to_finish(Range(200, 100, 300), pace)
    assert hours == Range(5, 2, 15)
    assert hours_to_finish(Range(1, 1, 1), Pace(2, 30, None)) is None
    assert wilson(0, 0) == Range(0.5, 0, 1)
    assert wilson(5, 10).low == pytest.approx(0.2366, abs=1e-3)


def test_answers_that_came_late_are_counted(client: Client) -> None:
    campaign_with_pairs(3)
    person = UserFactory()
    (assignment,) = claim(assistant=person)
    Assignment.objects.update(lease_expires_at=timezone.now() - timedelta(minutes=1))
    submit(assistant=person, assignment_id=assignment.pk, answer=UNSURE)
    assert "1 of 1 came after their lease" in text_of(client.get(PAGE))


def test_a_coordinator_pauses_and_resumes_a_campaign(client: Client) -> None:
    campaign = campaign_with_pairs(2)
    url = f"{PAGE}{campaign.slug}/state/"
    assert "Pause the campaign" in client.get(PAGE).content.decode()
    response = client.post(url, {"state": "paused"}, follow=True)
    assert "is paused: from now on nobody is handed a pair" in text_of(response)
    assert claim(assistant=UserFactory()) == []
    assert "is open again" in text_of(client.post(url, {"state": "open"}, follow=True))
    assert claim(assistant=UserFactory())


def test_the_page_says_who_paused_a_campaign_and_opened_it_again(client: Client) -> None:
    campaign = campaign_with_pairs(2)
    assert "When it was paused" not in text_of(client.get(PAGE))
    for state in ("paused", "paused", "open"):
        client.post(f"{PAGE}{campaign.slug}/state/", {"state": state})
    page = text_of(client.get(PAGE))
    assert page.index(": Open, by zoe") < page.index(": Paused, by zoe")
    assert page.count("by zoe") == 2, "to pause what is paused is no change"


@pytest.mark.parametrize("state", ["closed", "merry", ""])
def test_the_page_neither_closes_a_campaign_nor_opens_a_closed_one(
    client: Client, state: str
) -> None:
    campaign = campaign_with_pairs(1)
    url = f"{PAGE}{campaign.slug}/state/"
    assert "can be paused here" in text_of(client.post(url, {"state": state}, follow=True))
    campaign.refresh_from_db()
    assert campaign.state == "open"
    Campaign.objects.update(state="closed")
    client.post(url, {"state": "open"})
    campaign.refresh_from_db()
    assert campaign.state == "closed"


def test_why_a_pair_is_served_is_told_rule_by_rule(client: Client) -> None:
    campaign = campaign_with_pairs(2)
    person = UserFactory(first_name="Ana")
    pair = campaign.generation.items.get(rank=1).pair
    question = {"campaign": campaign.slug, "pair": pair.pair_id, "person": person.username}
    text = text_of(client.get(PAGE, question))
    assert "Next Would be served to Ana next." in text
    assert "No budget limits the campaign." in text
    label(person)
    assert "Ana answered it today." in text_of(client.get(PAGE, question))


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ({"pair": "nothing", "person": "zoe"}, "no pair with the id “nothing”"),
        ({"pair": "<script>", "person": "zoe"}, "no pair with the id “&lt;script&gt;”"),
        ({"pair": "", "person": "zoe"}, "Which pair?"),
        ({"pair": "x", "person": "nobody"}, "Select a valid choice"),
        ({"pair": "x\x00", "person": "zoe"}, "Null characters are not allowed"),
        ({"person": ""}, "For whom? Choose a person."),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(client: Client, question, says) -> None:
    campaign_with_pairs(1)
    assert says in client.get(PAGE, question).content.decode()


def test_the_page_asks_as_often_for_many_rows_as_for_few(
    client: Client, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    study = living_study()
    Campaign.objects.update(relabelling="posterior")
    Budget.objects.create(
        campaign=study.campaign, scope="person", amount=99, unit="pairs", period="day"
    )
    refresh_use(campaign=study.campaign)
    with django_assert_max_num_queries(18) as few:
        client.get(PAGE)
    add_pairs(study.campaign, 20)
    rerank(campaign=study.campaign, run=None)
    for _ in range(4):
        label(UserFactory(), 2)
    with django_assert_num_queries(len(few)):
        client.get(PAGE)


def test_the_page_has_no_inline_script_or_style(client: Client) -> None:
    campaign_with_pairs(2)
    html = client.get(PAGE).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html)


def test_the_api_tells_what_the_page_tells(client: Client) -> None:
    campaign = campaign_with_pairs(5, languages="de")
    person = UserFactory()
    claim(assistant=person, count=2)
    said = client.get(f"/api/v1/queues/{campaign.slug}/").json()
    assert (said["ready"], said["out"], said["labels_asked_for"]) == (3, 2, 5)
    assert said["by_language"] == [
        {"key": "de", "ready": 3, "out": 2, "waiting_for_specialists": 0}
    ]
    pair = campaign.generation.items.get(rank=5).pair
    why = f"/api/v1/queues/{campaign.slug}/why/"
    answer = client.get(why, {"pair": pair.pair_id, "person": person.username}).json()
    assert (answer["outcome"], answer["turn"]) == ("in line", 3)
    for wrong in ({}, {"pair": "none", "person": "zoe"}, {"pair": pair.pair_id, "person": "x"}):
        assert client.get(why, wrong).status_code == 404
