"""What one's own labels are searched for; kept in the address."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from annotation.languages import language_name
from annotation.models import Campaign, ReasonCode, Verdict

ANY = ("", _("Any"))
MAX_WORDS = 200


class HistoryForm(forms.Form):
    q = forms.CharField(label=_("Title, channel or comment"), required=False, max_length=MAX_WORDS)
    verdict = forms.ChoiceField(label=_("Answer"), choices=[ANY, *Verdict.choices], required=False)
    reason = forms.ChoiceField(label=_("Way"), choices=[ANY, *ReasonCode.choices], required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    campaign = forms.ModelChoiceField(
        Campaign.objects.none(),
        label=_("Campaign"),
        required=False,
        to_field_name="slug",
        empty_label=ANY[1],
    )
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    flagged = forms.BooleanField(label=_("Flagged"), required=False)
    changed = forms.BooleanField(label=_("Changed later"), required=False)

    def __init__(
        self, data: Any, *, campaigns: QuerySet[Campaign], languages: list[str], **options: Any
    ) -> None:
        """`campaigns`, `languages`: those that this person's labels are about."""
        super().__init__(data, **options)
        campaign, language = self.fields["campaign"], self.fields["language"]
        assert isinstance(campaign, forms.ModelChoiceField)
        assert isinstance(language, forms.ChoiceField)
        campaign.queryset = campaigns
        named = sorted((str(language_name(code)), code or UNKNOWN) for code in languages)
        language.choices = [ANY, *((code, name) for name, code in named)]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first one."))
        return found

    @property
    def wanted(self) -> dict[str, Any]:
        """What is asked for and makes sense; what does not is said beside its field."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


# A language that is not known has no code, and an empty one means any.
UNKNOWN = "unknown"
