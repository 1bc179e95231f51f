from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

# From and to which a person may set them.
WORK_MINUTES, BREAK_MINUTES, DAILY_MINUTES = (5, 240), (1, 60), (10, 1440)


class Role(models.TextChoices):
    ASSISTANT = "assistant", _("Assistant")
    COORDINATOR = "coordinator", _("Coordinator")
    ADMIN = "admin", _("Admin")


class Thumbnails(models.TextChoices):
    SHOWN = "shown", _("Show them")
    BLURRED = "blurred", _("Blur them until I ask")
    GREYSCALE = "greyscale", _("Show them in grey until I ask")


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
        help_text=_("Languages this person reads, as codes (en, de)."),
    )
    any_language = models.BooleanField(
        _("pairs in any language"),
        default=False,
        help_text=_("Also hand out pairs in languages that this person does not read."),
    )

    interface_language = models.CharField(
        _("language of the interface"),
        max_length=8,
        choices=settings.LANGUAGES,
        blank=True,
        help_text=_("Empty: as the browser asks."),
    )
    agreed_hours = models.FloatField(
        null=True,
        blank=True,
        help_text=_("Hours of work in all. Empty: what the budgets of campaigns give a person."),
    )
    # What a person sets for themself, here since every request reads the person anyway. Of these
    # nobody else sees any, but what the languages above say.
    thumbnails = models.CharField(max_length=9, choices=Thumbnails, default=Thumbnails.SHOWN)
    players_muted = models.BooleanField(default=True)
    break_reminders = models.BooleanField(default=True)
    work_minutes = models.PositiveSmallIntegerField(default=30)
    break_minutes = models.PositiveSmallIntegerField(default=5)
    daily_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    # One bit a topic (see `Topic.bit`) that is kept off this person's queue.
    topics_off = models.BigIntegerField(default=0, editable=False)

    objects = PeopleManager()  # type: ignore[misc]

    class Meta(AbstractUser.Meta):
        constraints = [
            # Anna is anna to whoever reads it.
            models.UniqueConstraint(
                Lower("username"),
                name="user_name_once_in_any_case",
                violation_error_message=_(
                    "Somebody has this username already, maybe in other capitals."
                ),
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
            # Django's admin is for admins alone, whatever else writes to this table.
            models.CheckConstraint(
                condition=Q(is_staff=False, is_superuser=False) | Q(role=Role.ADMIN),
                name="user_staff_is_admin",
            ),
            models.CheckConstraint(
                condition=Q(thumbnails__in=Thumbnails.values), name="user_thumbnails_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    work_minutes__range=WORK_MINUTES,
                    break_minutes__range=BREAK_MINUTES,
                )
                & (Q(daily_minutes=None) | Q(daily_minutes__range=DAILY_MINUTES)),
                name="user_minutes_in_range",
            ),
            models.CheckConstraint(
                condition=Q(agreed_hours=None) | Q(agreed_hours__gt=0, agreed_hours__lte=10_000),
                name="user_agreed_hours_in_range",
                violation_error_message=_(
                    "Agreed hours: give a number above 0, up to 10,000, or leave them empty."
                ),
            ),
            models.CheckConstraint(
                condition=Q(topics_off__gte=0), name="user_topics_off_not_negative"
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        # The role alone decides who enters Django's admin.
        self.is_staff = self.is_superuser = self.role == Role.ADMIN
        super().save(*args, **kwargs)

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.get_username()
