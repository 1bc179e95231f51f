"""What a figure on agreement may be taken for, and when not, in the reader's language."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from annotation.wording import decimal, grouped, percent

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

# By the codes of `modeling.agreement.explanations`; what a measure means stands on the page.
REMARKS: "dict[str, _StrOrPromise]" = {
    "no_value": _(
        "There is no figure yet: %(units)s pairs have two answers, or all answers are the same."
    ),
    "alpha_reliable": _(
        "All of the interval is at %(mark)s or above, where labels are usually relied on."
    ),
    "alpha_tentative": _(
        "All of the interval lies between %(low)s and %(high)s: good for tentative conclusions."
    ),
    "alpha_not_reliable": _(
        "All of the interval is below %(mark)s: look at what people disagree about before you "
        "draw conclusions."
    ),
    "alpha_undecided": _(
        "The interval from %(low)s to %(high)s holds values that call for different conclusions: "
        "it takes more answers to say."
    ),
    "wide_interval": _(
        "The interval is wide, %(low)s to %(high)s: take the figure as a first impression."
    ),
    "no_interval": _(
        "There is no interval: too few pairs to tell how far chance could have moved the figure."
    ),
    "few_overlaps": _(
        "All of this rests on %(units)s pairs with two answers or more; with fewer than "
        "%(enough)s, intervals themselves are uncertain."
    ),
    "little_overlap": _(
        "Only %(overlap)s of the labelled pairs have two answers: unless those were drawn at "
        "random, the others may differ."
    ),
    "prevalence_paradox": _(
        "People agree on %(agreement)s, but %(prevalence)s of the answers are the same one, and "
        "then figures beyond chance come out low: read “same answer” and Gwet’s AC1 beside it."
    ),
    "chance_alone": _(
        "With %(prevalence)s of the answers the same one, people who guess would agree on about "
        "%(chance)s: read α beside it."
    ),
    "generous_where_one_sided": _(
        "With %(prevalence)s of the answers the same one it stays high even if the rare answer is "
        "hardly agreed on: read α beside it."
    ),
    "selection_active": _(
        "A model chose these pairs because they are hard to decide: agreement on pairs at large "
        "is likely to be higher."
    ),
    "selection_mixed": _(
        "Part of these pairs was chosen by a model because they are hard to decide: for agreement "
        "on pairs at large look at the random ones."
    ),
}
# Of what all measures rest on.
GENERAL_REMARKS = ("few_overlaps", "little_overlap", "selection_active", "selection_mixed")
# True of several measures in the same way.
SAID_ONCE = (*GENERAL_REMARKS, "prevalence_paradox")
_SHARES = ("overlap", "agreement", "prevalence", "chance")
_COUNTS = ("units", "enough")


def remark_text(remark: dict[str, Any]) -> str:
    """A remark of a report, its values as the interface's language writes them."""
    values = {name: _written(name)(value) for name, value in remark["parameters"].items()}
    return str(REMARKS[remark["code"]]) % values


def _written(name: str) -> Callable[[Any], str]:
    if name in _SHARES:
        return percent
    if name in _COUNTS:
        return grouped
    return _mark if name == "mark" else lambda value: decimal(value, 2)


def _mark(value: float) -> str:
    """0.80 or 0.667, as the literature has them."""
    return decimal(value, 2 if round(value, 2) == value else 3)
