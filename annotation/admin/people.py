from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from annotation.models import User


@admin.register(User)
class PersonAdmin(UserAdmin):
    list_display = ["username", "role", "languages", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("Work", {"fields": ["role", "languages", "is_active"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "role", "languages", "usable_password",
                           "password1", "password2"]}),
    ]  # fmt: skip
    filter_horizontal = []
    ordering = ["username"]
