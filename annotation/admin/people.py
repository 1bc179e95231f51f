from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from annotation.admin.as_shown import AsShownForm, HeldAdmin
from annotation.admin.languages import LanguagesForm
from annotation.models import User
from annotation.services.preferences import hand_back_unfit

OF_ROLE = {"is_staff", "is_superuser"}


class PersonForm(LanguagesForm, AsShownForm, UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User


class NewPersonForm(LanguagesForm, AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = User


@admin.register(User)
class PersonAdmin(HeldAdmin, UserAdmin):
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

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        fields = set(form.changed_data)
        if not change:
            obj.save()
        else:
            # Nothing else, and what follows from the role.
            obj.save(update_fields=fields | (OF_ROLE if "role" in fields else set()))
        if change and {"languages", "any_language"} & set(form.changed_data):
            transaction.on_commit(partial(hand_back_unfit, person=obj))
