from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from annotation.admin.kept import KeptAdmin
from annotation.models import Campaign, Policy, PolicyReason
from annotation.queries.in_use import in_use

IN_USE = _(
    "This version is in use: people were handed pairs under it, or read it. It stays as it is; "
    "add a new version."
)
NO_WAYS = _("Give at least one way of being similar: without any, nobody could answer “Similar”.")


class ReasonsFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form not in self.deleted_forms]
        if not any(form.instance.pk or form.has_changed() for form in kept):
            raise forms.ValidationError(NO_WAYS)


class PolicyReasonInline(admin.StackedInline):
    model = PolicyReason
    formset = ReasonsFormSet
    extra = 0


@admin.register(Policy)
class PolicyAdmin(KeptAdmin):
    list_display = ["version", "title", "created_at"]
    inlines = [PolicyReasonInline]
    no_key = False
    parts = (PolicyReason,)
    kept_says = _("In use, and therefore kept: %(names)s. A new version can be added.")

    def has_change_permission(self, request: HttpRequest, obj: Policy | None = None) -> bool:
        # Answers say which version they followed, so one that people have seen stays as it was.
        return super().has_change_permission(request, obj) and not (obj and _is_followed(obj))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        policy = self.get_object(request, unquote(object_id))
        if policy is not None and _is_followed(policy):
            if request.method == "POST":
                return redirect(request.path)
            self.message_user(request, IN_USE, messages.WARNING)
        return super().change_view(request, object_id, form_url, extra_context)


def _is_followed(policy: Policy) -> bool:
    """Beyond that a campaign is to follow it. Asked once a row: a page asks several times, and no
    index leads from a version to the pairs that were handed out under it."""
    if "followed" not in vars(policy):
        rows = Policy.objects.filter(pk=policy.pk)
        vars(policy)["followed"] = in_use(rows, but=(PolicyReason, Campaign)).exists()
    return bool(vars(policy)["followed"])
