"""Setting the rules of a campaign: in the admin, and by the commands."""

from typing import Any

import pytest
from django.test import Client
from kombu.exceptions import OperationalError

from annotation.models import (
    Budget,
    BudgetUse,
    Campaign,
    GoldAnswer,
    LearningPair,
    Pair,
    Role,
    User,
    Video,
)
from annotation.services import ranking, training_queue
from annotation.services.claim import claim
from tests.campaign_forms import budgets, campaign_form
from tests.factories import (
    PairFactory,
    UserFactory,
    VideoFactory,
    campaign_with_pairs,
    queue_of,
)
from tests.posted import posted

pytestmark = pytest.mark.django_db

CAMPAIGNS, GOLD = "/admin/annotation/campaign/", "/admin/annotation/goldanswer/"


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.ADMIN))
    return client


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    messages: list[str] = []
    monkeypatch.setattr(
        training_queue.current_app, "send_task", lambda name, **options: messages.append(name)
    )
    return messages


def save(client: Client, campaign: Campaign, **changes: Any) -> Any:
    return client.post(
        f"{CAMPAIGNS}{campaign.pk}/change/", campaign_form(campaign, **changes), follow=True
    )


def errors_of(response: Any) -> dict[str, list[str]]:
    return dict(response.context["adminform"].form.errors)


def test_every_rule_is_on_the_page_and_is_kept(client: Client) -> None:
    campaign = campaign_with_pairs(2)
    page = client.get(f"{CAMPAIGNS}{campaign.pk}/change/").content.decode()
    for words in ("How many labels a pair wants", "Hours for which a hard pair waits", "Budgets"):
        assert words in page
    ana = UserFactory()
    save(
        client, campaign, relabelling="overlap", labels_per_pair=4, overlap_share=0.25,
        order="random",
        gold_share=0.1, everyone="", members=[ana.pk], closes_at_0="2031-05-03",
        closes_at_1="18:00", languages="de,EN", retrain_recipe="unified",
    )  # fmt: skip
    campaign.refresh_from_db()
    assert (campaign.relabelling, campaign.labels_per_pair) == ("overlap", 4)
    assert (campaign.overlap_share, campaign.gold_share) == (0.25, 0.1)
    assert (campaign.everyone, list(campaign.members.all())) == (False, [ana])
    assert (campaign.closes_at.year, campaign.languages) == (2031, ["de", "en"])


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"stop_at": 0.5}, "stop_at", "above 0.5 and below 1"),
        ({"random_share": 1.2}, "random_share", "from 0 to 1"),
        ({"relabel_share": 0.95}, "relabel_share", "from 0 to 0.9"),
        ({"labels_per_pair": 21}, "labels_per_pair", "from 1 to 20"),
        ({"lease_seconds": 0}, "lease_seconds", "from 1 to 604,800"),
        ({"queue_size": 0}, "queue_size", "from 1 to 10,000,000"),
        ({"time_budget_s": 0}, "time_budget_s", "from 10 to 604,800"),
        ({"time_budget_s": 604_801}, "time_budget_s", "from 10 to 604,800"),
        ({"skipped_hours": 0}, "skipped_hours", "from 1 to 1,000"),
        ({"reasons_mode": "two"}, "reasons_mode", "valid choice"),
        ({"relabelling": "never"}, "relabelling", "valid choice"),
        (
            {"opens_at_0": "2031-05-03", "opens_at_1": "09:00", "closes_at_0": "2031-05-02",
             "closes_at_1": "09:00"},
            "closes_at", "would close before it opens",
        ),
    ],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused_beside_its_field(
    client: Client, changes, field: str, says: str
) -> None:
    campaign = campaign_with_pairs(1)
    errors = errors_of(save(client, campaign, **changes))
    assert list(errors) == [field]
    assert says in errors[field][0]


@pytest.mark.parametrize(
    ("changes", "ranked"),
    [
        ({"relabelling": "differ"}, True),
        ({"order": "random"}, True),
        ({"relabel_share": 0.1}, True),
        ({"duplicates": "separate"}, True),
        ({"gold_share": 0.1}, False),
        ({"reasons_mode": "one", "mark_shared_words": "on"}, False),
        ({"priority": 3}, False),
        ({"everyone": ""}, False),
    ],
)
def test_what_shapes_the_queue_has_it_ranked_anew(
    client: Client, sent, django_capture_on_commit_callbacks, changes, ranked: bool
) -> None:
    campaign = campaign_with_pairs(1)
    with django_capture_on_commit_callbacks(execute=True):
        save(client, campaign, **changes)
    assert bool(sent) == ranked


