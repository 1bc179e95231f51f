"""The text of the page of support resources: the one that comes with Likewise, and its form."""

from functools import cache
from pathlib import Path

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models.support import MAX_SUPPORT

DEFAULT = Path(__file__).resolve().parent / "sample" / "support.md"


@cache
def default_support() -> str:
    return DEFAULT.read_text(encoding="utf-8")


class SupportForm(forms.Form):
    body = forms.CharField(
        label=_("Text"),
        max_length=MAX_SUPPORT,
        widget=forms.Textarea(attrs={"rows": 24, "dir": "auto", "spellcheck": "true"}),
        error_messages={"required": _("The page needs a text: people are sent to it.")},
    )
