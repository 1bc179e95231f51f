"""A dry run hands out what claims hand out, and leaves no trace."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from annotation.models import Assignment, Budget, BudgetUse, Campaign, GoldAnswer, QueueItem, Role
from annotation.services.budgets import refresh_use
from annotation.services.claim import claim
from annotation.services.cursors import queue_cursors
from annotation.services.dry_run import TooManyClaimsError, dry_run
from tests.factories import UserFactory, add_pairs, campaign_with_pairs
from tests.studies import signed_in

pytestmark = pytest.mark.django_db


def pairs_of(runs) -> list[list[int]]:
    return [[served.pair for served in run.served] for run in runs]


def claimed_in_turn(people, rounds: int) -> list[list[int]]:
    got: dict[int, list[int]] = {person.pk: [] for person in people}
    held: dict[int, list] = {person.pk: [] for person in people}
    for _ in range(rounds):
        for person in people:
            for assignment in claim(assistant=person, holding=held[person.pk]):
                got[person.pk].append(assignment.pair_id)
                held[person.pk].append(assignment.pk)
    return list(got.values())


def test_a_dry_run_says_what_claims_in_turn_then_do() -> None:
    campaign = campaign_with_pairs(8, languages="de", labels_per_pair=2, gold_share=0.3)
    for pair in add_pairs(campaign, 3, languages="en"):
        GoldAnswer.objects.create(campaign=campaign, pair=pair, verdict="similar")
    people = [UserFactory(), UserFactory(languages=["de"]), UserFactory(languages=["fr"])]
    Budget.objects.create(campaign=campaign, scope="person", amount=4, unit="pairs", period="day")
    refresh_use(campaign=campaign)
    said = pairs_of(dry_run(campaign=campaign, people=people, pairs=5))
    assert said == claimed_in_turn(people, 5)
    assert [len(pairs) for pairs in said] == [4, 4, 0]


def test_a_dry_run_leaves_no_trace() -> None:
    campaign = campaign_with_pairs(6)
    person = UserFactory()
    Budget.objects.create(campaign=campaign, scope="person", amount=9, unit="pairs", period="day")
    refresh_use(campaign=campaign)
    notes = dict(queue_cursors._notes._values)
    before = list(QueueItem.objects.order_by("rank").values_list("rank", "slots"))
    assert len(dry_run(campaign=campaign, people=[person], pairs=3)[0].served) == 3
    assert list(QueueItem.objects.order_by("rank").values_list("rank", "slots")) == before
    assert not Assignment.objects.exists()
    assert not BudgetUse.objects.exists()
    assert dict(queue_cursors._notes._values) == notes


def test_what_people_hold_already_is_not_handed_to_them_again() -> None:
    campaign = campaign_with_pairs(4)
    person = UserFactory()
    (held,) = claim(assistant=person)
    (run,) = dry_run(campaign=campaign, people=[person], pairs=9)
    assert held.pair_id not in [served.pair for served in run.served]
    assert [served.turn for served in run.served] == [1, 2, 3]
    assert run.note == "The queue has no more pairs for this person now."


def test_a_paused_campaign_can_be_tried_before_it_is_opened() -> None:
    campaign = campaign_with_pairs(2, state="paused")
    (run,) = dry_run(campaign=campaign, people=[UserFactory()], pairs=1)
    assert (run.served[0].rank, run.served[0].strategy) == (1, "Drawn at random")


def test_people_who_get_nothing_are_told_apart() -> None:
    campaign = campaign_with_pairs(2, everyone=False)
    member, stranger = UserFactory(), UserFactory()
    campaign.members.add(member)
    Budget.objects.create(campaign=campaign, scope="person", amount=0, unit="hours", period="total")
    refresh_use(campaign=campaign)
    runs = dry_run(campaign=campaign, people=[member, stranger], pairs=1)
    assert [run.note for run in runs] == [
        "Budget reached: Each person 0 hours in all.",
        "Not one of the campaign’s members.",
    ]
    Campaign.objects.update(generation=None)
    (run, _) = dry_run(campaign=campaign, people=[member, stranger], pairs=1)
    assert run.note == "The campaign has no queue yet."


def test_a_dry_run_is_kept_short() -> None:
    campaign = campaign_with_pairs(1)
    with pytest.raises(TooManyClaimsError, match="at most 300"):
        dry_run(campaign=campaign, people=[UserFactory()], pairs=301)


def client() -> Client:
    return signed_in(UserFactory(role=Role.COORDINATOR))


def test_the_page_shows_each_persons_next_pairs() -> None:
    campaign = campaign_with_pairs(3)
    person = UserFactory(first_name="Ana")
    url = f"/study/queue/{campaign.slug}/dry-run/"
    html = client().post(url, {"people": [person.pk], "pairs": 2}).content.decode()
    first = QueueItem.objects.get(rank=1).pair
    assert first.pair_id in html
    assert first.rejected.title in html
    assert "Ana" in html
    assert not Assignment.objects.exists()


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"pairs": 2}, "Choose at least one person."),
        ({"pairs": 0}, "greater than or equal to 1"),
        ({"pairs": "x"}, "Enter a whole number."),
        ({"people": [0], "pairs": 1}, "not one of the available choices"),
    ],
)
def test_a_wrong_form_is_explained(form, says) -> None:
    campaign = campaign_with_pairs(1)
    response = client().post(f"/study/queue/{campaign.slug}/dry-run/", form)
    assert (response.status_code, says in response.content.decode()) == (400, True)


def command(*arguments: str) -> tuple[str, dict]:
    out = StringIO()
    call_command("dry_run", *arguments, stdout=out)
    return out.getvalue(), json.loads(out.getvalue().splitlines()[-1])


def test_the_command_prints_a_table_and_one_line_of_json() -> None:
    campaign = campaign_with_pairs(3)
    UserFactory(username="ana")
    UserFactory(username="ben")
    text, said = command(campaign.slug, "--people", "ben", "--pairs", "2")
    assert [row["person"] for row in said["people"]] == ["ben"]
    assert [pair["rank"] for pair in said["people"][0]["pairs"]] == [1, 2]
    assert said["people"][0]["pairs"][0]["pair_id"] in text
    assert len(command(campaign.slug)[1]["people"]) == 2
    for arguments in (["none"], [campaign.slug, "--people", "eve"], [campaign.slug, "--pairs=0"]):
        with pytest.raises(CommandError):
            command(*arguments)
