from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from annotation.languages import primary_language


def clean_languages(codes: Sequence[str]) -> list[str]:
    """The codes in the form in which the corpus stores languages, each once, in their order.

    Raises:
        ValidationError: naming each code that is no language; it would match no video.
    """
    found: dict[str, None] = {}
    errors = []
    for code in codes:
        try:
            found[primary_language(code.strip())] = None
        except ValueError as error:
            errors.append(ValidationError(f"“{code}” {error}.", code="language"))
    if errors:
        raise ValidationError(errors)
    return list(found)


class LanguagesForm(forms.ModelForm):
    """The form of a model whose `languages` are compared with those of the videos."""

    def clean_languages(self) -> Any:
        return clean_languages(self.cleaned_data["languages"])
