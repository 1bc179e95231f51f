from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from annotation.admin.known_pairs import KnownPairAdmin
from annotation.models import GoldAnswer, LearningPair, User
from annotation.pair_field import PairField


class GoldAnswerForm(forms.ModelForm):
    pair = PairField(label=_("Pair"), help_text=_("Its id, as in the file it was imported from."))

    class Meta:
        model = GoldAnswer
        fields = ["campaign", "pair", "verdict", "rationale"]
        help_texts = {"rationale": _("Why this is the right answer, for those who look it up.")}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        told = LearningPair.objects.filter(
            campaign=cleaned.get("campaign"), pair=cleaned.get("pair")
        )
        if told.exists():
            self.add_error("pair", _("People are told its answer in practice: take another."))
        return cleaned


@admin.register(GoldAnswer)
class GoldAnswerAdmin(KnownPairAdmin):
    """Pairs whose answer is known. Many at once: manage.py import_gold."""

    form = GoldAnswerForm
    list_display = ["pair", "campaign", "verdict", "added_by", "created_at"]
    list_select_related = ["pair", "campaign", "added_by"]
    list_filter = ["campaign", "verdict"]
    search_fields = ["pair__pair_id__exact"]
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: GoldAnswer, form: Any, change: bool) -> None:
        if not change:
            obj.added_by = cast(User, request.user)
        super().save_model(request, obj, form, change)
