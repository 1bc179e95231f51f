from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from annotation.models import Topic
from annotation.models.topics import MOST_TOPICS
from annotation.services.topics import ask_for_marking, free_bit, remove_topic


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):
    """What people may keep off their queue. Who keeps what off is nobody's business, so it is
    neither shown nor counted here."""

    list_display = ["name", "description"]
    fields = ["name", "description", "phrases"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and Topic.objects.count() < MOST_TOPICS

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if Topic.objects.count() >= MOST_TOPICS:
            said = _("There can be %(most)s topics at most: change one, or delete one first.")
            self.message_user(request, said % {"most": MOST_TOPICS}, messages.ERROR)
            return redirect("admin:annotation_topic_changelist")
        return super().add_view(request, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Topic, form: Any, change: bool) -> None:
        if not change:
            obj.bit = free_bit()
        super().save_model(request, obj, form, change)
        self._mark(request)

    def delete_model(self, request: HttpRequest, obj: Topic) -> None:
        remove_topic(topic=obj)
        self._mark(request)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Topic]) -> None:
        for topic in queryset:
            remove_topic(topic=topic)
        self._mark(request)

    def _mark(self, request: HttpRequest) -> None:
        transaction.on_commit(ask_for_marking)
        said = _("A training worker marks the pairs by these words now; so does each ranking.")
        self.message_user(request, said, messages.INFO)
