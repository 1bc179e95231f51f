from typing import Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Role(models.TextChoices):
    ASSISTANT = "assistant", "Assistant"
    COORDINATOR = "coordinator", "Coordinator"
    ADMIN = "admin", "Admin"


class PeopleManager(UserManager["User"]):
    def create_superuser(self, username: str, *args: Any, **fields: Any) -> "User":
        fields = {"any_language": True, **fields, "role": Role.ADMIN}
        return super().create_superuser(username, *args, **fields)


class User(AbstractUser):
    role = models.CharField(max_length=16, choices=Role, default=Role.ASSISTANT)
    languages = ArrayField(
        models.CharField(max_length=16),
        default=list,
        blank=True,
        help_text="Languages this person reads, as codes (en, de).",
    )
    any_language = models.BooleanField(
        "pairs in any language",
        default=False,
        help_text="Also hand out pairs in languages that this person does not read.",
    )

    objects = PeopleManager()  # type: ignore[misc]

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
            # Django's admin is for admins alone, whatever else writes to this table.
            models.CheckConstraint(
                condition=Q(is_staff=False, is_superuser=False) | Q(role=Role.ADMIN),
                name="user_staff_is_admin",
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        # The role alone decides who enters Django's admin.
        self.is_staff = self.is_superuser = self.role == Role.ADMIN
        super().save(*args, **kwargs)
