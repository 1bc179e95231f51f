from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from annotation import rules


class Nobody(BasePermission):
    """The default: an endpoint must say whom it serves."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class CanLabel(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return rules.can_label(request.user)


class CanSeeStudy(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return rules.can_see_study(request.user)


class CanManageRuns(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return rules.can_manage_runs(request.user)
