from typing import Any

from django import forms

from annotation.languages import clean_languages


class LanguagesForm(forms.ModelForm):
    """The form of a model whose `languages` are compared with those of the videos."""

    def clean_languages(self) -> Any:
        return clean_languages(self.cleaned_data["languages"])
