"""What can be deleted, and what is kept because others refer to it."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from annotation.admin.as_shown import HeldAdmin
from annotation.admin.chosen import ChosenAdmin
from annotation.queries.in_use import in_use

NAMED = 5


class KeptAdmin(ChosenAdmin, HeldAdmin):
    """Rows that others refer to are not deleted. One query says so: to collect what hangs on a row,
    as Django does first, takes long where that is 20,000 labels, and would take log entries along
    without a word."""

    # With a place for %(names)s.
    kept_says: Any
    # Tables whose rows are a part of this one and go with it.
    parts: tuple[type[Model], ...] = ()

    def why_not_deleted(self, request: HttpRequest, chosen: list[Any]) -> str:
        """In words; empty where the rows with these keys can go. They are locked first, so that
        nobody refers to them meanwhile."""
        rows = self.model._default_manager.filter(pk__in=chosen)
        list(rows.order_by("pk").select_for_update().values_list("pk"))
        kept = [str(row) for row in in_use(rows, but=self.parts)[: NAMED + 1]]
        if not kept:
            return ""
        names = ", ".join([*kept[:NAMED], "…"] if len(kept) > NAMED else kept)
        return str(self.kept_says % {"names": names})

    @transaction.atomic
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is not None and (says := self.why_not_deleted(request, [row.pk])):
            self.message_user(request, says, messages.ERROR)
            return redirect(f"admin:annotation_{self.opts.model_name}_change", row.pk)
        return super().delete_view(request, object_id, extra_context)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        if usual := actions.get("delete_selected"):
            actions["delete_selected"] = (_delete_chosen, *usual[1:])
        return actions


@transaction.atomic
def _delete_chosen(
    model_admin: KeptAdmin, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    chosen = list(queryset.values_list("pk", flat=True))
    if says := model_admin.why_not_deleted(request, chosen):
        model_admin.message_user(request, says, messages.ERROR)
        return None
    return delete_selected(model_admin, request, queryset)
