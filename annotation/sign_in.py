"""Sign-in forms that refuse a name no account can have before it is counted as a wrong password,
and what is said to a name that is locked."""

from typing import Any

from axes.helpers import get_cool_off
from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from annotation.refusals import refused

MAX_USERNAME = 150


class _LimitedUsername(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django only tells the browser of the limit; a failed name is logged in 255 characters.
        self.fields["username"].validators.append(MaxLengthValidator(MAX_USERNAME))


class SignInForm(_LimitedUsername, AuthenticationForm):
    pass


class AdminSignInForm(_LimitedUsername, AdminAuthenticationForm):
    pass


def locked(request: HttpRequest, *given: Any) -> HttpResponse:
    limit = {"failure_limit": settings.AXES_FAILURE_LIMIT}
    said = _(
        "The password was wrong %(failure_limit)s times in a row, so this name is closed here "
        "for a quarter of an hour. Nothing is lost."
    )
    response = refused(request, 429, said % limit, "registration/locked.html")
    # Each further try begins it anew.
    response["Retry-After"] = int(get_cool_off(request).total_seconds())
    return response
