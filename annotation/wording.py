"""Times, places, numbers and lists as people say them, in the language of the person."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from annotation.lanes import languages_of
from annotation.languages import language_name

# Further than this nobody counts what waits for somebody.
MANY = 1_000


def moment(at: datetime) -> str:
    """ "14:05" today, else "3 May, 14:05"."""
    local = timezone.localtime(at)
    today = local.date() == timezone.localdate()
    return date_format(local, "TIME_FORMAT" if today else "DAY_TIME_FORMAT")


def day(at: datetime) -> str:
    """ "today" or "on 3 May"."""
    local = timezone.localtime(at)
    if local.date() == timezone.localdate():
        return _("today")
    same_year = local.year == timezone.localdate().year
    return _("on %(day)s") % {
        "day": date_format(local, "DAY_FORMAT" if same_year else "DATE_FORMAT")
    }


def decimal(number: float, places: int) -> str:
    """ "0.71", "1,234.5"; never "-0.00"."""
    return number_format(round(number, places) or 0, places, force_grouping=True)


def to_many(count: int) -> str:
    """The number as it is, or "1,000+" for all that are more than MANY."""
    return f"{grouped(MANY)}+" if count > MANY else grouped(count)


def grouped(count: int | None) -> str:
    """A count: "44,434"."""
    return decimal(count or 0, 0)


def percent(share: float | None, high: float | None = None) -> str:
    """ "87%", or "84–90%" as far as `high`."""
    if share is None:
        return "–"
    number = decimal(share * 100, 0)
    if high is not None:
        number = f"{number}–{decimal(high * 100, 0)}"
    return _("%(number)s%%") % {"number": number}


def ordinal(place: int) -> str:
    """1st, 2nd, 12th, 1,003rd."""
    if not (get_language() or "en").startswith("en"):
        # Translators: the place in a row, where the language is not English: 3. in German.
        return pgettext("ordinal", "%(place)s.") % {"place": grouped(place)}
    teens = place % 100 in (11, 12, 13)
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place:,}{ending}"


def words_for(things: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return _listed(things, _("and"))


def one_of(things: Sequence[str]) -> str:
    """ "a", "a or b", "a, b or c"."""
    return _listed(things, _("or"))


def _listed(things: Sequence[str], last: str) -> str:
    if len(things) < 2:
        return "".join(things)
    return f"{', '.join(things[:-1])} {last} {things[-1]}"


def language_list(codes: Iterable[str]) -> str:
    """ "German, English"."""
    return ", ".join(language_name(code) for code in codes)


def lane_name(lane: str) -> str:
    """ "German and English" for a lane of the queue."""
    return words_for([language_name(code) for code in languages_of(lane) or [""]])


def labels_in_words(number: int) -> str:
    """ "1 label", "2 labels"."""
    return ngettext("%(number)s label", "%(number)s labels", number) % {"number": grouped(number)}


def pairs_in_words(number: int) -> str:
    """ "1 pair", "2 pairs"."""
    return ngettext("%(number)s pair", "%(number)s pairs", number) % {"number": grouped(number)}


def mid_sentence(text: str) -> str:
    """A text that begins with a capital, as it stands within a sentence; abbreviations stay."""
    is_abbreviation = text[1:2].isupper()
    return text if is_abbreviation else text[:1].lower() + text[1:]
