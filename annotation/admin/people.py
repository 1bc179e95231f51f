from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm

from annotation.admin.languages import LanguagesForm
from annotation.models import User


class PersonForm(LanguagesForm, UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User


class NewPersonForm(LanguagesForm, AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = User


@admin.register(User)
class PersonAdmin(UserAdmin):
    form = PersonForm
    add_form = NewPersonForm
    list_display = ["username", "role", "languages", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("Work", {"fields": ["role", "languages", "any_language", "is_active"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "role", "languages", "any_language", "usable_password",
                           "password1", "password2"]}),
    ]  # fmt: skip
    filter_horizontal = []
    ordering = ["username"]
