"""The columns of an export that say what a pair is held to be, how surely, and who decided it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F

from annotation.models import (
    Adjudication,
    Campaign,
    ConsensusState,
    PairConsensus,
    PairTwin,
    Verdict,
)

# Column of the export, and where its value lies.
_ESTIMATES = {
    "posterior": "posterior",
    "low": "low",
    "high": "high",
    "model_probability": "model",
    "posterior_with_model": "with_model",
    "low_with_model": "with_model_low",
    "high_with_model": "with_model_high",
}
POSTERIOR_COLUMNS = (
    "consensus", *_ESTIMATES, "consensus_method", "adjudicated", "adjudicated_reasons", "rationale",
)  # fmt: skip
# Nearer to one half than this neither answer is likelier.
EVEN = 1e-6


def consensus_columns(
    *, pairs: Iterable[int], campaign: Campaign | None
) -> dict[int, dict[str, Any]]:
    """By pair. Over all campaigns, a pair that several have labels on has none of these: each
    campaign has a consensus of its own."""
    chosen = list(pairs)
    scope = {"campaign": campaign} if campaign else {}
    methods = dict(ConsensusState.objects.filter(**scope).values_list("campaign", "method"))
    decided = _decisions(chosen, scope)
    found: dict[int, list[dict[str, Any]]] = {}
    rows = PairConsensus.objects.filter(pair__in=chosen, **scope)
    for row in rows.values("campaign", "pair", *_ESTIMATES.values()):
        found.setdefault(row["pair"], []).append(
            _columns(row, methods[row["campaign"]], decided.get((row["campaign"], row["pair"])))
        )
    return {pair: several[0] for pair, several in found.items() if len(several) == 1}


def _decisions(pairs: list[int], scope: dict[str, Any]) -> dict[tuple[int, int], Adjudication]:
    """By campaign and pair: its own, else the last on a twin where those count."""
    standing = Adjudication.objects.standing().filter(**scope)
    members: dict[int, list[int]] = {}
    twins = PairTwin.objects.filter(pair__in=pairs, pair__held_out=False)
    for pair, group in twins.values_list("pair_id", "group_id"):
        members.setdefault(group, []).append(pair)
    of_twins = standing.filter(
        campaign__duplicates=Campaign.Duplicates.PROPAGATE,
        pair__held_out=False,
        pair__twin_group__group__in=list(members),
    ).annotate(group=F("pair__twin_group__group"))
    found = {
        (decision.campaign_id, pair): decision
        for decision in of_twins.order_by("id")
        for pair in members[decision.group]
    }
    own = standing.filter(pair__in=pairs)
    return found | {(decision.campaign_id, decision.pair_id): decision for decision in own}


def _columns(row: dict[str, Any], method: str, decision: Adjudication | None) -> dict[str, Any]:
    return {
        **{column: row[field] for column, field in _ESTIMATES.items()},
        "consensus": decision.verdict if decision else likelier(row["posterior"]),
        "consensus_method": method,
        "adjudicated": decision.verdict if decision else None,
        "adjudicated_reasons": decision.reasons if decision else None,
        "rationale": decision.rationale if decision else None,
    }


def likelier(posterior: float) -> str:
    """The answer that is more likely than the other; ``unsure`` where neither is.

    >>> likelier(0.8), likelier(0.5)
    ('similar', 'unsure')
    """
    if abs(posterior - 0.5) <= EVEN:
        return Verdict.UNSURE.value
    return Verdict.SIMILAR.value if posterior > 0.5 else Verdict.NOT_SIMILAR.value
