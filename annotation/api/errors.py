from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ValidationError

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
