"""What a coordinator decides about one person's practice and qualification."""

from django.db import transaction
from django.utils import timezone

from annotation.models import Campaign, ExtraAttempt, User, Waiver
from annotation.queries.learning import learning_of
from annotation.services.locks import hold_learning


@transaction.atomic
def waive(*, campaign: Campaign, person: User, by: User) -> Waiver:
    """Let somebody work in a campaign without what it requires; again is harmless."""
    hold_learning(person.pk)
    waiver, _ = Waiver.objects.get_or_create(
        campaign=campaign, person=person, taken_back_at=None, defaults={"by": by}
    )
    return waiver


@transaction.atomic
def take_back(*, campaign: Campaign, person: User, by: User) -> bool:
    """Ask of them again what the campaign requires, from the next pair on; pairs that they have
    stay theirs to answer. Returns whether there was anything to take back."""
    hold_learning(person.pk)
    in_force = Waiver.objects.filter(campaign=campaign, person=person, taken_back_at=None)
    return bool(in_force.update(taken_back_at=timezone.now(), taken_back_by=by))


@transaction.atomic
def allow_another(*, campaign: Campaign, person: User, by: User) -> bool:
    """One attempt more for somebody who has made all of theirs; else nothing, so that a second
    press allows no second one. Returns whether one was allowed."""
    hold_learning(person.pk)
    if not learning_of(person=person, campaign=campaign).qualification.is_used_up:
        return False
    ExtraAttempt.objects.create(campaign=campaign, person=person, by=by)
    return True
