"""The weeks of a study: those of ISO 8601, where it is (`TIME_ZONE`), of when a pair was answered.

A correction has a time of its own, and moves its pair to no other week.
"""

from datetime import date, datetime, timedelta

from django.utils import timezone

# When the answer was first given that `label` stands for now.
GIVEN_AT = """CASE WHEN label.supersedes_id IS NULL THEN label.created_at ELSE (
    SELECT begun.created_at FROM annotation_label begun
    WHERE begun.assignment_id = label.assignment_id AND begun.supersedes_id IS NULL
) END"""
# Its week, counted from 1 January of the year 1, a Monday.
GIVEN_IN = f"(((({GIVEN_AT}) AT TIME ZONE %(zone)s)::date - DATE '0001-01-01') / 7)::int4"


class UnknownWeekError(ValueError):
    """No such week."""


def week_name(number: int) -> str:
    """As in 2026-W48, of a week as `GIVEN_IN` counts them: as text in the order of time."""
    year, week, _ = date.fromordinal(1 + 7 * number).isocalendar()
    return f"{year}-W{week:02d}"


def week_span(name: str) -> tuple[datetime, datetime]:
    """The first moment of a week such as 2026-W48, and that of the next.

    Raises: UnknownWeekError.
    """
    try:
        monday = datetime.strptime(f"{name}-1", "%G-W%V-%u").replace(
            tzinfo=timezone.get_default_timezone()
        )
        # By the clock on the wall: a week in which it is put forward is an hour shorter.
        return monday, monday + timedelta(days=7)
    except (ValueError, OverflowError) as error:
        raise UnknownWeekError(f"week={name}") from error
