"""A campaign and its known answers by command."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Campaign, GoldAnswer, Policy
from annotation.services import training_queue
from annotation.services.sample import FOLDER
from tests.annotation.imports import reasons_of, run, write_jsonl
from tests.factories import PairFactory, PolicyFactory, UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    messages: list[str] = []
    monkeypatch.setattr(
        training_queue.current_app, "send_task", lambda name, **options: messages.append(name)
    )
    return messages


def test_known_answers_are_imported_row_by_row(tmp_path) -> None:
    campaign = campaign_with_pairs(1)
    one, two = PairFactory(pair_id="p1"), PairFactory(pair_id="p2")
    file = write_jsonl(
        tmp_path / "gold.jsonl",
        {"pair_id": "p1", "verdict": "similar", "rationale": " The same talk. "},
        {"pair_id": "p2", "verdict": "0"},
        {"pair_id": "p3", "verdict": "similar"},
        {"pair_id": "p1", "verdict": "unsure"},
        {"pair_id": "p2", "verdict": "alike"},
    )
    result = gold(campaign, file)
    assert result.counts == {"read": 5, "created": 2, "rejected": 3}
    assert dict(GoldAnswer.objects.values_list("pair_id", "verdict")) == {
        one.pk: "similar",
        two.pk: "not_similar",
    }
    assert GoldAnswer.objects.get(pair=one).rationale == "The same talk."
    assert reasons_of(result) == [
        (3, "pair_id", "is no known pair; import the pairs first"),
        (4, "pair_id", "stands already, with another answer, on line 1"),
        (5, "verdict", "is none of similar, not_similar, unsure"),
    ]


def test_a_known_answer_that_is_imported_again_replaces_the_first(tmp_path) -> None:
    campaign = campaign_with_pairs(1)
    pair = PairFactory(pair_id="p1")
    GoldAnswer.objects.create(campaign=campaign, pair=pair, verdict="similar")
    other = write_jsonl(tmp_path / "more.jsonl", {"pair_id": "p1", "verdict": "unsure"})
    assert gold(campaign, other).counts == {"read": 1, "updated": 1}
    assert gold(campaign, other).counts == {"read": 1, "unchanged": 1}
    with pytest.raises(CommandError, match="no campaign"):
        run("import_gold", "none", other)


def gold(campaign: Campaign, file) -> Any:
    return run("import_gold", campaign.slug, file)


def open_campaign(*options: str) -> Campaign:
    out = StringIO()
    call_command("open_campaign", "Spring", *options, stdout=out)
    said = json.loads(out.getvalue().splitlines()[-1])
    return Campaign.objects.get(slug=said["campaign"])


def test_a_campaign_is_opened_with_all_its_rules() -> None:
    PolicyFactory()
    PairFactory()
    UserFactory(username="ana")
    campaign = open_campaign(
        "--relabelling=differ", "--labels-per-pair=4", "--overlap-share=0.3", "--stop-at=0.9",
        "--order=random", "--gold-share=0.05", "--relabel-share=0.1", "--queue-size=50",
        "--opens-at=2026-05-01T09:00", "--closes-at=2031-05-01T09:00+02:00", "--members=ana",
        "--languages=DE,en-US", "--duplicates=separate", "--budget=person:20:hours:total",
        "--budget=campaign:400:pairs:day",
    )  # fmt: skip
    assert (campaign.relabelling, campaign.labels_per_pair, campaign.stop_at) == ("differ", 4, 0.9)
    assert (campaign.order, campaign.duplicates, campaign.queue_size) == ("random", "separate", 50)
    assert (campaign.gold_share, campaign.relabel_share) == (0.05, 0.1)
    assert campaign.languages == ["de", "en"]
    assert campaign.closes_at.hour == 7
    assert (campaign.everyone, campaign.members.get().username) == (False, "ana")
    assert campaign.counts_use
    assert [str(budget) for budget in campaign.budgets.order_by("pk")] == [
        "Each person 20 hours in all",
        "Everybody together 400 pairs a day",
    ]


def test_labels_per_pair_alone_means_as_many_for_every_pair() -> None:
    PolicyFactory()
    PairFactory()
    campaign = open_campaign("--labels-per-pair=2")
    assert (campaign.relabelling, campaign.labels_per_pair) == ("fixed", 2)


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--stop-at=2", "stop_at: Give a certainty above 0.5"),
        ("--time-budget-s=0", "time_budget_s: Give a number from 10 to 604,800."),
        ("--relabel-share=1", "relabel_share: Give a number from 0 to 0.9."),
        ("--languages=Klingonish", "languages: “Klingonish” is not a language tag"),
        ("--members=eve", "members: There is nobody called eve."),
        ("--budget=person:1:miles:day", "unit: Value 'miles' is not a valid choice."),
        ("--budget=person:nan:pairs:day", "Give a number from 0 to a million."),
        ("--budget=person:inf:pairs:day", "Give a number from 0 to a million."),
        ("--budget=person:1e308:hours:day", "Give a number from 0 to a million."),
        ("--budget=person:-1:hours:day", "Give a number from 0 to a million."),
        ("--budget=person:1", "is no budget such as person:20:hours:total"),
        ("--opens-at=soon", "is no time such as 2026-05-31T09:00"),
        ("--relabelling=never", "invalid choice"),
        ("--limit=-1", "argument --limit: must be a whole number from 1 to 2,147,483,647, not -1"),
        ("--seed=-1", "argument --seed: must be a whole number from 0 on"),
        ("--policy=/nonexistent", "--policy /nonexistent: .*No such file"),
        ("--slug=a b", "slug: Enter a valid"),
    ],
)
def test_a_rule_that_cannot_be_is_named_by_its_field(option: str, says: str) -> None:
    PolicyFactory()
    PairFactory()
    with pytest.raises(CommandError, match=says):
        open_campaign(option)
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("name", ["Исследование", "研究", "!"])
def test_a_name_that_can_stand_in_no_address_is_numbered(name: str) -> None:
    PolicyFactory()
    PairFactory()
    for number in (1, 2):
        out = StringIO()
        call_command("open_campaign", name, stdout=out)
        assert json.loads(out.getvalue())["campaign"] == f"campaign-{number}"
    Campaign.objects.filter(slug="campaign-1").update(slug="spring")
    out = StringIO()
    call_command("open_campaign", name, stdout=out)
    assert json.loads(out.getvalue())["campaign"] == "campaign-1"
    call_command("open_campaign", name, "--slug", "autumn", stdout=StringIO())
    assert Campaign.objects.get(slug="autumn").name == name


def test_a_folder_that_holds_no_whole_policy_is_named(tmp_path) -> None:
    PairFactory()
    (tmp_path / "policy.md").write_text("# Policy")
    (tmp_path / "policy.json").write_text("{}")
    with pytest.raises(CommandError, match=r"policy\.json needs a title and reasons"):
        open_campaign(f"--policy={tmp_path}")


def written_policy(folder: Path, **changes: Any) -> str:
    """The sample's policy, with these parts of its head changed, as an option."""
    head = json.loads((FOLDER / "policy.json").read_text())
    (folder / "policy.md").write_text((FOLDER / "policy.md").read_text())
    (folder / "policy.json").write_text(json.dumps(head | changes))
    return f"--policy={folder}"


