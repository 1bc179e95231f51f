"""Where people who are not signed in, or not any more, go first, and where they come back to."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

_READS = ("GET", "HEAD")


def to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """To the sign-in, and from there to what was asked for; a form that was sent cannot be asked
    for again, so from there to the page that it was on."""
    asked = request.get_full_path() if request.method in _READS else _page_of_form(request)
    return redirect_to_login(reverse("home") if is_door(asked) else asked)


def is_door(address: str) -> bool:
    """Whether it is the sign-in or the sign-out, to which nobody wants to come back."""
    return urlsplit(address).path in (reverse("login"), reverse("logout"))


def _page_of_form(request: HttpRequest) -> str:
    page = request.headers.get("Referer", "")
    here = {request.get_host()}
    if not url_has_allowed_host_and_scheme(page, here, require_https=request.is_secure()):
        return reverse("home")
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or reverse("home")


class SignInFirstMiddleware(LoginRequiredMiddleware):
    """Nobody sees anything before the sign-in, but for views that say so."""

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseRedirect:
        return to_sign_in(request)
