"""The rules that a pair must pass to be handed to a person, each as a check in words.

They are those of the claim: `services.claim`, `queries.serving` and `queries.ready`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.lanes import lanes_read_by, languages_of
from annotation.languages import language_name
from annotation.models import Assignment, Budget, Campaign
from annotation.queries.budgets import Standing
from annotation.queries.eligibility_facts import Facts
from annotation.queries.eligibility_learning import what_was_learnt, what_was_read
from annotation.queries.not_queued import why_not_queued
from annotation.wording import (
    day,
    grouped,
    labels_in_words,
    mid_sentence,
    moment,
    one_of,
    pairs_in_words,
    percent,
    words_for,
)


@dataclass(frozen=True, slots=True)
class Check:
    """`waits`: the rule does not hold now, and will by itself, or may."""

    rule: str
    holds: bool
    says: str
    waits: bool = False


def account(facts: Facts) -> Check:
    if facts.person.is_active:
        return Check("Account", True, _("%(name)s may sign in.") % {"name": facts.name})
    return Check("Account", False, _("%(name)s can no longer sign in.") % {"name": facts.name})


def state(facts: Facts) -> Check:
    campaign = facts.campaign
    is_open = campaign.state == Campaign.State.OPEN
    paused = campaign.state == Campaign.State.PAUSED
    says = _("The campaign is %(state)s.") % {"state": mid_sentence(campaign.get_state_display())}
    return Check("State", is_open, says, waits=paused)


def dates(facts: Facts) -> Check:
    opens, closes = facts.campaign.opens_at, facts.campaign.closes_at
    if opens and opens > facts.now:
        says = _("The campaign opens %(day)s, %(moment)s.")
        return Check("Dates", False, says % {"day": day(opens), "moment": moment(opens)}, True)
    if closes and closes <= facts.now:
        return Check("Dates", False, _("The campaign closed %(day)s.") % {"day": day(closes)})
    if closes:
        return Check("Dates", True, _("It closes %(day)s.") % {"day": day(closes)})
    return Check("Dates", True, _("No closing date is set."))


def members(facts: Facts) -> Check:
    if facts.campaign.everyone:
        return Check("Members", True, _("Everybody may work in the campaign."))
    if facts.is_member:
        says = _("%(name)s is one of the campaign’s members.")
    else:
        says = _("%(name)s is not one of the campaign’s members.")
    return Check("Members", facts.is_member, says % {"name": facts.name})


def learning(facts: Facts) -> Check:
    return Check("Practice", *what_was_learnt(facts))


def policy(facts: Facts) -> Check:
    return Check("Policy", *what_was_read(facts))


def ranked(facts: Facts) -> Check:
    generation = facts.campaign.generation
    if generation is None:
        return Check("Ranking", False, _("The campaign has no queue yet."), waits=True)
    ranked = {"number": generation.number, "when": moment(generation.created_at)}
    return Check("Ranking", True, _("Queue %(number)s is served, ranked %(when)s.") % ranked)


def pool(facts: Facts) -> Check:
    if facts.gold:
        return Check("Pool", True, _("The campaign knows the answer of this pair."))
    if facts.lesson and not facts.item:
        says = _("It stands in a practice or qualification round, so that its answer may be known.")
        return Check("Pool", False, says)
    if facts.in_pool:
        return Check("Pool", True, _("The pair is in the campaign’s pool."))
    return Check("Pool", False, _("The pair is not in the campaign’s pool."))


SEEN = {
    Assignment.State.LABELLED: gettext_lazy("%(name)s answered it %(when)s."),
    Assignment.State.LEASED: gettext_lazy("%(name)s has it now, until %(until)s."),
    Assignment.State.EXPIRED: gettext_lazy(
        "%(name)s had it %(when)s and the lease ran out; it may come again."
    ),
}


def seen(facts: Facts) -> Check:
    own, name = facts.own, facts.name
    if own is None or own.state == Assignment.State.SKIPPED:
        return Check("Once a person", True, _("%(name)s has not answered it.") % {"name": name})
    again = own.state == Assignment.State.EXPIRED and not facts.comes_as_gold
    says = str(SEEN[Assignment.State(own.state)])
    if own.state == Assignment.State.EXPIRED and not again:
        says = _("%(name)s was asked it %(when)s; a known answer is asked once.")
    elif facts.may_come_again:
        says = _("%(name)s answered it %(when)s, and may be asked once more.")
    elif facts.again and facts.again.state == Assignment.State.LEASED:
        own, says = facts.again, _("%(name)s has it now once more, until %(until)s.")
    said = {"name": name, "when": day(own.changed_at), "until": moment(own.lease_expires_at)}
    return Check("Once a person", again, says % said)


def own_choice(facts: Facts) -> Check:
    """Pairs passed on and topics kept off are a person's own business: nobody learns which it is,
    nor when, nor how many."""
    if facts.is_kept_off:
        says = _("Not for %(name)s, by their own choice.")
        return Check("Own choice", False, says % {"name": facts.name})
    says = _("%(name)s chose nothing that speaks against it.")
    return Check("Own choice", True, says % {"name": facts.name})


def queued(facts: Facts) -> Check:
    campaign = facts.campaign
    if facts.comes_as_gold:
        if campaign.gold_share == 0:
            says = _("Its answer is known, and the campaign mixes no known answers in.")
            return Check("Queue", False, says)
        says = _("Its answer is known: %(share)s of everybody’s pairs are such.")
        return Check("Queue", True, says % {"share": percent(campaign.gold_share)})
    if facts.item:
        why = mid_sentence(facts.item.get_strategy_display())
        at = {"rank": grouped(facts.item.rank), "why": why}
        return Check("Queue", True, _("In the queue at rank %(rank)s: %(why)s.") % at)
    if facts.labels >= facts.wanted:
        return Check("Queue", False, _has_its_labels(facts))
    return Check("Queue", False, why_not_queued(campaign=campaign, pair=facts.pair), waits=True)


def places(facts: Facts) -> Check:
    if facts.comes_as_gold:
        return Check("Labels wanted", True, _("A known answer may be asked of everybody once."))
    if facts.item and facts.item.slots > 0:
        says = _("It wants %(labels)s, has %(has)s, and %(slots)s may be asked for.")
        counts = {
            "labels": labels_in_words(facts.item.wanted),
            "has": facts.labels,
            "slots": facts.item.slots,
        }
        return Check("Labels wanted", True, says % counts)
    if facts.labels >= facts.wanted:
        return Check("Labels wanted", False, _has_its_labels(facts))
    if facts.out:
        return Check("Labels wanted", False, _is_out(facts), waits=True)
    says = _("It wants %(labels)s and has %(has)s, but is not in the queue.")
    counts = {"labels": labels_in_words(facts.wanted), "has": facts.labels}
    return Check("Labels wanted", False, says % counts, waits=True)


def _is_out(facts: Facts) -> str:
    until = moment(facts.out[0].lease_expires_at)
    if len(facts.out) == 1:
        return _("Out with a colleague until %(until)s (lease).") % {"until": until}
    return _("Out with %(number)s colleagues; the first lease ends %(until)s.") % {
        "number": len(facts.out),
        "until": until,
    }


def _has_its_labels(facts: Facts) -> str:
    return _("Has its %(labels)s.") % {"labels": labels_in_words(facts.labels)}


def routing(facts: Facts) -> Check:
    item = facts.item
    if facts.comes_as_gold or item is None or item.routed_to is None or item.routed_until is None:
        return Check("Best record", True, _("It is kept for nobody."))
    kept = {"until": moment(item.routed_until), "name": facts.name}
    if facts.person.pk in item.routed_to:
        says = _("Kept until %(until)s for %(name)s among others.")
        return Check("Best record", True, says % kept)
    if item.routed_until <= facts.now:
        return Check("Best record", True, _("It was kept for others until %(until)s.") % kept)
    says = _("Waits until %(until)s for those with the best record on such pairs.")
    return Check("Best record", False, says % kept, waits=True)


def language(facts: Facts) -> Check:
    codes = languages_of(facts.lane)
    unread = [language_name(code) for code in codes if code not in facts.person.languages]
    said = {
        "languages": words_for([language_name(code) for code in codes])
        or _("a language that is not known"),
        "name": facts.name,
        "unread": one_of(unread),
    }
    if facts.lane in lanes_read_by(facts.person.languages):
        if codes:
            says = _("In %(languages)s, which %(name)s reads.")
        else:
            says = _("In %(languages)s, which %(name)s may get.")
        return Check("Languages", True, says % said)
    if facts.person.any_language:
        says = _("In %(languages)s; %(name)s takes any language.")
        return Check("Languages", True, says % said)
    if len(codes) == 1:
        says = _("In %(languages)s, which %(name)s does not read and did not opt in to.")
        return Check("Languages", False, says % said)
    says = _(
        "In %(languages)s; %(name)s does not read %(unread)s and did not opt in to other languages."
    )
    return Check("Languages", False, says % said)


def budget(facts: Facts) -> Check:
    used_up = [each for each in facts.standings if each.pairs_left == 0]
    if used_up:
        daily = all(each.budget.period == Budget.Period.DAY for each in used_up)
        return Check("Budgets", False, _used_up(used_up[0]), waits=daily)
    if not facts.standings:
        return Check("Budgets", True, _("No budget limits the campaign."))
    left = min(each.pairs_left for each in facts.standings)
    says = _("The budgets leave about %(pairs)s.") % {"pairs": pairs_in_words(left)}
    return Check("Budgets", True, says)


def _used_up(standing: Standing) -> str:
    budget = standing.budget
    daily = budget.period == Budget.Period.DAY
    if budget.scope == Budget.Scope.PERSON:
        says = (
            _("Daily budget of each person used up: %(used)s of %(amount)s %(unit)s.")
            if daily
            else _("Total budget of each person used up: %(used)s of %(amount)s %(unit)s.")
        )
    else:
        says = (
            _("Daily budget of everybody together used up: %(used)s of %(amount)s %(unit)s.")
            if daily
            else _("Total budget of everybody together used up: %(used)s of %(amount)s %(unit)s.")
        )
    return says % {
        "used": number_format(f"{standing.used:.4g}"),
        "amount": number_format(f"{budget.amount:g}"),
        "unit": budget.get_unit_display(),
    }


# In the order in which a person would look into it.
RULES: list[Callable[[Facts], Check]] = [
    account, state, dates, members, learning, policy, ranked, pool, seen, own_choice, queued,
    places, routing, language, budget,
]  # fmt: skip
