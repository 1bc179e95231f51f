from typing import Any, cast
from uuid import UUID

import structlog
from django.db import DatabaseError
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer, TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ViewSet

from annotation.api.errors import refusal
from annotation.api.permissions import CanLabel
from annotation.api.schema import CONFLICT
from annotation.api.serializers import (
    AssignmentSerializer,
    LabelSerializer,
    NextResponseSerializer,
    NextSerializer,
    RevisionSerializer,
    SkipSerializer,
    SubmitResponseSerializer,
    SubmitSerializer,
    SubmittedSerializer,
    as_answer,
)
from annotation.models import Assignment, Label, User
from annotation.queries.history import label_to_revise
from annotation.queries.nothing import why_nothing
from annotation.services import claim, labels
from annotation.services.gold_feedback import feedback_on
from annotation.services.labels import LabelRefusedError, Submitted

# Made once: to build a serializer's fields anew takes longer than what they then do.
NEXT, SUBMIT, REVISION = NextSerializer(), SubmitSerializer(), RevisionSerializer()
SKIP = SkipSerializer()
ASSIGNMENT, LABEL = AssignmentSerializer(), LabelSerializer()
REVISED = {200: SubmittedSerializer, 201: SubmittedSerializer, 409: CONFLICT}
# The pairs as the labelling page shows them.
FRAGMENT = "label/_assignments.html"

logger = structlog.get_logger(__name__)


class AssignmentViewSet(ViewSet):
    lookup_value_converter = "uuid"
    permission_classes: list[type[BasePermission]] = [CanLabel]

    @extend_schema(request=NextSerializer, responses=NextResponseSerializer)
    @action(
        detail=False,
        methods=["post"],
        url_path="next",
        renderer_classes=[JSONRenderer, TemplateHTMLRenderer],
    )
    def next_pairs(self, request: Request) -> Response:
        """Lease the next pairs; as HTML (Accept: text/html) the fragment that the page shows."""
        asked = NEXT.run_validation(request.data)
        found = claim.claim(assistant=cast(User, request.user), **asked)
        if request.accepted_renderer.format == "html":
            return Response(_fragment(request, found), template_name=FRAGMENT)
        return Response(_as_data(request, found))

    @extend_schema(
        request=SubmitSerializer,
        responses={200: SubmitResponseSerializer, 201: SubmitResponseSerializer, 409: CONFLICT},
    )
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: UUID) -> Response:
        """Record the judgement of a leased pair. Sending it again is harmless."""
        given = SUBMIT.run_validation(request.data)
        try:
            submitted = labels.submit(
                assistant=cast(User, request.user), assignment_id=pk, answer=as_answer(given)
            )
        except LabelRefusedError as error:
            raise refusal(error) from error
        response = submitted_response(submitted)
        if told := feedback_on(submitted.label):
            response.data["told"] = told
        if "next" in given:
            response.data["next"] = _next_after(request, **given["next"])
        return response

    @extend_schema(request=RevisionSerializer, responses=REVISED)
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: UUID) -> Response:
        """Supersede one's own answer to this pair. Sending it again is harmless."""
        given = REVISION.run_validation(request.data)
        assistant = cast(User, request.user)
        label_id = label_to_revise(
            assistant=assistant, assignment_id=pk, submission=given["submission"]
        )
        if label_id is None:
            raise NotFound(_("You have not answered this pair yet."))
        return _revised(assistant, label_id, given)

    @extend_schema(request=SkipSerializer, responses={204: None, 409: CONFLICT})
    @action(detail=True, methods=["post"])
    def skip(self, request: Request, pk: UUID) -> Response:
        """Hand the pair back, no question asked: a reason helps where there is one."""
        given = SKIP.run_validation(request.data)
        try:
            labels.skip(assistant=cast(User, request.user), assignment_id=pk, **given)
        except LabelRefusedError as error:
            raise refusal(error) from error
        return Response(status=204)


class LabelViewSet(ListModelMixin, GenericViewSet[Label]):
    """One's own labels, the newest first, with those that were changed later."""

    lookup_value_converter = "int"
    permission_classes: list[type[BasePermission]] = [CanLabel]
    serializer_class = LabelSerializer
    queryset = Label.objects.none()

    def get_queryset(self) -> Any:
        mine = Label.objects.filter(assistant=cast(User, self.request.user))
        return mine.select_related("pair", "policy")

    @extend_schema(request=RevisionSerializer, responses=REVISED)
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: int) -> Response:
        """Supersede one of one's own labels."""
        given = REVISION.run_validation(request.data)
        return _revised(cast(User, request.user), pk, given)


def _revised(assistant: User, label_id: int, given: dict[str, Any]) -> Response:
    try:
        submitted = labels.revise(
            assistant=assistant,
            label_id=label_id,
            submission=given["submission"],
            answer=as_answer(given),
        )
    except LabelRefusedError as error:
        raise refusal(error) from error
    return submitted_response(submitted)


def _as_data(request: Request, found: list[Assignment]) -> dict[str, Any]:
    """The pairs, or why there is none."""
    if not found:
        why = why_nothing(assistant=cast(User, request.user))
        return {"assignments": [], "why_nothing": why.reason}
    return {"assignments": [ASSIGNMENT.to_representation(one) for one in found]}


def _fragment(request: Request, found: list[Assignment]) -> dict[str, Any]:
    """The pairs as the labelling page shows them, or why there is none."""
    assistant = cast(User, request.user)
    why = {} if found else {"why": why_nothing(assistant=assistant)}
    return {"assignments": found, "user": assistant, **why}


def _next_after(request: Request, *, html: bool, **asked: Any) -> dict[str, Any] | None:
    """The next pairs after an answer that is recorded: whoever sent it must hear that it is, also
    when no pair can be had at this moment."""
    try:
        found = claim.claim(assistant=cast(User, request.user), **asked)
        if html:
            # Nothing else of a page's context is in the fragment.
            context = _fragment(request, found) | {"csrf_token": get_token(request._request)}
            return {"html": render_to_string(FRAGMENT, context)}
        return _as_data(request, found)
    except DatabaseError:
        logger.exception("No next pair could be had after an answer")
        return None


def submitted_response(submitted: Submitted) -> Response:
    body = {"created": submitted.created, "label": LABEL.to_representation(submitted.label)}
    return Response(body, status=201 if submitted.created else 200)
