from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation import rules
from annotation.admin.corpus import ReadOnlyAdmin
from annotation.admin.forms import RetrainForm
from annotation.models import Promotion, TrainingRun, User
from annotation.services import promotion, runs
from annotation.services.runs import RunRefusedError


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    list_display = [
        "id",
        "campaign",
        "recipe",
        "status",
        "trigger",
        "requested_at",
        "files",
        "live",
    ]
    list_filter = ["campaign", "recipe", "status"]
    list_select_related = ["campaign"]
    actions = ["promote", "cancel"]
    change_list_template = "admin/annotation/trainingrun/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        retrain = path(
            "retrain/", self.admin_site.admin_view(self.retrain), name="annotation_retrain"
        )
        return [retrain, *super().get_urls()]

    @admin.display(description=_("Page"))
    def live(self, run: TrainingRun) -> str:
        return format_html('<a href="{}">{}</a>', reverse("run", args=[run.pk]), _("Follow"))

    @admin.display(description=_("Model"))
    def files(self, run: TrainingRun) -> str:
        if run.artefact_removed_at:
            return gettext("removed")
        return gettext("kept") if run.artefact else "–"

    def retrain(self, request: HttpRequest) -> HttpResponse:
        """The Retrain button: choose what to train, then follow it live."""
        if not rules.can_manage_runs(request.user):
            raise PermissionDenied
        form = RetrainForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                run = runs.request_run(
                    trigger=TrainingRun.Trigger.ADMIN,
                    requested_by=cast(User, request.user),
                    **form.cleaned_data,
                )
            except RunRefusedError as error:
                form.add_error(None, _with_link(error))
            else:
                return redirect("run", run.pk)
        context = {**self.admin_site.each_context(request), "form": form, "title": _("Retrain")}
        return render(request, "admin/annotation/trainingrun/retrain.html", context)

    @admin.action(description=_("Serve this model (promote, or roll back to it)"))
    def promote(self, request: HttpRequest, queryset: QuerySet[TrainingRun]) -> None:
        if queryset.count() != 1:
            self.message_user(request, _("Choose exactly one run to serve."), messages.ERROR)
            return
        run = queryset.get()
        try:
            promoted = promotion.promote_by_hand(run=run, by=cast(User, request.user))
        except RunRefusedError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        if promoted:
            said = _("%(run)s is served; the queue is being re-ranked by it.")
        else:
            said = _("%(run)s was served already; the queue is being re-ranked by it.")
        self.message_user(request, said % {"run": run})

    @admin.action(description=_("Cancel"))
    def cancel(self, request: HttpRequest, queryset: QuerySet[TrainingRun]) -> None:
        active = [run for run in queryset if run.is_active]
        for run in active:
            runs.cancel_run(run=run, by=cast(User, request.user))
        self.message_user(
            request,
            _("%(active)s of %(all)s were active; cancelling.")
            % {"active": len(active), "all": queryset.count()},
        )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return rules.can_manage_runs(request.user)


def _with_link(error: RunRefusedError) -> str:
    if error.under_way is None:
        return str(error)
    where = reverse("run", args=[error.under_way.pk])
    return format_html('{} <a href="{}">{}</a>', str(error), where, error.under_way)


@admin.register(Promotion)
class PromotionAdmin(ReadOnlyAdmin):
    list_display = ["at", "campaign", "run", "promoted_by", "reason"]
    list_select_related = ["campaign", "run", "promoted_by"]
