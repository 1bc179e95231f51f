"""How far people agree with themselves: the figures of a campaign's repeats."""

from __future__ import annotations

from typing import Any

from annotation.models import Campaign, Verdict
from annotation.queries.repeated_answers import comparable, repeated_answers

CODES = {verdict.value: code for code, verdict in enumerate(Verdict)}


def self_agreement(*, campaign: Campaign) -> dict[str, Any]:
    """As `modeling.agreement.repeats` has it, with `people` who were asked again and how many
    answers came under another version of the policy, which say nothing about it."""
    from modeling.agreement.repeats import repeat_agreement

    answered = repeats_by_person(campaign=campaign)
    found = repeat_agreement(
        [first for _, first, _ in answered],
        [second for _, _, second in answered],
        labels=len(CODES),
    )
    every = repeated_answers(campaign=campaign).count()
    people = len({person for person, _, _ in answered})
    return {**found, "people": people, "other_policy": every - len(answered)}


def repeats_by_person(*, campaign: Campaign) -> list[tuple[int, int, int]]:
    """(person, first answer, second answer), codes in the order of `Verdict`."""
    rows = comparable(repeated_answers(campaign=campaign)).order_by("id")
    return [
        (person, CODES[first], CODES[second])
        for person, first, second in rows.values_list("assistant_id", "first_verdict", "verdict")
    ]
