from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.queries.planning import Observed
from annotation.services.planning import Wanted

# Where nothing has been seen: the study that this grew from.
SIMILAR_PERCENT, AUROC = 28, 0.95
MOST_LABELS = 10


class PlanningForm(forms.Form):
    """What is wanted, from the address, so that a plan can be passed on; defaults where it says
    nothing."""

    alpha = forms.FloatField(
        label=_("For α: give or take"),
        min_value=0.005,
        max_value=0.4,
        initial=0.05,
        help_text=_("Half the width of its interval."),
    )
    auroc = forms.FloatField(
        label=_("For AUROC: give or take"),
        min_value=0.005,
        max_value=0.4,
        initial=0.02,
        help_text=_("Half the width of its interval."),
    )
    overlap = forms.IntegerField(
        label=_("Labels a pair"), min_value=2, max_value=MOST_LABELS, initial=2
    )
    similar = forms.FloatField(
        label=_("Similar pairs, in percent"), min_value=0.5, max_value=99.5, initial=SIMILAR_PERCENT
    )
    expected_auroc = forms.FloatField(
        label=_("AUROC to expect"), min_value=0.5, max_value=0.999, initial=AUROC
    )
    wage = forms.FloatField(
        label=_("Wage an hour"),
        min_value=0,
        max_value=100_000,
        required=False,
        help_text=_("In your currency. It stands in the address only and is not kept."),
    )

    def __init__(self, data: Any, *, seen: Observed) -> None:
        given = {name: data[name] for name in self.base_fields if data.get(name, "") != ""}
        super().__init__(_defaults(seen) | given)
        for field in self.fields.values():
            field.widget.attrs["step"] = "1" if field is self.fields["overlap"] else "any"

    def wanted(self) -> Wanted:
        values = self.cleaned_data
        return Wanted(**{**values, "similar": values["similar"] / 100})


def _defaults(seen: Observed) -> dict[str, float | int | None]:
    fields = PlanningForm.base_fields
    defaults = {name: field.initial for name, field in fields.items() if field.required}
    if seen.share_similar is not None:
        defaults["similar"] = round(min(max(seen.share_similar * 100, 0.5), 99.5), 1)
    if seen.auroc is not None:
        defaults["expected_auroc"] = round(min(max(seen.auroc, 0.5), 0.999), 3)
    return defaults
