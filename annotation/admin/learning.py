from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from annotation.admin.known_pairs import KnownPairAdmin
from annotation.models import GoldAnswer, LearningPair, ReasonCode, Verdict
from annotation.pair_field import PairField


class LearningPairForm(forms.ModelForm):
    pair = PairField(label=_("Pair"), help_text=_("Its id, as in the file it was imported from."))
    answer = forms.ChoiceField(label=_("The policy’s answer"), choices=Verdict)
    also_right = forms.MultipleChoiceField(
        label=_("Also right"),
        choices=Verdict,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Where good readers differ: answers that count as right, too."),
    )
    reasons = forms.MultipleChoiceField(
        label=_("Ways"),
        choices=ReasonCode,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Of a similar pair. They are shown in the feedback and not scored."),
    )

    class Meta:
        model = LearningPair
        fields = ["campaign", "round", "position", "pair", "explanation", "in_use"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.fields["answer"].initial = self.instance.verdict
            self.fields["also_right"].initial = self.instance.also_right
            self.fields["reasons"].initial = self.instance.reasons

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        verdicts = [cleaned.get("answer"), *cleaned.get("also_right", [])]
        self.instance.verdicts = list(dict.fromkeys(each for each in verdicts if each))
        similar = Verdict.SIMILAR in self.instance.verdicts
        if similar != bool(cleaned.get("reasons")):
            says = _("A similar pair needs a way.") if similar else _("Only of a similar pair.")
            self.add_error("reasons", says)
        self.instance.reasons = sorted(cleaned.get("reasons", []))
        self._refuse_gold(cleaned)
        self._refuse_another_round(cleaned)
        return cleaned

    def _refuse_gold(self, cleaned: dict[str, Any]) -> None:
        known = GoldAnswer.objects.filter(
            campaign=cleaned.get("campaign"), pair=cleaned.get("pair")
        )
        if known.exists():
            self.add_error("pair", _("It is a known answer of the campaign: take another."))

    def _refuse_another_round(self, cleaned: dict[str, Any]) -> None:
        changed = {"campaign", "pair", "round"} & set(self.changed_data)
        if self.instance.pk and changed and self.instance.tasks.exists():
            says = _("It was asked already. Switch it off and add another one.")
            self.add_error(changed.pop(), says)


@admin.register(LearningPair)
class LearningPairAdmin(KnownPairAdmin):
    """The pairs of practice and qualification. Many at once: manage.py import_practice."""

    form = LearningPairForm
    fields = [
        "campaign", "round", "position", "pair", "answer", "also_right", "reasons", "explanation",
        "in_use",
    ]  # fmt: skip
    list_display = ["pair", "campaign", "round", "position", "verdict", "in_use"]
    list_select_related = ["pair", "campaign"]
    list_filter = ["campaign", "round", "in_use"]
    search_fields = ["pair__pair_id__exact"]
    ordering = ["campaign", "round", "position"]
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # One that was asked stays for what was answered; the others are switched off as well.
        return super().has_delete_permission(request, obj) and not (obj and obj.tasks.exists())
