from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from annotation.models import Campaign, TrainingRun, User
from annotation.queries.learning_gate import has_learnt


def served_run(campaign: Campaign) -> TrainingRun | None:
    """The run whose model ranks this campaign's queue now."""
    promotion = campaign.promotions.select_related("run__campaign").first()
    return promotion.run if promotion else None


def campaigns_for(person: User) -> QuerySet[Campaign]:
    """The campaigns that may hand this person a pair now, by the database's clock, the first
    to serve in front."""
    return campaigns_open_to(person).filter(has_learnt(person))


def campaigns_open_to(person: User) -> QuerySet[Campaign]:
    """Those, and the ones that would if the person had learnt first what they require."""
    return Campaign.objects.filter(
        Q(opens_at=None) | Q(opens_at__lte=Now()),
        Q(closes_at=None) | Q(closes_at__gt=Now()),
        Q(everyone=True) | Q(pk__in=person.campaigns.values("pk")),
        state=Campaign.State.OPEN,
        generation__isnull=False,
    ).select_related("generation")
