from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.db import transaction
from django.utils import timezone
from rest_framework.authtoken.models import Token

from annotation.models import User


@transaction.atomic
def token_for(*, person: User) -> Token | None:
    """The token of a person who has just signed in; None if their password was changed, or they
    left, since it was read: a token must not outlive the password that it was got for."""
    unchanged = User.objects.filter(pk=person.pk, password=person.password, is_active=True)
    if not unchanged.select_for_update():
        return None
    token: Token = Token.objects.get_or_create(user=person)[0]
    return token


def forget_wrong_passwords() -> int:
    """Whatever is too old to lock a name is deleted: who tried, when, from where and with what."""
    old = AccessAttempt.objects.filter(attempt_time__lte=timezone.now() - get_cool_off())
    return int(old.delete()[0])
