from typing import Any

from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    ErrorDetail,
    NotAuthenticated,
    NotFound,
    ValidationError,
)
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from annotation.services.labels import (
    InvalidAnswerError,
    LabelRefusedError,
    UnknownAssignmentError,
)


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


def refusal(error: LabelRefusedError) -> APIException:
    """The HTTP answer for a label that a service refused."""
    if isinstance(error, InvalidAnswerError):
        return ValidationError({field: [text] for field, text in error.errors.items()})
    if isinstance(error, UnknownAssignmentError):
        return NotFound(str(error))
    return Conflict(str(error))


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """What went wrong, as JSON also where HTML was asked for: no page shows it as it is."""
    if isinstance(error, AuthenticationFailed | NotAuthenticated):
        said = _("You are not signed in. Sign in, or get a new token at /api/v1/token/.")
        error.detail = ErrorDetail(said, error.default_code)
    if response := exception_handler(error, context):
        context["request"].accepted_renderer = JSONRenderer()
        context["request"].accepted_media_type = JSONRenderer.media_type
    return response
