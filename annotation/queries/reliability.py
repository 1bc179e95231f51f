"""The figures on people that a worker computed: of a campaign, or one's own."""

from hashlib import blake2b

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, Concat, Lower, NullIf, Trim

from annotation.models import Campaign, GoldAnswer, Label, PersonReliability, User

# As `User.display_name` has it.
_NAME = Coalesce(
    NullIf(
        Trim(Concat(F("person__first_name"), Value(" "), F("person__last_name"))),
        Value(""),
    ),
    F("person__username"),
)


def people_of(*, campaign: Campaign) -> QuerySet[PersonReliability]:
    """Everybody who has answered, in alphabetical order of the names that are shown: never by a
    figure."""
    rows = PersonReliability.objects.filter(report=campaign.pk).select_related("person")
    return rows.order_by(Lower(_NAME), "person__username")


def figures_of(*, campaign: Campaign, person: User) -> PersonReliability | None:
    rows = PersonReliability.objects.select_related("report")
    return rows.filter(report=campaign.pk, person=person).first()


def campaigns_answered_in(person: User) -> list[Campaign]:
    """Where somebody has a label, the latest begun first."""
    answered = Label.objects.filter(assistant=person).order_by().values("campaign")
    return list(Campaign.objects.filter(pk__in=answered).order_by("-pk"))


def gold_digest(*, campaign: Campaign) -> str:
    """Differs where a known answer of the campaign does."""
    answers = GoldAnswer.objects.filter(campaign=campaign).order_by("pair_id")
    known = "\n".join(
        f"{pair} {verdict}" for pair, verdict in answers.values_list("pair_id", "verdict")
    )
    return blake2b(known.encode(), digest_size=16).hexdigest()
