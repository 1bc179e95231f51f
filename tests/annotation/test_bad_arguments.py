"""Arguments of commands that cannot be."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Campaign, Policy, PolicyReason, PoolPair, TrainingRun
from tests.factories import CampaignFactory, PairFactory, PolicyFactory

pytestmark = pytest.mark.django_db
REASON = {"code": "other", "label": "Other", "guidance": "Any other way"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("retrain", "--time-budget-s=99999999999"), "--time-budget-s: must be a whole number"),
        (("fill_pool", "spring", "--limit=99999999999999999999"), "--limit: must be a whole numb"),
        (("open_campaign", "N", "--limit=99999999999999999999"), "--limit: must be a whole numb"),
        (("open_campaign", "N", "--members=,"), "members: Name somebody"),
        (("open_campaign", "N", "--members="), "members: Name somebody"),
        (("export_labels", "--output="), "--output: must be a file or -, not “”"),
        (("export_labels", "--output=/"), "--output: must be a file or -, not “/”"),
        (("export_labels", "--output=."), "--output: must be a file or -"),
    ],
)
def test_each_of_these_arguments_gives_a_command_error_and_leaves_nothing_behind(
    arguments: tuple[str, ...], says: str
) -> None:
    CampaignFactory(slug="spring")
    PairFactory()
    with pytest.raises(CommandError, match=says):
        call_command(*arguments, stdout=StringIO(), stderr=StringIO())
    assert [each.slug for each in Campaign.objects.all()] == ["spring"]
    assert not PoolPair.objects.exists()
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ({"title": "T" * 201}, "title: Ensure this value has at most 200 characters"),
        ({"title": None}, "title: This field cannot be null"),
        ({"title": "T\0"}, "NUL"),
        ({"reasons": [{**REASON, "code": "magic"}]}, "code: Value 'magic' is not a valid choice"),
        ({"reasons": [REASON, REASON]}, "with this Policy and Code already exists"),
        ({"reasons": [{**REASON, "label": "L" * 101}]}, "label: Ensure this value has at most 100"),
        ({"reasons": [{**REASON, "label": None}]}, "label: This field cannot be null"),
        ({"reasons": [{**REASON, "guidance": "\0"}]}, "NUL"),
        ({"reasons": None}, "needs a (title and )?reason"),
    ],
)
def test_a_policy_that_cannot_be_is_told_by_its_field_and_leaves_nothing_behind(
    tmp_path: Path, head: dict[str, Any], says: str
) -> None:
    PairFactory()
    with pytest.raises(CommandError, match=f"--policy {tmp_path}: (.|\n)*{says}"):
        call_command("open_campaign", "N", policy=write_policy(tmp_path, **head))
    assert not Policy.objects.exists()
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("why", ["name", "no pairs"])
def test_a_refused_campaign_leaves_no_policy_that_the_next_one_would_follow(
    tmp_path: Path, why: str
) -> None:
    known = PolicyFactory()
    PairFactory()
    refused = {"name": ("", {}), "no pairs": ("N", {"source": "elsewhere"})}
    name, options = refused[why]
    with pytest.raises(CommandError):
        call_command("open_campaign", name, policy=write_policy(tmp_path), **options)
    assert list(Policy.objects.all()) == [known]
    assert not PolicyReason.objects.exclude(policy=known).exists()
    call_command("open_campaign", "N", stdout=StringIO())
    assert Campaign.objects.get().policy == known


def test_a_policy_that_says_nothing_of_changes_may_say_so(tmp_path: Path) -> None:
    PairFactory()
    call_command("open_campaign", "N", policy=write_policy(tmp_path, changes=None))
    assert Policy.objects.get().changes == ""


def write_policy(folder: Path, **head: Any) -> Path:
    (folder / "policy.md").write_text("# Policy")
    (folder / "policy.json").write_text(json.dumps({"title": "T", "reasons": [REASON]} | head))
    return folder
