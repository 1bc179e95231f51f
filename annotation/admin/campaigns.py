from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from annotation.admin.as_shown import HeldAdmin
from annotation.admin.campaign_form import FIELDSETS, BudgetForm, CampaignForm
from annotation.models import Budget, Campaign, User
from annotation.services.budgets import refresh_use
from annotation.services.campaigns import set_state
from annotation.services.ranking import ask_for_ranking

# What shapes the queue; a change counts from the next ranking.
RANKED_BY = {
    "labels_per_pair", "languages", "random_share", "queue_size", "relabelling", "overlap_share",
    "stop_at", "order", "relabel_share", "duplicates",
}  # fmt: skip


class BudgetInline(admin.TabularInline):
    model = Budget
    form = BudgetForm
    extra = 0


@admin.register(Campaign)
class CampaignAdmin(HeldAdmin):
    form = CampaignForm
    list_display = [
        "name", "state", "priority", "policy", "relabelling", "labels_per_pair", "opens_at",
        "closes_at",
    ]  # fmt: skip
    list_filter = ["state"]
    list_select_related = ["policy"]
    readonly_fields = ["slug"]
    fieldsets = FIELDSETS
    filter_horizontal = ["members"]
    inlines = [BudgetInline]
    actions = ["open", "pause", "close"]

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        # Only what was changed: the queue may have been switched since the page was opened.
        of_table = {field.name for field in Campaign._meta.concrete_fields}
        obj.save(update_fields=set(form.changed_data) & of_table - {"state"})
        if "state" in form.changed_data:
            set_state(campaign=obj, state=Campaign.State(obj.state), by=cast(User, request.user))
        if set(form.changed_data) & RANKED_BY:
            ask_for_ranking(obj.pk)
            self.message_user(request, _("A training worker ranks the queue by these settings."))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            refresh_use(campaign=form.instance)

    @admin.action(description=_("Open, or resume after a pause"))
    def open(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        self._set_state(request, queryset, Campaign.State.OPEN)

    @admin.action(description=_("Pause: nobody is handed a pair until it is resumed"))
    def pause(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        self._set_state(request, queryset, Campaign.State.PAUSED)

    @admin.action(description=_("Close: the work is done"))
    def close(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        self._set_state(request, queryset, Campaign.State.CLOSED)

    def _set_state(
        self, request: HttpRequest, queryset: QuerySet[Campaign], state: Campaign.State
    ) -> None:
        for campaign in queryset:
            set_state(campaign=campaign, state=state, by=cast(User, request.user))
        self.message_user(request, f"{state.label}: {', '.join(c.name for c in queryset)}.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        # A campaign needs its pool and a first queue too: manage.py open_campaign makes all three.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
