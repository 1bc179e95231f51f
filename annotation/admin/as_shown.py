"""Forms that save what somebody changed of what their page showed them, and nothing else."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core import signing
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

CHANGED_MEANWHILE = _("Somebody changed this meanwhile. Open the page again and look at it first.")
SHOWED_NOTHING = _("This page does not say what it showed. Open it again and change it there.")


class AsShownForm(forms.ModelForm):
    """A page may be open for hours, while others change the same row. So the form carries what it
    showed: a field that is sent as it was shown stays as it is now, and one that was changed both
    here and elsewhere is refused. A script that sends no such field means the row as it is now."""

    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.now: dict[str, Any] = {}
        if self.instance.pk is not None:
            fields = {name: field for name, field in self.fields.items() if name != "shown"}
            self.now = {
                name: _plain(self.get_initial_for_field(field, name))
                for name, field in fields.items()
                if not field.disabled
            }
            self.initial["shown"] = self._signer.sign_object(self.now, compress=True)

    @property
    def _signer(self) -> signing.Signer:
        return signing.Signer(salt=f"shown {self._meta.model._meta.label} {self.instance.pk}")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        shown = self._shown(cleaned.get("shown", "")) if self.now else {}
        for name in self.now.keys() & cleaned.keys():
            wanted = _plain(cleaned[name])
            if wanted == shown[name]:
                # What is not cleaned is not written either.
                del cleaned[name]
            elif self.now[name] not in (shown[name], wanted):
                self.add_error(name, CHANGED_MEANWHILE)
        return cleaned

    def _shown(self, signed: str) -> dict[str, Any]:
        if self.add_prefix("shown") not in self.data:
            return self.now
        try:
            shown: dict[str, Any] = self._signer.unsign_object(signed)
        except signing.BadSignature:
            shown = {}
        if shown.keys() != self.now.keys():
            raise forms.ValidationError(SHOWED_NOTHING)
        return shown

    @cached_property
    def changed_data(self) -> list[str]:
        changed = super().changed_data
        if not self.now or not hasattr(self, "cleaned_data"):
            return [name for name in changed if name != "shown"]
        others = [name for name in changed if name not in self.now and name != "shown"]
        return [name for name in self.now if name in self.cleaned_data] + others


class HeldAdmin(admin.ModelAdmin):
    """A row is locked while it is saved: what a form was compared with is what it changes."""

    # With it, others may go on to refer to the row meanwhile.
    no_key = True

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        found = super().get_object(request, object_id, from_field)
        connection = transaction.get_connection()
        if found is None or request.method != "POST" or not connection.in_atomic_block:
            return found
        held = self.get_queryset(request).select_for_update(of=("self",), no_key=self.no_key)
        return held.filter(pk=found.pk).first()


def _plain(value: Any) -> Any:
    """As JSON carries it, the same for what a row has and what a form was sent."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, QuerySet):
        return sorted(row.pk for row in value)
    if isinstance(value, list) and value and isinstance(value[0], Model):
        return sorted(row.pk for row in value)
    return value
