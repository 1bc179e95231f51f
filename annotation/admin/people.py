from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken.models import Token

from annotation.admin.as_shown import AsShownForm
from annotation.admin.kept import KeptAdmin
from annotation.admin.languages import LanguagesForm
from annotation.models import Role, User
from annotation.services.people import LastAdminError, keep_an_admin
from annotation.services.preferences import hand_back_all, hand_back_unfit

OF_ROLE = {"is_staff", "is_superuser"}
NO_LANGUAGES = _(
    "Only pairs of unknown language are handed to %(name)s: give the languages that they read, or "
    "hand them pairs in any."
)


class PersonForm(LanguagesForm, AsShownForm, UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        person: User = self.instance
        stays = (
            cleaned.get("role", person.role) == Role.ADMIN
            and cleaned.get("is_active", person.is_active)
        )  # fmt: skip
        if person.role == Role.ADMIN and person.is_active and not stays:
            try:
                keep_an_admin(without=[person.pk])
            except LastAdminError as error:
                self.add_error("is_active" if "is_active" in cleaned else "role", str(error))
        return cleaned


class NewPersonForm(LanguagesForm, AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = User


@admin.register(User)
class PersonAdmin(KeptAdmin, UserAdmin):
    form = PersonForm
    add_form = NewPersonForm
    list_display = ["username", "role", "languages", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    fieldsets = [
        (None, {"fields": ["username", "password", "shown"]}),
        (_("Person"), {"fields": ["first_name", "last_name", "email", "interface_language"]}),
        (_("Work"), {"fields": ["role", "languages", "any_language", "agreed_hours", "is_active"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "role", "languages", "any_language", "usable_password",
                           "password1", "password2"]}),
    ]  # fmt: skip
    filter_horizontal = []
    ordering = ["username"]
    kept_says = _(
        "Not deleted, since what they did here stays: %(names)s. Take away “Active” instead: then "
        "they can’t sign in any more."
    )

    def why_not_deleted(self, request: HttpRequest, chosen: list[Any]) -> str:
        if request.user.pk in chosen:
            return str(_("You can’t delete your own account: ask another admin to do it."))
        # Rows before the lock of admins, as a form does.
        if says := super().why_not_deleted(request, chosen):
            return says
        try:
            keep_an_admin(without=chosen)
        except LastAdminError as error:
            return str(error)
        return ""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes along with a person. A token goes, too, but its text is nobody's to read."""
        lines, *rest = super().get_deleted_objects(objs, request)
        keys = Token.objects.filter(user__in=objs).values_list("key", flat=True)
        return _without(lines, list(keys)), *rest

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        changed = set(form.changed_data)
        # Nothing else, and what follows from the role.
        only = changed | (OF_ROLE if "role" in changed else set())
        obj.save(update_fields=only if change else None)
        if obj.is_active and not (obj.languages or obj.any_language):
            self.message_user(request, NO_LANGUAGES % {"name": obj}, messages.WARNING)
        if change and "is_active" in changed and not obj.is_active:
            transaction.on_commit(partial(hand_back_all, person=obj))
        elif change and {"languages", "any_language"} & changed:
            transaction.on_commit(partial(hand_back_unfit, person=obj))


def _without(lines: list[Any], keys: list[str]) -> list[Any]:
    return [
        _without(line, keys) if isinstance(line, list) else line
        for line in lines
        if isinstance(line, list) or not any(key in line for key in keys)
    ]
