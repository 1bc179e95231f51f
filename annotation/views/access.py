from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from annotation.models import User
from annotation.rules import Rule
from annotation.sign_in_first import to_sign_in

View = Callable[..., HttpResponse]


class PersonRequest(HttpRequest):
    """A request that `requires` has let through: its user is one of our people."""

    user: User


def requires(rule: Rule) -> Callable[[View], View]:
    """State who may open a view: strangers go to the sign-in, others without the right get 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if rule(request.user):
                return view(request, *args, **kwargs)
            if not request.user.is_authenticated:
                return to_sign_in(request)
            raise PermissionDenied

        return guarded

    return decorate
