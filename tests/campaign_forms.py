"""What the admin's pages of campaigns and people post."""

from typing import Any

from django.contrib import admin
from django.test import RequestFactory

from annotation.models import Campaign, User

FIELDS = (
    "name", "policy_id", "state", "priority", "labels_per_pair", "random_share", "queue_size",
    "lease_seconds", "retrain_every", "retrain_recipe", "time_budget_s", "relabelling",
    "overlap_share", "stop_at", "route_hours", "order", "relabel_share", "gold_share",
    "repeat_share", "repeat_after_hours",
    "duplicates", "practice", "qualification", "pass_mark", "qualification_pairs",
    "qualification_attempts", "consensus_method", "reasons_mode", "skipped_pairs", "skipped_hours",
)  # fmt: skip


def campaign_form(campaign: Campaign, **changes: Any) -> dict[str, Any]:
    form = {name.removesuffix("_id"): getattr(campaign, name) for name in FIELDS}
    form |= {"everyone": "on" if campaign.everyone else "", "languages": ""}
    return form | {"shown": shown(campaign)} | budgets() | changes


def person_form(person: User, **changes: Any) -> dict[str, Any]:
    form = {
        "username": person.username, "role": person.role, "languages": ",".join(person.languages),
        "any_language": "on" if person.any_language else "",
        "is_active": "on" if person.is_active else "", "shown": shown(person),
    }  # fmt: skip
    return form | changes


def shown(row: Campaign | User) -> str:
    """What the page of `row` says that it showed, as `row` is."""
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True)
    form = admin.site.get_model_admin(type(row)).get_form(request, row, change=True)
    return str(form(instance=row).initial["shown"])


def budgets(*rows: tuple[str, float, str, str]) -> dict[str, Any]:
    """The rows of the budgets' table, all of them new: (scope, amount, unit, period)."""
    form: dict[str, Any] = {"budgets-TOTAL_FORMS": len(rows), "budgets-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        for field, value in zip(("scope", "amount", "unit", "period"), row, strict=True):
            form[f"budgets-{number}-{field}"] = value
    return form
