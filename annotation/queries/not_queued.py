"""Why a pair of the pool is not in the queue that is served now."""

from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from annotation.languages import language_name
from annotation.models import Adjudication, Campaign, Pair, Prediction, QueueItem, Strategy
from annotation.queries.pool import WANTED
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
# Which of twins is judged, as the pool has it (`queries.pool`).
JUDGED_TWIN = """
SELECT member.pair_id FROM annotation_pairtwin own
JOIN annotation_pairtwin twin ON twin.group_id = own.group_id
JOIN annotation_poolpair member
    ON member.campaign_id = %(campaign)s AND member.pair_id = twin.pair_id
LEFT JOIN (
    SELECT pair_id, count(*) FILTER (WHERE state = 'labelled') AS labels, count(*) AS taken
    FROM annotation_assignment
    WHERE campaign_id = %(campaign)s AND state IN ('leased', 'labelled') GROUP BY pair_id
) done ON done.pair_id = member.pair_id
WHERE own.pair_id = %(pair)s
ORDER BY coalesce(done.labels, 0) DESC, coalesce(done.taken, 0) DESC, member.pair_id
LIMIT 1
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
    if twin := _judged_twin(campaign, pair):
        return _("Its twin, pair %(pair)s, is judged instead: the videos are the same.") % {
            "pair": twin.pair_id
        }
    languages = {pair.rejected.language, pair.recommended.language}
    if campaign.languages and not languages & set(campaign.languages):
        wanted = one_of([language_name(code) for code in campaign.languages])
        return _("Not in the queue: the campaign takes pairs with a video in %(languages)s.") % {
            "languages": wanted
        }
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


def _judged_twin(campaign: Campaign, pair: Pair) -> Pair | None:
    if campaign.duplicates == Campaign.Duplicates.SEPARATE:
        return None
    with connection.cursor() as cursor:
        cursor.execute(JUDGED_TWIN, {"campaign": campaign.pk, "pair": pair.pk})
        found = cursor.fetchone()
    return Pair.objects.get(pk=found[0]) if found and found[0] != pair.pk else None


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
