from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from annotation.models import Label, Pair, Video


class ReadOnlyAdmin(admin.ModelAdmin):
    """To look things up; changes come by import, or not at all."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Video)
class VideoAdmin(ReadOnlyAdmin):
    list_display = ["video_id", "title", "channel", "language"]
    search_fields = ["video_id__exact"]


@admin.register(Pair)
class PairAdmin(ReadOnlyAdmin):
    list_display = ["pair_id", "rejected", "recommended", "source", "held_out"]
    list_select_related = ["rejected", "recommended"]
    search_fields = ["pair_id__exact"]


@admin.register(Label)
class LabelAdmin(ReadOnlyAdmin):
    list_display = ["id", "pair", "assistant", "verdict", "created_at", "late", "supersedes_id"]
    list_select_related = ["pair", "assistant"]
    list_filter = ["campaign", "verdict", "late"]
