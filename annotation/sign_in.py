"""Sign-in forms that refuse a name no account can have before it reaches the failure log."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.validators import MaxLengthValidator

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
