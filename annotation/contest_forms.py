from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Contest
from annotation.models.contests import MAX_CONTEST


class ContestForm(forms.Form):
    """What somebody says against a figure about themself."""

    figure = forms.ChoiceField(
        choices=Contest.Figure,
        error_messages={
            "required": _("Choose what this is about."),
            "invalid_choice": _("Choose what this is about."),
        },
    )
    text = forms.CharField(
        max_length=MAX_CONTEST,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto", "spellcheck": "true"}),
        error_messages={"required": _("Say in a few words what is not right.")},
    )


class ReplyForm(forms.Form):
    """A coordinator's answer."""

    reply = forms.CharField(max_length=MAX_CONTEST)
    state = forms.ChoiceField(
        choices=[(state, state.label) for state in (Contest.State.ANSWERED, Contest.State.ACCEPTED)]
    )
