"""The form of a person's own settings."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from annotation.languages import COMMON_LANGUAGES, clean_languages, named_languages
from annotation.models import Thumbnails, Topic, User
from annotation.models.people import BREAK_MINUTES, DAILY_MINUTES, WORK_MINUTES

AS_THEY_ARE = (
    "interface_language", "any_language", "thumbnails", "players_muted", "break_reminders",
    "work_minutes", "break_minutes", "daily_minutes",
)  # fmt: skip


def minutes(limits: tuple[int, int], **options: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=limits[0], max_value=limits[1], **options)


class TopicsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, topic: Any) -> str:
        return str(topic.name)


class PreferencesForm(forms.Form):
    languages = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    other_languages = forms.CharField(required=False, max_length=200)
    any_language = forms.BooleanField(required=False)
    interface_language = forms.ChoiceField(
        choices=[("", _("As the browser asks")), *settings.LANGUAGES], required=False
    )
    thumbnails = forms.ChoiceField(choices=Thumbnails, widget=forms.RadioSelect)
    players_muted = forms.BooleanField(required=False)
    break_reminders = forms.BooleanField(required=False)
    work_minutes = minutes(WORK_MINUTES)
    break_minutes = minutes(BREAK_MINUTES)
    daily_minutes = minutes(DAILY_MINUTES, required=False)
    topics_off = TopicsField(queryset=Topic.objects.all(), required=False)

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        self.person = person
        self.named = named_languages()
        self.topics = list(Topic.objects.all())
        kwargs["initial"] = self._as_it_is()
        super().__init__(*args, **kwargs)
        choices: Any = list(self.named.items())
        self.fields["languages"].choices = choices  # type: ignore[attr-defined]

    def _as_it_is(self) -> dict[str, Any]:
        person = self.person
        unnamed = [code for code in person.languages if code not in self.named]
        return {
            **{name: getattr(person, name) for name in AS_THEY_ARE},
            "languages": person.languages,
            "other_languages": ", ".join(unnamed),
            "topics_off": [t.pk for t in self.topics if t.mask & person.topics_off],
        }

    @property
    def common(self) -> dict[str, str]:
        """The languages to choose from at once: those of most people, and their own."""
        near = {*COMMON_LANGUAGES, *self.person.languages}
        return {code: name for code, name in self.named.items() if code in near}

    @property
    def others(self) -> dict[str, str]:
        return {code: name for code, name in self.named.items() if code not in self.common}

    def clean_other_languages(self) -> list[str]:
        codes = self.cleaned_data["other_languages"].replace(",", " ").split()
        try:
            return clean_languages(codes)
        except ValidationError as error:
            hint = _("Write codes such as quc or nds, or tick the language above.")
            raise ValidationError([*error.error_list, ValidationError(hint)]) from error

    def chosen(self) -> dict[str, Any]:
        """What `set_preferences` takes. Languages keep their order: into the first are texts
        translated."""
        data = self.cleaned_data
        ticked = {*data["languages"], *data["other_languages"]}
        before = [code for code in self.person.languages if code in ticked]
        new = sorted(ticked - set(before))
        topics = sum(topic.mask for topic in data["topics_off"])
        own = {name: data[name] for name in AS_THEY_ARE}
        return own | {"languages": before + new, "topics_off": topics}
