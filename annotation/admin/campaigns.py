from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from annotation.models import Campaign, Policy, PolicyReason


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
    list_display = ["name", "state", "priority", "policy", "labels_per_pair", "retrain_every"]
    list_filter = ["state"]
    readonly_fields = ["slug"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # A campaign needs its pool and a first queue too: manage.py open_campaign makes all three.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
