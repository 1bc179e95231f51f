"""What somebody is told of a known pair after their answer: at once where the campaign wants it."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext

from annotation.models import Assignment, GoldAnswer, Label, Pair, Strategy

TITLE = 40  # characters that are enough to know a pair by that one has just seen


def is_to_be_told(assignment: Assignment) -> bool:
    """Whether whoever answers this pair now is told what is known of it."""
    told = assignment.strategy == Strategy.GOLD and assignment.campaign.gold_feedback
    return told and _known(assignment).exists()


def note_told(labels: Iterable[Label]) -> None:
    """Note that the authors of these answers are shown the known ones: theirs stay as they are."""
    judged = [label.assignment_id for label in labels]
    Assignment.objects.filter(pk__in=judged, answer_told=False).update(answer_told=True)


def _known(assignment: Assignment) -> QuerySet[GoldAnswer, GoldAnswer]:
    return GoldAnswer.objects.filter(campaign=assignment.campaign_id, pair=assignment.pair_id)


def feedback_on(label: Label) -> str:
    """In words, to the person; empty where there is nothing to tell."""
    known = _known(label.assignment).first() if label.assignment.answer_told else None
    if known is None:
        return ""
    titles = Pair.objects.filter(pk=label.pair_id).values_list(
        "rejected__title", "recommended__title"
    )
    rejected, recommended = (Truncator(title).chars(TITLE) for title in titles.get())
    said = {
        "verdict": known.get_verdict_display(),
        "rejected": rejected,
        "recommended": recommended,
    }
    if known.verdict == label.verdict:
        text = gettext(
            "The answer to “%(rejected)s” and “%(recommended)s” is known, and yours is the same."
        )
    else:
        text = gettext(
            "The answer to “%(rejected)s” and “%(recommended)s” is known: the study says "
            "“%(verdict)s”. Yours stays as it is."
        )
    return f"{text % said} {known.rationale}".strip()
