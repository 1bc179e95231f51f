import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max

from annotation.models import Policy, PolicyReading, PolicyReason, User


@transaction.atomic
def add_policy(*, folder: Path) -> Policy:
    """The next version of the policy, from `policy.md` (the text) and `policy.json` (its title and
    reasons) in `folder`. The newest version is returned as it is when nothing has changed: neither
    text nor guidance, nor what is said to be new.

    Raises: ValueError for one without reasons, besides what reading the files raises.
    """
    body = (folder / "policy.md").read_text()
    head = json.loads((folder / "policy.json").read_text())
    if not head["reasons"]:
        raise ValueError("policy.json needs a reason: without any, nobody could answer “Similar”")
    texts = {"title": head["title"], "body": body, "changes": head.get("changes") or ""}
    reasons = [PolicyReason(position=n, **each) for n, each in enumerate(head["reasons"], start=1)]
    newest = Policy.objects.prefetch_related("reasons").first()
    if newest and _says(newest, newest.reasons.all()) == _says(Policy(**texts), reasons):
        return newest
    version = (Policy.objects.aggregate(last=Max("version"))["last"] or 0) + 1
    policy = Policy(version=version, **texts)
    _add(policy)
    for reason in reasons:
        reason.policy = policy
        _add(reason)
    return policy


def _add(row: Policy | PolicyReason) -> None:
    """Raises: ValidationError by field."""
    row.full_clean()
    row.save(force_insert=True)


def _says(policy: Policy, reasons: Iterable[PolicyReason]) -> list[Any]:
    """All that people read of a version."""
    ways = [(each.code, each.label, each.guidance) for each in reasons]
    return [policy.title, policy.body, policy.changes, ways]


def note_reading(*, person: User, policies: Iterable[int]) -> None:
    """By their ids. Noting it again is harmless."""
    readings = [PolicyReading(person=person, policy_id=policy) for policy in policies]
    PolicyReading.objects.bulk_create(readings, ignore_conflicts=True)
