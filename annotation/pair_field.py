from typing import Any

from django import forms
from django.utils.translation import gettext as _

from annotation.models import Pair


class PairField(forms.CharField):
    """A pair, by the id that its file gave it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=500, **options)

    def clean(self, value: Any) -> Any:
        written = super().clean(value)
        if not written:
            return None
        found = Pair.objects.select_related("rejected", "recommended").filter(pair_id=written)
        if (pair := found.first()) is None:
            raise forms.ValidationError(
                _("There is no pair with the id “%(id)s”.") % {"id": written}
            )
        return pair

    def prepare_value(self, value: Any) -> Any:
        """A form of a model brings the pair's key."""
        if isinstance(value, int):
            return Pair.objects.filter(pk=value).values_list("pair_id", flat=True).first()
        return value
