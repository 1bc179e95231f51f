from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from annotation.models import GoldAnswer, LearningPair, User
from annotation.pair_field import PairField
from annotation.services.gold import take_known_out
from annotation.services.ranking import ask_for_ranking


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
class GoldAnswerAdmin(admin.ModelAdmin):
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
        _rank_without(obj)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        _rank_without(cast(GoldAnswer, obj))


def _rank_without(answer: GoldAnswer) -> None:
    # A known pair comes by its share, and not by a place in the queue as well.
    take_known_out(campaign=answer.campaign)
    campaign = answer.campaign_id
    transaction.on_commit(lambda: ask_for_ranking(campaign))