def test_a_changed_rule_is_ranked_by_though_no_worker_took_the_message(
    client: Client, sent, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise OperationalError("no broker")

    campaign = campaign_with_pairs(30)
    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(training_queue.current_app, "send_task", refuse)
        save(client, campaign, labels_per_pair=5)
    assert ranking.attend_to_queues() == [campaign.pk]
    ranking.rank(campaign=campaign)
    assert set(queue_of(campaign).items.values_list("wanted", flat=True)) == {5}
    assert ranking.attend_to_queues() == []


def test_a_rule_that_does_not_shape_the_queue_makes_no_ranking_due(client: Client, sent) -> None:
    save(client, campaign_with_pairs(30), priority=3)
    assert ranking.attend_to_queues() == []


@pytest.mark.parametrize("model", ["goldanswer", "learningpair"])
def test_pairs_that_are_known_no_more_are_ranked_when_deleted_from_the_list(
    client: Client, sent, model: str
) -> None:
    campaign = campaign_with_pairs(30)
    pair = campaign.pool.first().pair
    if model == "goldanswer":
        known = GoldAnswer.objects.create(campaign=campaign, pair=pair, verdict="similar")
    else:
        known = LearningPair.objects.create(
            campaign=campaign, pair=pair, round="practice", position=1, verdicts=["unsure"],
            explanation="Look closely.",
        )  # fmt: skip
    ranking.rank(campaign=campaign)
    assert not queue_of(campaign).items.filter(pair=pair).exists()
    chosen = {"action": "delete_selected", "_selected_action": [known.pk], "post": "yes"}
    client.post(f"/admin/annotation/{model}/", chosen)
    assert ranking.attend_to_queues() == [campaign.pk]
    ranking.rank(campaign=campaign)
    assert queue_of(campaign).items.filter(pair=pair).exists()


def test_1200_chosen_gold_answers_are_deleted_in_one_go(client: Client, sent) -> None:
    campaign = campaign_with_pairs(1)
    first, *others = Video.objects.bulk_create(VideoFactory.build_batch(1202))
    pairs = Pair.objects.bulk_create(
        Pair(pair_id=f"known {n}", rejected=first, recommended=other, source="test", held_out=False)
        for n, other in enumerate(others)
    )
    GoldAnswer.objects.bulk_create(
        GoldAnswer(campaign=campaign, pair=pair, verdict="unsure") for pair in pairs
    )
    left = GoldAnswer.objects.create(campaign=campaign, pair=PairFactory(), verdict="similar")
    address = f"{GOLD}?verdict__exact=unsure"
    chosen = {"action": "delete_selected", "_selected_action": [pairs[0].pk], "select_across": 1}
    page = client.post(address, chosen).content.decode()
    added = GoldAnswer.objects.create(campaign=campaign, pair=PairFactory(), verdict="unsure")
    answer = client.post(address, posted(page), follow=True)
    assert "Successfully deleted 1201" in answer.content.decode()
    assert set(GoldAnswer.objects.all()) == {left, added}


def test_a_known_answer_that_is_moved_has_both_campaigns_ranked(client: Client, sent) -> None:
    campaigns = campaign_with_pairs(30), campaign_with_pairs(30)
    pair = campaigns[0].pool.first().pair
    known = GoldAnswer.objects.create(campaign=campaigns[0], pair=pair, verdict="similar")
    form = {"campaign": campaigns[1].pk, "pair": pair.pair_id, "verdict": "similar"}
    client.post(f"{GOLD}{known.pk}/change/", form)
    assert sorted(ranking.attend_to_queues()) == [each.pk for each in campaigns]


def test_budgets_count_from_what_has_been_done_already(client: Client) -> None:
    campaign = campaign_with_pairs(4)
    person = UserFactory()
    claim(assistant=person, count=2)
    save(
        client,
        campaign,
        **budgets(("person", 3, "pairs", "day"), ("campaign", 5, "hours", "total")),
    )
    campaign.refresh_from_db()
    assert campaign.counts_use
    assert BudgetUse.objects.get().pairs == 2
    assert len(claim(assistant=person, count=4)) == 3


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("person", -1, "pairs", "day")], "greater than or equal to 0"),
        ([("person", 1, "pairs", "day"), ("person", 2, "pairs", "day")], "duplicate data"),
        ([("person", 1, "miles", "day")], "valid choice"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(client: Client, rows, says: str) -> None:
    page = save(client, campaign_with_pairs(1), **budgets(*rows)).content.decode()
    assert says in page
    assert not Budget.objects.exists()


@pytest.mark.parametrize(
    ("action", "state"), [("pause", "paused"), ("close", "closed"), ("open", "open")]
)
def test_campaigns_are_opened_paused_and_closed_from_the_list(
    client: Client, action: str, state: str
) -> None:
    before = "open" if state == "paused" else "paused"
    campaign = campaign_with_pairs(1, state=before)
    client.post(CAMPAIGNS, {"action": action, "_selected_action": [campaign.pk]})
    campaign.refresh_from_db()
    assert campaign.state == state
    (change,) = campaign.state_changes.all()
    assert (change.state, change.changed_by.role) == (state, Role.ADMIN)


def test_closing_a_campaign_in_its_form_is_kept_as_a_change(client: Client) -> None:
    campaign = campaign_with_pairs(1)
    save(client, campaign, state="closed", priority=3)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.priority) == ("closed", 3)
    assert [change.state for change in campaign.state_changes.all()] == ["closed"]


def test_a_known_answer_is_set_by_the_pairs_id_and_says_who_set_it(
    client: Client, sent, django_capture_on_commit_callbacks
) -> None:
    campaign = campaign_with_pairs(1)
    pair = PairFactory()
    form = {"campaign": campaign.pk, "pair": pair.pair_id, "verdict": "similar", "rationale": ""}
    assert (
        "no pair with the id"
        in client.post(f"{GOLD}add/", {**form, "pair": "nothing"}).content.decode()
    )
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{GOLD}add/", form)
    answer = GoldAnswer.objects.get()
    assert (answer.pair, answer.added_by.role) == (pair, Role.ADMIN)
    assert sent == ["annotation.tasks.rank"]
    assert pair.pair_id in client.get(f"{GOLD}{answer.pk}/change/").content.decode()


def test_opting_in_to_any_language_is_set_in_the_admin(client: Client) -> None:
    person = UserFactory(languages=["en"])
    page = client.get(f"/admin/annotation/user/{person.pk}/change/").content.decode()
    assert "Pairs in any language" in page
    assert not User.objects.get(pk=person.pk).any_language
