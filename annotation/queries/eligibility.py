"""Why a pair is, or is not, handed to a person now: in words for whoever runs the study."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from annotation.models import Campaign, Pair, User
from annotation.queries.budgets import standings
from annotation.queries.eligibility_facts import FAR, Facts, facts_about
from annotation.queries.eligibility_rules import RULES, Check
from annotation.queries.mixed_in import is_gold, is_repeat
from annotation.queries.ready import count_ready
from annotation.queries.serving import campaigns_for
from annotation.wording import grouped, ordinal, pairs_in_words, words_for


class Outcome(StrEnum):
    HELD = gettext_noop("held")
    NEXT = gettext_noop("next")
    IN_LINE = gettext_noop("in line")
    WAITS = gettext_noop("waits")
    NOT_SERVED = gettext_noop("not served")


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Every rule with whether it holds, and what follows.

    `turn`: which of the person's next pairs of this campaign this one is, from 1, if it is served.
    """

    checks: list[Check]
    outcome: Outcome
    says: str
    turn: int | None = None

    @property
    def is_served(self) -> bool:
        """Whether the person is handed the pair if they go on now and nothing else happens."""
        return self.outcome in (Outcome.HELD, Outcome.NEXT, Outcome.IN_LINE)


def eligibility(*, campaign: Campaign, pair: Pair, person: User) -> Eligibility:
    """What the claim would do, by its own rules. Leases that ran out and were not ended yet count
    as out, so end them first (`services.leases.release_expired`), as a claim does."""
    facts = facts_about(campaign=campaign, pair=pair, person=person)
    checks = [rule(facts) for rule in RULES]
    if facts.is_held and facts.person.is_active:
        return Eligibility(checks, Outcome.HELD, _says(checks, "Once a person"))
    failed = [check for check in checks if not check.holds]
    if not failed:
        return _in_line(facts, checks)
    final = [check for check in failed if not check.waits]
    decisive = (final or failed)[0]
    return Eligibility(checks, Outcome.NOT_SERVED if final else Outcome.WAITS, decisive.says)


def _says(checks: list[Check], rule: str) -> str:
    return next(check.says for check in checks if check.rule == rule)


def _in_line(facts: Facts, checks: list[Check]) -> Eligibility:
    turn = _turn(facts)
    left = min((each.pairs_left for each in facts.standings), default=None)
    if left is not None and turn > left:
        says = _("%(place)s in line, and the budgets leave %(pairs)s.") % {
            "place": ordinal(turn),
            "pairs": pairs_in_words(left),
        }
        checks = [*checks, Check("Turn", False, says, waits=True)]
        return Eligibility(checks, Outcome.WAITS, says)
    before = _campaigns_before(facts)
    if turn == 1 and not before:
        says = _("Would be served to %(name)s next.") % {"name": facts.name}
        outcome = Outcome.NEXT
    else:
        says, outcome = _in_words(facts, turn, before), Outcome.IN_LINE
    return Eligibility([*checks, Check("Turn", True, says)], outcome, says, turn)


def _in_words(facts: Facts, turn: int, before: list[str]) -> str:
    if turn >= FAR:
        says = _("After the first %(number)s of the pairs that %(name)s may get now.")
    else:
        says = _("%(place)s of the pairs that %(name)s may get now.")
    says %= {"number": grouped(FAR), "place": ordinal(turn), "name": facts.name}
    if before:
        first = ngettext("%(campaigns)s comes first.", "%(campaigns)s come first.", len(before))
        first %= {"campaigns": words_for(before)}
        says = f"{says} {first}"
    return says


def _turn(facts: Facts) -> int:
    """Which of the person's next pairs it is: known answers, and pairs that they judged before,
    come between those of the queue."""
    gold_before = ranked_before = again_before = 0
    known = facts.unseen_gold
    place = known.index(facts.pair.pk) + 1 if facts.comes_as_gold else facts.place
    for number in range(FAR):
        whose = facts.campaign, facts.person.pk, facts.seen_so_far + number
        if is_gold(*whose) and gold_before < len(known):
            gold_before += 1
        elif is_repeat(*whose) and again_before < facts.repeatable:
            again_before += 1
            continue
        else:
            ranked_before += 1
        if place == (gold_before if facts.comes_as_gold else ranked_before):
            return number + 1
    return FAR


def _campaigns_before(facts: Facts) -> list[str]:
    """Campaigns that come first for this person and have a pair for them now."""
    names = []
    for campaign in campaigns_for(facts.person):
        if campaign.pk == facts.campaign.pk:
            break
        if _hands_out(campaign, facts.person):
            names.append(campaign.name)
    return names


def _hands_out(campaign: Campaign, person: User) -> bool:
    if campaign.counts_use:
        stand = standings(campaign=campaign, assistant=person)
        if any(each.pairs_left == 0 for each in stand):
            return False
    return count_ready(campaign=campaign, assistant=person, most=1) > 0
