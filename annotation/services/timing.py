"""How long an answer took is kept as measured for seven days, then in whole minutes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from annotation.models.labels import COUNTED_SECONDS, DAY_SECONDS

KEPT_AS_MEASURED = timedelta(days=7)
STEP_SECONDS = 60

DAYS = """
SELECT DISTINCT campaign_id, (created_at AT TIME ZONE 'UTC')::date FROM annotation_label
WHERE created_at < %(until)s AND NOT annotation_is_coarse(seconds)
ORDER BY 2, 1
"""
# A person's answers of a day one after the other on a scale of minutes, from a place before the
# first mark that is anything up to a step; each gets as many steps as it passes marks. So a sum is
# off by less than a minute, whichever way, and sums of sums by nothing in expectation.
COARSEN = f"""
WITH measured AS (
    SELECT id, assistant_id, sum(least(seconds, {COUNTED_SECONDS})) OVER (
        PARTITION BY assistant_id ORDER BY id
    ) + (hashint8extended(assistant_id, %(seed)s) & 1023) * {STEP_SECONDS} / 1024.0 AS upto
    FROM annotation_label
    WHERE campaign_id = %(campaign)s AND created_at >= %(day)s AND created_at < %(next_day)s
        AND NOT annotation_is_coarse(seconds)
), marked AS (
    SELECT id, assistant_id, floor(upto / {STEP_SECONDS}) AS marks FROM measured
)
UPDATE annotation_label label SET seconds = coarse.steps * {STEP_SECONDS} FROM (
    SELECT id, marks - coalesce(lag(marks) OVER (PARTITION BY assistant_id ORDER BY id), 0) AS steps
    FROM marked
) coarse WHERE coarse.id = label.id
"""  # noqa: S608 - constants only


def believable(seconds: float, *, within: float = DAY_SECONDS) -> float:
    """Time as a browser measured it, which may be anything; `within`: seconds, at most a day."""
    return max(min(seconds, within), 0.0)


def coarsen_times(*, now: datetime | None = None) -> int:
    """Put the times of labels that are older than seven days in whole minutes; returns how many.

    A whole day (UTC) at once, so that it makes no difference when this runs: a label's time stays
    as measured for seven days, and for eight at most. One transaction a campaign and day.
    """
    until = (now or timezone.now()).astimezone(UTC) - KEPT_AS_MEASURED
    until = until.replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(DAYS, {"until": until})
        days = cursor.fetchall()
    return sum(_coarsen(campaign_id, day) for campaign_id, day in days)


def _coarsen(campaign_id: int, day: date) -> int:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    values: dict[str, Any] = {
        "campaign": campaign_id,
        "day": begin,
        "next_day": begin + timedelta(days=1),
        "seed": day.toordinal(),
    }
    with connection.cursor() as cursor:
        cursor.execute(COARSEN, values)
        return int(cursor.rowcount)
