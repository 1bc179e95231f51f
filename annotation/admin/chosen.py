from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse


class ChosenAdmin(admin.ModelAdmin):
    """However many rows are chosen, their deletion is confirmed in one field: Django sends one for
    each, and takes no more than a thousand."""

    delete_selected_confirmation_template = "admin/annotation/delete_chosen.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST" and "chosen" in request.POST:
            sent = request.POST.copy()
            keys = [key for key in str(sent["chosen"]).split(",") if key.isdecimal()]
            sent.setlist(ACTION_CHECKBOX_NAME, keys)
            request.POST = sent  # type: ignore[assignment]
        return super().changelist_view(request, extra_context)
