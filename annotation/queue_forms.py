"""What a coordinator asks of a queue: why a pair is served or not, and what would be."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Campaign, User
from annotation.pair_field import PairField
from annotation.queries.people import workers
from annotation.services.dry_run import MOST_CLAIMS


class PersonChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


class PeopleChoice(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


def name_of(person: User) -> str:
    full, short = person.get_full_name(), person.get_username()
    return f"{full} ({short})" if full else short


class WhyForm(forms.Form):
    pair = PairField(label=_("Pair"), error_messages={"required": _("Which pair? Give its id.")})
    person = PersonChoice(
        label=_("Person"),
        to_field_name="username",
        queryset=User.objects.order_by("username"),
        error_messages={"required": _("For whom? Choose a person.")},
    )


class DryRunForm(forms.Form):
    people = PeopleChoice(
        label=_("People"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one person.")},
    )
    pairs = forms.IntegerField(label=_("Pairs for each"), min_value=1, max_value=50, initial=5)

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["people"]
        people.queryset = workers(campaign=campaign)
        people.initial = [person.pk for person in people.queryset]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        people: Iterable[User] = cleaned.get("people") or []
        if len(list(people)) * (cleaned.get("pairs") or 0) > MOST_CLAIMS:
            self.add_error(
                "pairs",
                _("At most %(most)s pairs altogether: choose fewer people, or fewer pairs.")
                % {"most": MOST_CLAIMS},
            )
        return cleaned
