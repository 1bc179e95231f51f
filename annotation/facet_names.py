"""What parts of a study are called on the pages: languages, weeks, versions of the policy."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.languages import language_name
from annotation.models import ReasonCode

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

FACET_NAMES: "dict[str, _StrOrPromise]" = {
    "language": gettext_lazy("Language"),
    "source": gettext_lazy("Source"),
    "selection": gettext_lazy("How pairs were chosen"),
    "policy": gettext_lazy("Version of the policy"),
    "week": gettext_lazy("Week"),
    "assistant": gettext_lazy("Assistant, with all others"),
    "campaign": gettext_lazy("Campaign"),
}


def facet_name(facet: str) -> str:
    """Of a facet with figures of its own, too, which no table of parts has."""
    if facet == "given":
        return _("Somebody found")
    if facet == "two":
        return _("Two people")
    return _("Reason") if facet == "reason" else str(FACET_NAMES[facet])


def value_name(facet: str, value: str) -> str:
    """A facet's value in words, as it is where it needs none."""
    if facet == "language":
        return language_name(value)
    if facet == "selection":
        return {"random": _("Drawn at random"), "chosen": _("Chosen by a model or by hand")}.get(
            value, value
        )
    if facet in ("reason", "given"):
        return str(ReasonCode(value).label)
    if facet == "policy":
        return _("Version %(number)s") % {"number": value}
    if facet == "week":
        year, _sign, week = value.partition("-W")
        return _("Week %(week)s of %(year)s") % {"week": week.lstrip("0"), "year": year}
    return value or _("Not said")
