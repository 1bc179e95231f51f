"""Signing in and signing out."""

from django.contrib.auth.views import LoginView, LogoutView, RedirectURLMixin

from annotation.sign_in import SignInForm
from annotation.sign_in_first import is_door


class _LeadsInside(RedirectURLMixin):
    """Whatever the address asks for: from one door to the other, or to itself, is a circle."""

    def get_redirect_url(self) -> str:  # type: ignore[override]  # the stubs name a parameter more
        address: str = super().get_redirect_url()
        return "" if is_door(address) else address


class SignInView(_LeadsInside, LoginView):
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOutView(_LeadsInside, LogoutView):
    """Signs out by POST, as links must not; whoever opens the address finds a button."""

    http_method_names = ["get", "head", "post", "options"]
    template_name = "registration/sign_out.html"
    next_page = "signed-out"
