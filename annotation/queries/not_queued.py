"""Why a pair of the pool is not in the queue that is served now."""

from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from annotation.languages import language_name
from annotation.models import (
    Adjudication,
    Campaign,
    Label,
    Pair,
    Prediction,
    QueueItem,
    Strategy,
)
from annotation.queries.pool import DONE, FROM_TWINS, WANTED, parameters, placed
from annotation.wording import grouped, moment, one_of, ordinal, percent

ONE_PAIR = """
SELECT ({wanted}) FROM (
    SELECT %(campaign)s::bigint AS campaign_id, %(pair)s::bigint AS pair_id
) pool
LEFT JOIN annotation_demand demand
    ON demand.campaign_id = pool.campaign_id AND demand.pair_id = pool.pair_id
"""
# The model's doubt is greatest at one half.
MORE_DOUBTFUL = """
SELECT count(*) FROM annotation_prediction other
WHERE other.run_id = %(run)s AND abs(other.probability - 0.5) < abs(%(probability)s::float8 - 0.5)
    AND EXISTS (
        SELECT FROM annotation_poolpair pool
        WHERE pool.campaign_id = %(campaign)s AND pool.pair_id = other.pair_id
    )
"""
OF_GROUP = "twin.group_id = (SELECT group_id FROM annotation_pairtwin WHERE pair_id = %(pair)s)"
JUDGED_TWIN = """
WITH done AS ({done}) SELECT pair_id, decided FROM ({placed}) placed WHERE place = 1
"""


class Doubt(NamedTuple):
    """How the served model sees a pair, and its place in the pool by the model's doubt."""

    probability: float
    place: int


def labels_wanted(*, campaign: Campaign, pair: Pair) -> int:
    """How many labels a pair wants in all, by the campaign's rule, whether it is queued or not."""
    parameters = {
        "campaign": campaign.pk,
        "pair": pair.pk,
        "most": campaign.labels_per_pair,
        "overlap_share": campaign.overlap_share,
    }
    with connection.cursor() as cursor:
        cursor.execute(ONE_PAIR.format(wanted=WANTED[campaign.relabelling]), parameters)
        return int(cursor.fetchone()[0])


def why_not_queued(*, campaign: Campaign, pair: Pair) -> str:
    """The reason, in a sentence, for a pair of the pool that still wants a label."""
    generation = campaign.generation
    if generation is None:
        return _("The campaign has no queue yet.")
    if Adjudication.objects.standing().filter(campaign=campaign, pair=pair).exists():
        return _("Somebody decided what it is: it needs no more labels.")
    languages = {pair.rejected.language, pair.recommended.language}
    if campaign.languages and not languages & set(campaign.languages):
        wanted = one_of([language_name(code) for code in campaign.languages])
        return _("Not in the queue: the campaign takes pairs with a video in %(languages)s.") % {
            "languages": wanted
        }
    if said := _judged_by_twins(campaign, pair):
        return said
    if pair.created_at > generation.created_at:
        made = moment(generation.created_at)
        return _("Came after the queue was ranked (%(when)s); the next ranking looks at it.") % {
            "when": made
        }
    doubt = _doubt(campaign, pair)
    taken = _taken_by_doubt(campaign)
    if doubt and not pair.held_out and doubt.place > taken > 0:
        return _(
            "Not in the queue: the model is sure of it (%(share)s similar). By its doubt the pair "
            "is %(place)s, and the queue of %(size)s took the first %(taken)s."
        ) % {
            "share": percent(doubt.probability),
            "place": ordinal(doubt.place),
            "size": grouped(generation.size),
            "taken": grouped(taken),
        }
    return _("Not drawn for the queue of %(size)s pairs when it was ranked last.") % {
        "size": grouped(generation.size)
    }


def _judged_by_twins(campaign: Campaign, pair: Pair) -> str:
    """What of its twins keeps a pair that the campaign could serve out of the queue, if anything:
    which of them is judged, and whose labels count, is as the pool has it (`queries.pool`)."""
    if campaign.duplicates == Campaign.Duplicates.SEPARATE:
        return ""
    values = parameters(campaign) | {"pair": pair.pk}
    with connection.cursor() as cursor:
        placed_here = placed(campaign, of=OF_GROUP)
        cursor.execute(JUDGED_TWIN.format(done=DONE, placed=placed_here), values)
        judged, decided = cursor.fetchone() or (pair.pk, False)
        cursor.execute(FROM_TWINS.format(of="own.pair_id = %(pair)s"), values)
        from_twins = sum(labels for _pair, labels in cursor)
    if judged != pair.pk:
        twin = {"pair": Pair.objects.get(pk=judged).pair_id}
        if decided:
            says = _("Somebody decided what its twin, pair %(pair)s, is: the videos are the same.")
            return says % twin
        return _("Its twin, pair %(pair)s, is judged instead: the videos are the same.") % twin
    own = Label.objects.current().filter(campaign=campaign, pair=pair).count()
    if from_twins and own + from_twins >= labels_wanted(campaign=campaign, pair=pair):
        return _("Has the labels that it wants, with those of its twins: the videos are the same.")
    return ""


def _doubt(campaign: Campaign, pair: Pair) -> Doubt | None:
    run = campaign.generation.run_id if campaign.generation else None
    prediction = Prediction.objects.filter(run=run, pair=pair).first() if run else None
    if prediction is None:
        return None
    parameters = {"campaign": campaign.pk, "run": run, "probability": prediction.probability}
    with connection.cursor() as cursor:
        cursor.execute(MORE_DOUBTFUL, parameters)
        return Doubt(prediction.probability, cursor.fetchone()[0] + 1)


def _taken_by_doubt(campaign: Campaign) -> int:
    return QueueItem.objects.filter(
        generation=campaign.generation_id, strategy=Strategy.UNCERTAINTY
    ).count()
