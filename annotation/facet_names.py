"""What parts of a study are called on the pages: languages, weeks, versions of the policy."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.languages import language_name

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

FACET_NAMES: "dict[str, _StrOrPromise]" = {
    "language": gettext_lazy("Language"),
    "source": gettext_lazy("Source"),
    "selection": gettext_lazy("How pairs were chosen"),
    "policy": gettext_lazy("Version of the policy"),
    "week": gettext_lazy("Week"),
}


def value_name(facet: str, value: str) -> str:
    """A facet's value in words, as it is where it needs none."""
    if facet == "language":
        return language_name(value)
    if facet == "selection":
        return {"random": _("Drawn at random"), "chosen": _("Chosen by a model or by hand")}.get(
            value, value
        )
    if facet == "policy":
        return _("Version %(number)s") % {"number": value}
    if facet == "week":
        year, _sign, week = value.partition("-W")
        return _("Week %(week)s of %(year)s") % {"week": week.lstrip("0"), "year": year}
    return value or _("Not said")
