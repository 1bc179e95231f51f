"""What is said where a request goes wrong before what it is meant for has read it, or breaks: below
/api/ as JSON, elsewhere as a page. `unread` in the JSON tells a client that it was no judgement on
what it sent, which it should keep."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults

API = "/api/"


def is_of_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(API)


def refused(
    request: HttpRequest, status: int, detail: str, template: str = "400.html", **context: Any
) -> HttpResponse:
    if is_of_api(request):
        return JsonResponse({"detail": detail, "unread": True}, status=status)
    return render(request, template, {"detail": detail, **context}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        most = f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 2**20:g}"
        said = _("This is more than the %(most)s MB that are taken at once. Send it in parts.")
        return refused(request, 413, said % {"most": most})
    if not is_of_api(request):
        return defaults.bad_request(request, exception)
    said = _("The server could not read this. What it takes is described at /api/v1/schema/.")
    return refused(request, 400, said)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not is_of_api(request):
        return defaults.page_not_found(request, exception)
    said = _("There is nothing at this address. Those that there are stand in /api/v1/schema/.")
    return refused(request, 404, said)


def server_error(request: HttpRequest) -> HttpResponse:
    if not is_of_api(request):
        return defaults.server_error(request)
    said = _("Something broke on our side, and is written down. Please try once more in a minute.")
    return refused(request, 500, said)
