"""The rules that a pair must pass to be handed to a person, each as a check in words.

They are those of the claim: `services.claim`, `queries.serving` and `queries.ready`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from annotation.lanes import lanes_read_by, languages_of
from annotation.languages import language_name
from annotation.models import Assignment, Budget, Campaign
from annotation.queries.budgets import Standing
from annotation.queries.eligibility_facts import Facts
from annotation.queries.not_queued import why_not_queued
from annotation.wording import count_of, day, moment, words_for


@dataclass(frozen=True, slots=True)
class Check:
    """`waits`: the rule does not hold now, and will by itself, or may."""

    rule: str
    holds: bool
    says: str
    waits: bool = False


def account(facts: Facts) -> Check:
    holds = facts.person.is_active
    return Check("Account", holds, f"{facts.name} {'may' if holds else 'can no longer'} sign in.")


def state(facts: Facts) -> Check:
    campaign = facts.campaign
    is_open = campaign.state == Campaign.State.OPEN
    paused = campaign.state == Campaign.State.PAUSED
    return Check("State", is_open, f"The campaign is {campaign.state}.", waits=paused)


def dates(facts: Facts) -> Check:
    opens, closes = facts.campaign.opens_at, facts.campaign.closes_at
    if opens and opens > facts.now:
        return Check("Dates", False, f"The campaign opens {day(opens)}, {moment(opens)}.", True)
    if closes and closes <= facts.now:
        return Check("Dates", False, f"The campaign closed {day(closes)}.")
    until = f"It closes {day(closes)}." if closes else "No closing date is set."
    return Check("Dates", True, until)


def members(facts: Facts) -> Check:
    if facts.campaign.everyone:
        return Check("Members", True, "Everybody may work in the campaign.")
    known = "is one" if facts.is_member else "is not one"
    return Check("Members", facts.is_member, f"{facts.name} {known} of the campaign’s members.")


def ranked(facts: Facts) -> Check:
    generation = facts.campaign.generation
    if generation is None:
        return Check("Ranking", False, "The campaign has no queue yet.", waits=True)
    made = moment(generation.created_at)
    return Check("Ranking", True, f"Queue {generation.number} is served, ranked {made}.")


def pool(facts: Facts) -> Check:
    if facts.gold:
        return Check("Pool", True, "The campaign knows the answer of this pair.")
    holds = facts.in_pool
    return Check("Pool", holds, f"The pair is {'' if holds else 'not '}in the campaign’s pool.")


def seen(facts: Facts) -> Check:
    own, name = facts.own, facts.name
    if own is None:
        return Check("Once a person", True, f"{name} has not seen it.")
    when = day(own.changed_at)
    said = {
        Assignment.State.LABELLED: f"{name} answered it {when}.",
        Assignment.State.SKIPPED: f"{name} handed it back {when}; a skipped pair does not return.",
        Assignment.State.LEASED: f"{name} has it now, until {moment(own.lease_expires_at)}.",
        Assignment.State.EXPIRED: f"{name} had it {when} and the lease ran out; it may come again.",
    }[Assignment.State(own.state)]
    again = own.state == Assignment.State.EXPIRED and not facts.comes_as_gold
    if own.state == Assignment.State.EXPIRED and not again:
        said = f"{name} was asked it {when}; a known answer is asked once."
    return Check("Once a person", again, said)


def queued(facts: Facts) -> Check:
    campaign = facts.campaign
    if facts.comes_as_gold:
        if campaign.gold_share == 0:
            says = "Its answer is known, and the campaign mixes no known answers in."
            return Check("Queue", False, says)
        says = f"Its answer is known: {campaign.gold_share:.0%} of everybody’s pairs are such."
        return Check("Queue", True, says)
    if facts.item:
        why = facts.item.get_strategy_display().lower()
        return Check("Queue", True, f"In the queue at rank {facts.item.rank:,}: {why}.")
    if facts.labels >= facts.wanted:
        return Check("Queue", False, _has_its_labels(facts))
    return Check("Queue", False, why_not_queued(campaign=campaign, pair=facts.pair), waits=True)


def places(facts: Facts) -> Check:
    if facts.comes_as_gold:
        return Check("Labels wanted", True, "A known answer may be asked of everybody once.")
    if facts.item and facts.item.slots > 0:
        wanted = count_of(facts.item.wanted, "label")
        says = f"It wants {wanted}, has {facts.labels}, and {facts.item.slots} may be asked for."
        return Check("Labels wanted", True, says)
    if facts.labels >= facts.wanted:
        return Check("Labels wanted", False, _has_its_labels(facts))
    if facts.out:
        return Check("Labels wanted", False, _is_out(facts), waits=True)
    has = f"It wants {count_of(facts.wanted, 'label')} and has {facts.labels}"
    return Check("Labels wanted", False, f"{has}, but is not in the queue.", waits=True)


def _is_out(facts: Facts) -> str:
    until = moment(facts.out[0].lease_expires_at)
    if len(facts.out) == 1:
        return f"Out with a colleague until {until} (lease)."
    return f"Out with {len(facts.out)} colleagues; the first lease ends {until}."


def _has_its_labels(facts: Facts) -> str:
    return f"Has its {count_of(facts.labels, 'label')}."


def routing(facts: Facts) -> Check:
    item = facts.item
    if facts.comes_as_gold or item is None or item.routed_to is None or item.routed_until is None:
        return Check("Best record", True, "It is kept for nobody.")
    until = moment(item.routed_until)
    if facts.person.pk in item.routed_to:
        return Check("Best record", True, f"Kept until {until} for {facts.name} among others.")
    if item.routed_until <= facts.now:
        return Check("Best record", True, f"It was kept for others until {until}.")
    says = f"Waits until {until} for those with the best record on such pairs."
    return Check("Best record", False, says, waits=True)


def language(facts: Facts) -> Check:
    codes = languages_of(facts.lane)
    spoken = words_for([language_name(code) for code in codes]) or "a language that is not known"
    if facts.lane in lanes_read_by(facts.person.languages):
        read = "reads" if codes else "may get"
        return Check("Languages", True, f"In {spoken}, which {facts.name} {read}.")
    if facts.person.any_language:
        return Check("Languages", True, f"In {spoken}; {facts.name} takes any language.")
    if len(codes) == 1:
        says = f"In {spoken}, which {facts.name} does not read and did not opt in to."
        return Check("Languages", False, says)
    unread = [language_name(code) for code in codes if code not in facts.person.languages]
    missing = f"{facts.name} does not read {words_for(unread, last='or')}"
    says = f"In {spoken}; {missing} and did not opt in to other languages."
    return Check("Languages", False, says)


def budget(facts: Facts) -> Check:
    used_up = [each for each in facts.standings if each.pairs_left == 0]
    if used_up:
        daily = all(each.budget.period == Budget.Period.DAY for each in used_up)
        return Check("Budgets", False, _used_up(used_up[0]), waits=daily)
    if not facts.standings:
        return Check("Budgets", True, "No budget limits the campaign.")
    left = min(each.pairs_left for each in facts.standings)
    return Check("Budgets", True, f"The budgets leave about {count_of(left, 'pair')}.")


def _used_up(standing: Standing) -> str:
    budget = standing.budget
    period = "Daily" if budget.period == Budget.Period.DAY else "Total"
    whose = "each person" if budget.scope == Budget.Scope.PERSON else "everybody together"
    return (
        f"{period} budget of {whose} used up: {standing.used:.4g} of {budget.amount:g} "
        f"{budget.get_unit_display()}."
    )


# In the order in which a person would look into it.
RULES: list[Callable[[Facts], Check]] = [
    account, state, dates, members, ranked, pool, seen, queued, places, routing, language, budget,
]  # fmt: skip
