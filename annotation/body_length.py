"""A body that comes in pieces, its length unsaid: by the rules of WSGI nothing of it is read. What
it says would be lost, and the answer to an empty request would look like one to it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from annotation.refusals import refused


class BodyLengthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.headers.get("Transfer-Encoding") and not request.headers.get("Content-Length"):
            said = _("This came in pieces and was not read. Send it whole, with a Content-Length.")
            return refused(request, 411, said)
        return self.get_response(request)
