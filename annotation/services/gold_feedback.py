"""What somebody is told of a known pair after their answer, where the campaign has it so."""

from django.utils.translation import gettext

from annotation.models import Assignment, GoldAnswer, Label, Strategy


def known_answer_told(assignment: Assignment) -> GoldAnswer | None:
    """The known answer that whoever answered this pair was told; None where there is none to
    tell."""
    if assignment.strategy != Strategy.GOLD or not assignment.campaign.gold_feedback:
        return None
    return GoldAnswer.objects.filter(
        campaign=assignment.campaign_id, pair=assignment.pair_id
    ).first()


def feedback_on(label: Label) -> str:
    """In words, to the person; empty where there is nothing to tell."""
    known = known_answer_told(label.assignment)
    if known is None:
        return ""
    if known.verdict == label.verdict:
        said = gettext("The last pair was one whose answer is known, and yours is the same.")
    else:
        said = gettext(
            "The last pair was one whose answer is known: the study says “%(verdict)s”. "
            "Yours stays as it is."
        ) % {"verdict": known.get_verdict_display()}
    return f"{said} {known.rationale}".strip()
