from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Label, ReasonCode, Verdict
from annotation.models.labels import DAY_SECONDS, MAX_COMMENT
from annotation.services.labels import Answer


class VerdictForm(forms.Form):
    """A verdict, with reasons where it is similar."""

    verdict = forms.ChoiceField(
        choices=Verdict, error_messages={"required": _("Choose similar, not similar or unsure.")}
    )
    reasons = forms.MultipleChoiceField(choices=ReasonCode, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("verdict") != Verdict.SIMILAR:
            # The page hides the reasons then, and hidden boxes that were ticked before don't count.
            cleaned["reasons"] = []
        elif not cleaned.get("reasons") and "reasons" not in self.errors:
            self.add_error("reasons", _("Choose at least one way in which the videos are similar."))
        return cleaned


class AnswerForm(VerdictForm):
    """What the labelling page posts without JavaScript."""

    comment = forms.CharField(required=False, max_length=MAX_COMMENT)
    flagged = forms.BooleanField(required=False)
    seconds = forms.FloatField(required=False, min_value=0, max_value=DAY_SECONDS)
    # Said by the script that marks them.
    marked_shared = forms.BooleanField(required=False)

    def answer(self, *, measured: float = 0.0) -> Answer:
        """The answer as the services take it; `measured` seconds stand in for a missing time."""
        data = self.cleaned_data
        seconds = data["seconds"]
        return Answer(
            verdict=data["verdict"],
            reasons=tuple(data["reasons"]),
            comment=data["comment"],
            flagged=data["flagged"],
            seconds=measured if seconds is None else seconds,
            marked_shared=data["marked_shared"],
        )

    def refuse(self, errors: dict[str, str]) -> None:
        """Show what the services said about this answer beside the fields."""
        for field, message in errors.items():
            self.add_error(field if field in self.fields else None, message)


class RevisionForm(AnswerForm):
    """An answer that supersedes an earlier one; its UUID makes a second press harmless."""

    submission = forms.UUIDField(widget=forms.HiddenInput)


def revision_of(label: Label) -> RevisionForm:
    """A form that holds what the label says now."""
    return RevisionForm(
        initial={
            "verdict": label.verdict,
            "reasons": label.reasons,
            "comment": label.comment,
            "flagged": label.flagged,
            "submission": uuid4(),
        }
    )
