from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from annotation.admin.languages import LanguagesForm
from annotation.models import Campaign, Policy, PolicyReason
from annotation.services.ranking import ask_for_ranking

# What shapes the queue; a change counts from the next ranking.
RANKED_BY = {"labels_per_pair", "languages", "random_share", "queue_size"}


class PolicyReasonInline(admin.StackedInline):
    model = PolicyReason
    extra = 0


@admin.register(Policy)
class PolicyAdmin(admin.ModelAdmin):
    list_display = ["version", "title", "created_at"]
    inlines = [PolicyReasonInline]

    def has_change_permission(self, request: HttpRequest, obj: Policy | None = None) -> bool:
        # Labels say which version they followed, so a version in use stays as it was read.
        return super().has_change_permission(request, obj) and not (obj and obj.labels.exists())


@admin.register(Campaign)
class CampaignAdmin(admin.ModelAdmin):
    form = LanguagesForm
    list_display = ["name", "state", "priority", "policy", "labels_per_pair", "retrain_every"]
    list_filter = ["state"]
    readonly_fields = ["slug"]

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        # Only what was changed: the queue may have been switched since the page was opened.
        obj.save(update_fields=form.changed_data)
        if set(form.changed_data) & RANKED_BY:
            transaction.on_commit(lambda: ask_for_ranking(obj.pk))
            self.message_user(request, "A training worker ranks the queue by these settings.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        # A campaign needs its pool and a first queue too: manage.py open_campaign makes all three.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
