"""What a campaign's rules may be: constraints of the table, and the same in words for forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.formats import number_format
from django.utils.translation import gettext

if TYPE_CHECKING:
    from annotation.models.campaigns import Campaign

MAX_LABELS = 20
# Seconds that a training run may take.
TIME_BUDGET_S = (10, 7 * 86_400)
SHARES = ("random_share", "gold_share", "repeat_share", "overlap_share", "pass_mark")
BOUNDS = (
    *((share, 0, 1) for share in SHARES),
    ("relabel_share", 0, 0.9),
    ("labels_per_pair", 1, MAX_LABELS),
    ("lease_seconds", 1, 7 * 86_400),
    ("queue_size", 1, 10_000_000),
    ("time_budget_s", *TIME_BUDGET_S),
    ("qualification_pairs", 1, 200),
    ("qualification_attempts", 1, 20),
    ("skipped_hours", 1, 1000),
    ("repeat_after_hours", 1, 1000),
)
KNOWN = {
    "state": ("open", "paused", "closed"),
    "retrain_recipe": ("basic", "unified", "unified-v2", "auto"),
    "relabelling": ("fixed", "overlap", "differ", "posterior", "activelab"),
    "order": ("uncertainty", "random"),
    "duplicates": ("separate", "merge", "propagate"),
    "practice": ("off", "offered", "required"),
    "qualification": ("off", "offered", "required"),
    "reasons_mode": ("several", "one"),
    "skipped_pairs": ("elsewhere", "come_back"),
    "consensus_method": ("majority", "dawid-skene", "glad", "mace", "crowdlab"),
}


def _known(field: str, *values: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": values}), name=f"campaign_{field}_known"
    )


def _share(field: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__gte": 0, f"{field}__lte": 1}), name=f"campaign_{field}_0_to_1"
    )


CONSTRAINTS: list[models.BaseConstraint] = [
    *(_known(field, *values) for field, values in KNOWN.items()),
    *(_share(field) for field in SHARES),
    models.CheckConstraint(
        condition=Q(labels_per_pair__gte=1, labels_per_pair__lte=MAX_LABELS),
        name="campaign_labels_per_pair_1_to_20",
    ),
    models.CheckConstraint(
        # A queue of second looks alone would never end.
        condition=Q(relabel_share__gte=0, relabel_share__lte=0.9),
        name="campaign_relabel_share_0_to_0_9",
    ),
    models.CheckConstraint(
        # With none, every run that starts by itself would fail.
        condition=Q(time_budget_s__gte=TIME_BUDGET_S[0], time_budget_s__lte=TIME_BUDGET_S[1]),
        name="campaign_time_budget_10_s_to_7_days",
    ),
    models.CheckConstraint(
        condition=Q(skipped_hours__gte=1, skipped_hours__lte=1000),
        name="campaign_skipped_hours_1_to_1000",
    ),
    models.CheckConstraint(
        condition=Q(repeat_after_hours__gte=1, repeat_after_hours__lte=1000),
        name="campaign_repeat_after_hours_1_to_1000",
    ),
    models.CheckConstraint(
        condition=Q(repeats_of=None) | Q(generation=None, repeat_share=0, gold_share=0),
        name="campaign_of_repeats_has_no_queue",
    ),
    models.CheckConstraint(
        condition=Q(stop_at__gt=0.5, stop_at__lt=1), name="campaign_stop_at_half_to_1"
    ),
    models.CheckConstraint(
        condition=Q(opens_at=None) | Q(closes_at=None) | Q(opens_at__lt=F("closes_at")),
        name="campaign_opens_before_it_closes",
    ),
    models.CheckConstraint(condition=Q(lease_seconds__gte=1), name="campaign_lease_positive"),
    models.CheckConstraint(
        condition=Q(qualification_pairs__gte=1, qualification_attempts__gte=1),
        name="campaign_qualification_positive",
    ),
]


def limits_passed(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """What the constraints of the table refuse, by field and in words."""
    for field, least, most in BOUNDS:
        value = getattr(campaign, field)
        if value is not None and not least <= value <= most:
            yield (
                field,
                gettext("Give a number from %(least)s to %(most)s.")
                % {"least": least, "most": number_format(most, force_grouping=True)},
            )
    stop_at = campaign.stop_at
    if stop_at is not None and not 0.5 < stop_at < 1:
        yield "stop_at", gettext("Give a certainty above 0.5 and below 1, such as 0.95.")
    opens, closes = campaign.opens_at, campaign.closes_at
    if opens and closes and opens >= closes:
        yield "closes_at", gettext("The campaign would close before it opens.")
