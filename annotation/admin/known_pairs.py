from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from annotation.admin.chosen import ChosenAdmin
from annotation.models import Campaign, GoldAnswer, LearningPair
from annotation.services.gold import take_known_out
from annotation.services.ranking import ask_for_ranking


class KnownPairAdmin(ChosenAdmin):
    """Pairs that people come to by another way than the queue: they leave it at once, and with the
    next ranking what is known no more comes back."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        _rank_without(obj.campaign_id)
        before = form.initial.get("campaign")
        if change and before != obj.campaign_id:
            _rank_without(before)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        _rank_without(obj.campaign_id)

    @transaction.atomic
    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[GoldAnswer] | QuerySet[LearningPair]
    ) -> None:
        campaigns = sorted(set(queryset.values_list("campaign", flat=True)))
        super().delete_queryset(request, queryset)
        for campaign in campaigns:
            _rank_without(campaign)


def _rank_without(campaign: int) -> None:
    take_known_out(campaign=Campaign.objects.get(pk=campaign))
    ask_for_ranking(campaign)
