"""What the figures on a person say, in words that judge nobody: to themself, and to others."""

from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.wording import decimal, percent

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

# The verdict, word for word, of rates and trends that leave too much open.
TOO_FEW = "too few labels to say"


class Said(NamedTuple):
    to_you: "_StrOrPromise"
    of_them: "_StrOrPromise"


def _same(text: "_StrOrPromise") -> Said:
    return Said(text, text)


# By the verdicts of `modeling.agreement.reliability`.
RATES = {
    TOO_FEW: _same(
        gettext_lazy("Too few answers to say anything: the share may lie anywhere in this range.")
    ),
    "no difference from the others that these numbers could show": _same(
        gettext_lazy("No difference from what is usual here that these numbers could show.")
    ),
    "more often than is usual here": _same(gettext_lazy("More often than is usual here.")),
    "less often than is usual here": Said(
        gettext_lazy(
            "Less often than is usual here. Pairs, languages and the policy have their part in it "
            "as you have, and you may be the one who is right: the pairs say more than the figure."
        ),
        gettext_lazy(
            "Less often than is usual here. Pairs, languages and the policy have their part in it "
            "as the person has, and the others may be wrong: look at the pairs together."
        ),
    ),
}
# By those of `modeling.agreement.drift`.
TRENDS: "dict[str, _StrOrPromise]" = {
    TOO_FEW: gettext_lazy("Too few answers in different weeks to say whether anything changes."),
    "no change that these numbers could show": gettext_lazy(
        "No change over the weeks that these numbers could show."
    ),
    "agreement rose over the weeks": gettext_lazy(
        "Agreement rose over the weeks, by %(low)s to %(high)s points."
    ),
    "agreement fell over the weeks": gettext_lazy(
        "Agreement fell over the weeks, by %(low)s to %(high)s points. Harder pairs or a new "
        "policy do that too: look at pairs of these weeks before you draw a conclusion."
    ),
}


def says_something(rate: dict[str, Any]) -> bool:
    """Whether the share may be named at all."""
    return bool(rate["n"]) and rate["verdict"] != TOO_FEW


def rate_text(rate: dict[str, Any]) -> str:
    """ "93% (90–95%)", or no more than the range where that is wide."""
    if not rate["n"]:
        return _("Nothing to compare yet")
    low, high = percent(rate["low"]), percent(rate["high"])
    if not says_something(rate):
        return _("between %(low)s and %(high)s") % {"low": low, "high": high}
    return f"{percent(rate['value'])} ({percent(rate['low'], rate['high'])})"


def rate_sentence(rate: dict[str, Any], *, to_you: bool) -> str:
    if not rate["n"]:
        return ""
    said = RATES[rate["verdict"]]
    return str(said.to_you if to_you else said.of_them)


def trend_sentence(trend: dict[str, Any]) -> str:
    text = str(TRENDS[trend["verdict"]])
    if trend["change"] is None:
        return text
    points = sorted(abs(trend[end]) * 100 for end in ("low", "high"))
    low, high = (decimal(value, 0) for value in points)
    return text % {"low": low, "high": high}
