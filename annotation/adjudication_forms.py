"""What is filled in to decide on a pair, and to open it again."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.forms import VerdictForm
from annotation.models import Adjudication
from annotation.models.consensus import MAX_RATIONALE
from annotation.services.adjudication import Decision


class _Reasoned(forms.Form):
    rationale = forms.CharField(
        max_length=MAX_RATIONALE,
        error_messages={"required": _("Say why: people and the policy learn from it.")},
    )
    # The decision that the page showed, so that nobody's is passed over unseen.
    known = forms.IntegerField(required=False, widget=forms.HiddenInput)


class DecisionForm(_Reasoned, VerdictForm):
    as_gold = forms.BooleanField(required=False)
    policy_example = forms.BooleanField(required=False)

    def decision(self) -> Decision:
        data = self.cleaned_data
        return Decision(
            verdict=data["verdict"],
            rationale=data["rationale"],
            reasons=tuple(data["reasons"]),
            policy_example=data["policy_example"],
            as_gold=data["as_gold"],
            known=data["known"],
        )


class OpenAgainForm(_Reasoned):
    """Why what people say shall count again."""


def decision_form(latest: Adjudication | None) -> DecisionForm:
    """A form that holds what was decided last."""
    if latest is None:
        return DecisionForm()
    return DecisionForm(
        initial={
            "verdict": latest.verdict,
            "reasons": latest.reasons,
            "policy_example": latest.policy_example,
            "known": latest.pk,
        }
    )