def test_a_policy_without_a_way_of_being_similar_opens_no_campaign(tmp_path) -> None:
    PairFactory()
    with pytest.raises(CommandError, match="nobody could answer “Similar”"):
        open_campaign(written_policy(tmp_path, reasons=[]))
    assert not Policy.objects.exists()
    Policy.objects.create(version=1, title="Bare", body="Be fair.")
    with pytest.raises(CommandError, match=r"policy: This policy has no ways"):
        open_campaign()
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("part", ["guidance", "changes", "title"])
def test_new_guidance_makes_a_new_version(tmp_path, part: str) -> None:
    PairFactory()
    open_campaign(written_policy(tmp_path), "--slug=one")
    open_campaign(written_policy(tmp_path), "--slug=two")
    assert Policy.objects.count() == 1
    reasons = json.loads((FOLDER / "policy.json").read_text())["reasons"]
    reasons[0]["guidance"] = "Anything goes."
    changes = {"reasons": reasons} if part == "guidance" else {part: "Satire counts."}
    open_campaign(written_policy(tmp_path, **changes), "--slug=three")
    newest = Campaign.objects.get(slug="three").policy
    assert newest.version == 2
    says = [newest.title, newest.changes, newest.reasons.all()[0].guidance]
    assert ("Anything goes." if part == "guidance" else "Satire counts.") in says


@pytest.mark.parametrize(
    "command", [("fill_pool", "x", "--limit=0"), ("retrain", "--time-budget-s=-5")]
)
def test_numbers_that_cannot_be_are_refused(command: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"must be a whole number from 10? to"):
        call_command(*command)
