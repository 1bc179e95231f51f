from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from annotation import rules


class Nobody(BasePermission):
    """The default: an endpoint must say whom it serves."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class CanLabel(BasePermission):
    """A page says in a header whose it is: on a computer that several share, one that is left open
    would go on labelling as whoever signed in last."""

    message = _("Somebody else is signed in now. Sign in again to go on.")

    def has_permission(self, request: Request, view: Any) -> bool:
        whose = request.headers.get("X-Person")
        return rules.can_label(request.user) and whose in (None, str(request.user.pk))


class CanSeeStudy(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return rules.can_see_study(request.user)


class CanManageRuns(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return rules.can_manage_runs(request.user)
