"""The queue of a campaign, in the figures of its page."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api.permissions import CanSeeStudy
from annotation.models import Campaign, Pair, User
from annotation.queries.budgets import Standing
from annotation.queries.eligibility import Outcome
from annotation.queries.queue_report import QueueReport, queue_report
from annotation.queries.queue_state import Row
from annotation.services.explain import explain


class RangeSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class RowSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(allow_blank=True)
    ready = serializers.IntegerField()
    out = serializers.IntegerField()
    waiting_for_specialists = serializers.IntegerField()


class BudgetSerializer(serializers.Serializer[Any]):
    budget = serializers.CharField()
    amount = serializers.FloatField()
    unit = serializers.CharField()
    period = serializers.CharField()
    used = serializers.FloatField(help_text="By everybody together.")


class PersonSerializer(serializers.Serializer[Any]):
    person = serializers.CharField()
    pairs_at_most = serializers.IntegerField()


class QueueSerializer(serializers.Serializer[Any]):
    campaign = serializers.SlugField()
    state = serializers.ChoiceField(choices=Campaign.State.choices)
    priority = serializers.IntegerField()
    ranked_at = serializers.DateTimeField(allow_null=True)
    ranked_by_run = serializers.IntegerField(allow_null=True)
    ready = serializers.IntegerField()
    out = serializers.IntegerField()
    by_language = RowSerializer(many=True)
    by_strategy = RowSerializer(many=True)
    by_labels_asked_for = RowSerializer(many=True)
    labels = serializers.IntegerField()
    late_labels = serializers.IntegerField()
    oldest_lease = serializers.DateTimeField(allow_null=True)
    labels_asked_for = serializers.IntegerField()
    labels_to_come = RangeSerializer()
    labels_per_working_hour = RangeSerializer(allow_null=True)
    working_hours_to_finish = RangeSerializer(allow_null=True)
    budgets = BudgetSerializer(many=True)
    people = PersonSerializer(many=True)


class CheckSerializer(serializers.Serializer[Any]):
    rule = serializers.CharField()
    holds = serializers.BooleanField()
    waits = serializers.BooleanField(help_text="It does not hold now, but may later by itself.")
    says = serializers.CharField()


class WhySerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=[(each.value, each.value) for each in Outcome])
    says = serializers.CharField()
    turn = serializers.IntegerField(allow_null=True)
    checks = CheckSerializer(many=True)


class QueueView(APIView):
    permission_classes = [CanSeeStudy]

    @extend_schema(responses=QueueSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What is ready and out, what is still to do and how long that takes."""
        campaigns = Campaign.objects.select_related("generation")
        campaign = get_object_or_404(campaigns, slug=slug)
        return Response(QueueSerializer(_body(queue_report(campaign=campaign))).data)


class WhyView(APIView):
    permission_classes = [CanSeeStudy]

    @extend_schema(
        parameters=[
            OpenApiParameter("pair", str, required=True, description="The id of the pair."),
            OpenApiParameter("person", str, required=True, description="Their user name."),
        ],
        responses=WhySerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Why a pair is, or is not, handed to a person now: every rule, and what follows."""
        campaigns = Campaign.objects.select_related("generation")
        pairs = Pair.objects.select_related("rejected", "recommended")
        asked = {name: request.query_params.get(name, "") for name in ("pair", "person")}
        if any("\x00" in value for value in asked.values()):
            raise serializers.ValidationError("Null characters are not allowed.")
        answer = explain(
            campaign=get_object_or_404(campaigns, slug=slug),
            pair=get_object_or_404(pairs, pair_id=asked["pair"]),
            person=get_object_or_404(User, username=asked["person"]),
        )
        return Response(WhySerializer(answer).data)


def _body(report: QueueReport) -> dict[str, Any]:
    campaign, state = report.campaign, report.state
    return {
        **_campaign(campaign),
        "ready": state.total.ready,
        "out": state.total.out,
        "by_language": _rows(state.by_lane),
        "by_strategy": _rows(state.by_strategy),
        "by_labels_asked_for": _rows(state.by_slots),
        "labels": state.labels,
        "late_labels": state.late,
        "oldest_lease": state.oldest_lease,
        "labels_asked_for": state.asked,
        "labels_to_come": report.to_come,
        "labels_per_working_hour": report.pace.per_hour,
        "working_hours_to_finish": report.hours,
        "budgets": [_budget(standing) for standing in report.shared],
        "people": [
            {"person": worker.person.username, "pairs_at_most": worker.may_get}
            for worker in report.workers
        ],
    }


def _campaign(campaign: Campaign) -> dict[str, Any]:
    generation = campaign.generation
    return {
        "campaign": campaign.slug,
        "state": campaign.state,
        "priority": campaign.priority,
        "ranked_at": generation.created_at if generation else None,
        "ranked_by_run": generation.run_id if generation else None,
    }


def _budget(standing: Standing) -> dict[str, Any]:
    budget = standing.budget
    return {
        "budget": str(budget),
        "amount": budget.amount,
        "unit": budget.unit,
        "period": budget.period,
        "used": standing.used,
    }


def _rows(rows: dict[Any, Row]) -> list[dict[str, Any]]:
    return [
        {
            "key": str(key),
            "ready": row.ready,
            "out": row.out,
            "waiting_for_specialists": row.routed,
        }
        for key, row in rows.items()
    ]
