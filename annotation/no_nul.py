"""A NUL in an address: forms say that it may not be. Where none reads it Postgres would have to,
and takes none."""

from collections.abc import Callable

from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from annotation.refusals import refused


class NoNulMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        is_asked = "%00" in request.META.get("QUERY_STRING", "")
        if is_asked and isinstance(error, (DataError, ValueError)):
            return refused(request, 400, _("There is a NUL in the address. Take it out."))
        return None
