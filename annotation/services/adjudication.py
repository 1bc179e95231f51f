"""Deciding what a pair is. Nothing that was decided is ever changed: the next decision counts."""

from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext

from annotation.models import Adjudication, Campaign, GoldAnswer, Pair, PairConsensus, User, Verdict
from annotation.models.consensus import MAX_RATIONALE
from annotation.services.gold import take_known_out
from annotation.services.ranking import ask_for_ranking


class DecisionRefusedError(Exception):
    """Nothing was decided; the message is for the person who tried."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a pair is and why; `known` is the decision that its author looked at, if any."""

    verdict: str
    rationale: str
    reasons: tuple[str, ...] = ()
    policy_example: bool = False
    as_gold: bool = False
    known: int | None = None


@transaction.atomic
def adjudicate(*, campaign: Campaign, pair: Pair, by: User, decision: Decision) -> Adjudication:
    """Have `decision` be the pair's consensus from now on.

    Raises: DecisionRefusedError when somebody else decided meanwhile, nobody has judged it, or it
    cannot be a known answer.
    """
    _hold(campaign, pair)
    latest = _latest(campaign, pair, decision.known)
    if not campaign.labels.filter(pair=pair).exists():
        raise DecisionRefusedError(gettext("Nobody has judged this pair yet."))
    made = Adjudication.objects.create(
        campaign=campaign,
        pair=pair,
        policy=campaign.policy,
        verdict=decision.verdict,
        reasons=list(decision.reasons) if decision.verdict == Verdict.SIMILAR else [],
        rationale=decision.rationale,
        policy_example=decision.policy_example,
        decided_by=by,
        supersedes=latest,
    )
    if decision.as_gold:
        _make_gold(made, decision.verdict)
    # A pair with an answer needs no more of them; a ranking leaves it out too (`queries.pool`).
    take_known_out(campaign=campaign)
    _set_disputed(campaign, pair, disputed=False)
    return made


@transaction.atomic
def open_again(
    *, campaign: Campaign, pair: Pair, by: User, rationale: str, known: int | None
) -> Adjudication:
    """Let what people say count again. An answer that became known to all (gold) stays one.

    Raises: DecisionRefusedError when it is open already, or somebody decided meanwhile.
    """
    _hold(campaign, pair)
    latest = _latest(campaign, pair, known)
    if latest is None or latest.verdict is None:
        raise DecisionRefusedError(gettext("This pair is open already."))
    _set_disputed(campaign, pair, disputed=True)
    ask_for_ranking(campaign.pk)  # it has no place in the queue
    return Adjudication.objects.create(
        campaign=campaign,
        pair=pair,
        policy=campaign.policy,
        verdict=None,
        rationale=rationale,
        decided_by=by,
        supersedes=latest,
    )


def _set_disputed(campaign: Campaign, pair: Pair, *, disputed: bool) -> None:
    """At once, as the list of what waits goes by it; the next consensus computes it anew."""
    PairConsensus.objects.filter(campaign=campaign, pair=pair).update(disputed=disputed)


def _hold(campaign: Campaign, pair: Pair) -> None:
    """Decisions on one pair follow each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('adjudication'), hashint8(%s))", [pair.pk]
        )


def _latest(campaign: Campaign, pair: Pair, known: int | None) -> Adjudication | None:
    latest = (
        Adjudication.objects.filter(campaign=campaign, pair=pair, superseded_by=None)
        .select_related("decided_by")
        .first()
    )
    if latest and latest.pk != known:
        raise DecisionRefusedError(
            gettext("%(person)s decided on this pair meanwhile: look at it again.")
            % {"person": latest.decided_by.display_name}
        )
    return latest


def _make_gold(decision: Adjudication, verdict: str) -> None:
    """The newest decision is the known answer, also where another was known before."""
    if decision.campaign.learning_pairs.filter(pair=decision.pair).exists():
        raise DecisionRefusedError(
            gettext("People are told the answer of this pair in practice: it cannot be known.")
        )
    GoldAnswer.objects.update_or_create(
        campaign=decision.campaign,
        pair=decision.pair,
        defaults={
            "verdict": verdict,
            "rationale": decision.rationale[:MAX_RATIONALE],
            "added_by": decision.decided_by,
        },
    )
