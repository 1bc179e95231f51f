import secrets

from django.db import transaction

from annotation.models import Role, User

DEMO_ROLES = [Role.ASSISTANT, Role.COORDINATOR, Role.ADMIN]


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
