"""Asking somebody to look at an answer again, and their word that it is right."""

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext

from annotation.models import Label, LookAgain, User


class AskingRefusedError(Exception):
    """Nobody was asked; the message is for the person who tried."""


def ask_to_look_again(*, label: Label, by: User, note: str) -> LookAgain:
    """Raises: AskingRefusedError when the label was changed meanwhile, or was asked about before:
    an answer that its author stands by is theirs."""
    if Label.objects.filter(supersedes=label).exists():
        raise AskingRefusedError(gettext("This answer was changed meanwhile."))
    try:
        with transaction.atomic():
            return LookAgain.objects.create(label=label, asked_by=by, note=note)
    except IntegrityError as error:
        raise AskingRefusedError(
            gettext("Its author was asked before: decide on the pair instead.")
        ) from error


def confirm(*, assistant: User, label_id: int) -> bool:
    """Note that the author finds the label right; whether there was a request to answer."""
    asked = LookAgain.objects.filter(
        label=label_id, label__assistant=assistant, confirmed_at=None, label__superseded_by=None
    )
    return bool(asked.update(confirmed_at=Now()))
