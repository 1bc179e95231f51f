from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from annotation import rules
from annotation.api.errors import Conflict
from annotation.api.permissions import CanLabel, CanManageRuns, CanSeeStudy
from annotation.api.schema import CONFLICT
from annotation.api.serializers import (
    ProgressSerializer,
    RunDetailSerializer,
    RunRequestSerializer,
    RunSerializer,
)
from annotation.models import Campaign, TrainingRun, User
from annotation.queries.progress import own_progress
from annotation.queries.queue_status import queue_statuses
from annotation.services import runs
from annotation.services.runs import RunRefusedError


class ProgressView(APIView):
    permission_classes = [CanLabel]

    @extend_schema(responses=ProgressSerializer)
    def get(self, request: Request) -> Response:
        """One's own progress; for coordinators the state of every queue too that is not closed."""
        person = cast(User, request.user)
        own = own_progress(person)
        body: dict[str, Any] = {"today": own.today, "total": own.total, "hours": own.hours}
        if rules.can_see_study(person):
            queues = queue_statuses()
            body |= {"queue": queues[0] if queues else None, "queues": queues}
        return Response(body)


class RunViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[TrainingRun]):
    lookup_value_converter = "int"
    queryset = TrainingRun.objects.prefetch_related("promotions")
    serializer_class = RunSerializer

    def get_permissions(self) -> list[BasePermission]:
        changes = self.action in ("create", "cancel")
        return [CanManageRuns() if changes else CanSeeStudy()]

    def get_serializer_class(self) -> type[RunSerializer]:
        return RunSerializer if self.action == "list" else RunDetailSerializer

    @extend_schema(
        request=RunRequestSerializer, responses={201: RunDetailSerializer, 409: CONFLICT}
    )
    def create(self, request: Request) -> Response:
        """Ask for a training, as the admin's button does."""
        asked = RunRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        campaign = get_object_or_404(Campaign, slug=asked.validated_data.pop("campaign"))
        try:
            run = runs.request_run(
                campaign=campaign,
                trigger=TrainingRun.Trigger.API,
                requested_by=cast(User, request.user),
                **asked.validated_data,
            )
        except RunRefusedError as error:
            raise Conflict(str(error)) from error
        return Response(RunDetailSerializer(run).data, status=201)

    @extend_schema(request=None, responses=RunDetailSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:
        """Cancel a waiting run at once, a working one at its next step."""
        run = runs.cancel_run(run=self.get_object(), by=cast(User, request.user))
        return Response(RunDetailSerializer(run).data)
