import secrets
from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.models import Role, User
from annotation.queries.people import active_admins
from annotation.services.locks import hold_admins

DEMO_ROLES = [Role.ASSISTANT, Role.COORDINATOR, Role.ADMIN]


class LastAdminError(Exception):
    pass


def keep_an_admin(*, without: Collection[int]) -> None:
    """See to it that an active admin remains without these people, until the transaction ends: two
    who demote each other at once do it one after the other.

    Raises: LastAdminError
    """
    hold_admins()
    if not active_admins().exclude(pk__in=without).exists():
        raise LastAdminError(_("Nobody else is an active admin: make somebody one first."))


@transaction.atomic
def demo_accounts() -> dict[str, dict[str, str | None]]:
    """One account a role, made on the first call with a random password, which is returned only
    then: {role: {"username", "password" or None}}."""
    return {role.value: _account(role) for role in DEMO_ROLES}


def _account(role: Role) -> dict[str, str | None]:
    user, created = User.objects.get_or_create(
        username=role.value, defaults={"role": role, "any_language": True}
    )
    password = None
    if created:
        password = secrets.token_urlsafe(12)
        user.set_password(password)
        user.save(update_fields=["password"])
    return {"username": user.username, "password": password}
