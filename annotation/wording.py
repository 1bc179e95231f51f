"""Times, places and lists as people say them."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from annotation.lanes import languages_of
from annotation.languages import language_name


def moment(at: datetime) -> str:
    """ "14:05" today, else "3 May, 14:05"."""
    local = timezone.localtime(at)
    today = local.date() == timezone.localdate()
    return date_format(local, "H:i" if today else "j M, H:i")


def day(at: datetime) -> str:
    """ "today" or "on 3 May"."""
    local = timezone.localtime(at)
    if local.date() == timezone.localdate():
        return "today"
    same_year = local.year == timezone.localdate().year
    return f"on {date_format(local, 'j M' if same_year else 'j M Y')}"


def ordinal(place: int) -> str:
    """1st, 2nd, 12th, 1,003rd."""
    teens = place % 100 in (11, 12, 13)
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place:,}{ending}"


def words_for(things: Sequence[str], *, last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(things) < 2:
        return "".join(things)
    return f"{', '.join(things[:-1])} {last} {things[-1]}"


def lane_name(lane: str) -> str:
    """ "German and English" for a lane of the queue."""
    return words_for([language_name(code) for code in languages_of(lane) or [""]])


def count_of(number: int, thing: str) -> str:
    """ "1 label", "2 labels"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
