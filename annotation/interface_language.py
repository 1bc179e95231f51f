"""In which language a person is spoken to: as they chose, else as their browser asks."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers


class InterfaceLanguageMiddleware:
    """Comes after the one that knows the person, whom the request has read by then anyway."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = chosen_language(request) or translation.get_language_from_request(request)
        translation.activate(language)
        response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", language)
        return response


def chosen_language(request: HttpRequest) -> str:
    """What the person chose; empty if they did not, or chose one that is not offered any more."""
    chosen = getattr(request.user, "interface_language", "")
    return chosen if chosen in dict(settings.LANGUAGES) else ""
