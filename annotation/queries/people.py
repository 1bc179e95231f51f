from django.db.models import QuerySet

from annotation.models import Campaign, Role, User


def workers(*, campaign: Campaign) -> QuerySet[User]:
    """The people who may work in a campaign, by name."""
    active = User.objects.filter(is_active=True)
    people = active if campaign.everyone else active.filter(campaigns=campaign)
    return people.order_by("username")


def active_admins() -> QuerySet[User]:
    return User.objects.filter(role=Role.ADMIN, is_active=True)
