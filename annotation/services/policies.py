import json
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from annotation.models import Policy, PolicyReason


@transaction.atomic
def add_policy(*, folder: Path) -> Policy:
    """The next version of the policy, from `policy.md` (the text) and `policy.json` (its title and
    reasons) in `folder`. The newest version is returned as it is when nothing has changed."""
    body = (folder / "policy.md").read_text()
    head = json.loads((folder / "policy.json").read_text())
    newest = Policy.objects.first()
    if newest and (newest.title, newest.body) == (head["title"], body):
        return newest
    version = (Policy.objects.aggregate(last=Max("version"))["last"] or 0) + 1
    policy = Policy.objects.create(version=version, title=head["title"], body=body)
    PolicyReason.objects.bulk_create(
        PolicyReason(policy=policy, position=position, **reason)
        for position, reason in enumerate(head["reasons"], start=1)
    )
    return policy
