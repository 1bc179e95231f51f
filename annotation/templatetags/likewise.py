import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import markdown
import nh3
from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.languages import language_name
from annotation.models import ReasonCode, Video, VideoTwin
from annotation.queries.duplicates import Effect
from annotation.wording import (
    day,
    decimal,
    grouped,
    lane_name,
    language_list,
    mid_sentence,
    moment,
    percent,
    to_many,
)
from annotation.words import words_block

register = template.Library()
register.filter("language_name", language_name)
register.filter("day_in_words", day)
register.filter("moment", moment)
register.filter("lane_name", lane_name)
register.filter("language_list", language_list)
register.filter("grouped", grouped)
register.filter("to_many", to_many)
register.filter("percent", percent)
register.filter("mid_sentence", mid_sentence)
register.simple_tag(words_block, name="words")

POLICY_TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol",
    "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
HOUR_S = 3600
# Every character may take nine in the address (three bytes of UTF-8, percent-encoded), and
# addresses of more than about 8,000 are cut or refused on their way.
MAX_TRANSLATED = 800


@register.filter
def duration(seconds: int | None) -> str:
    """Seconds as a player shows them: 12:41, 1:02:03."""
    if not seconds:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def spent(seconds: float | None) -> str:
    """Working time in words: 40 s, 25 min, 6 h 20."""
    if not seconds:
        return _("%(number)s min") % {"number": 0}
    minutes = round(seconds / 60)
    if seconds < 60:
        return _("%(number)s s") % {"number": round(seconds)}
    if seconds < HOUR_S:
        return _("%(number)s min") % {"number": minutes}
    return _("%(hours)s h %(minutes)s") % {"hours": minutes // 60, "minutes": f"{minutes % 60:02}"}


@register.filter
def translation_url(video: Video, reads: Sequence[str] | None) -> str:
    """Where title and description of a video can be read in this person's first language; empty
    if they read the video's own, or nobody said which languages they read."""
    if not reads or not video.language or video.language in reads or not settings.TRANSLATION_URL:
        return ""
    text = f"{video.title}\n\n{video.description}"[:MAX_TRANSLATED].strip()
    return str(settings.TRANSLATION_URL).format(to=quote(reads[0]), text=quote(text, safe=""))


@register.filter
def shares_channel_with(video: Video, other: Video) -> bool:
    return video.shares_channel_with(other)


@register.filter
def figure(estimate: dict[str, Any] | None) -> str:
    """An estimate with its 95% interval: 0.71 (0.66-0.76)."""
    if not estimate or estimate.get("value") is None:
        return "–"
    text = decimal(estimate["value"], 2)
    if estimate.get("low") is None or estimate.get("high") is None:
        return text
    return f"{text} ({decimal(estimate['low'], 2)}–{decimal(estimate['high'], 2)})"


@register.filter
def two_places(number: float) -> str:
    return decimal(number, 2)


@register.filter
def share_figure(estimate: dict[str, Any] | float | None) -> str:
    """A share with its interval: 87% (84-90%)."""
    if isinstance(estimate, (int, float)):
        return percent(estimate)
    if not estimate or estimate.get("value") is None:
        return "–"
    if estimate.get("low") is None or estimate.get("high") is None:
        return percent(estimate["value"])
    return f"{percent(estimate['value'])} ({percent(estimate['low'], estimate['high'])})"


@register.filter
def three_places(number: float) -> str:
    return decimal(number, 3)


@register.filter
def money(amount: float) -> str:
    """Without a currency, which a study knows itself: 42.50, 1,234."""
    return decimal(amount, 2 if amount < 100 else 0)


@register.filter
def times(number: float, factor: float) -> float:
    return number * factor


@register.filter
def hours(count: float) -> str:
    return spent(count * HOUR_S)


@register.filter
def unlocalised(number: float) -> str:
    """A number as an attribute wants it, whatever the language of the page."""
    return f"{number:.4f}"


@register.filter
def rough(number: float) -> str:
    """An estimate without false precision: 0.8, 14, 2,300."""
    shown = rough_count(number)
    return decimal(shown, 0 if shown == int(shown) else 1)


@register.filter
def rough_count(number: float) -> float:
    """The number that `rough` shows, as a plural goes by it."""
    return round(number, 1) if number < 10 else float(f"{number:.2g}")


@register.filter
def reason_names(codes: list[str]) -> str:
    return ", ".join(str(ReasonCode(code).label) for code in codes)


@register.filter
def policy_html(body: str, below: int = 2) -> SafeString:
    """A policy's Markdown as HTML that can do no harm, its sections below a heading of the page
    that is of level `below`."""
    return _policy_html(body, below - 1)


@lru_cache(maxsize=32)
def _policy_html(body: str, lower: int) -> SafeString:
    without_title = re.sub(r"\A\s*# [^\n]*\n", "", body)  # the page shows the policy's own
    html = markdown.markdown(without_title, extensions=["tables", "sane_lists"])
    lowered = re.sub(r"<(/?)h([1-5])>", lambda m: f"<{m[1]}h{int(m[2]) + lower}>", html)
    clean = nh3.clean(
        lowered, tags=POLICY_TAGS, attributes={"a": {"href"}}, url_schemes={"https", "mailto"}
    )
    return mark_safe(clean)  # noqa: S308 - nh3 has just cleaned it


@register.simple_tag(takes_context=True)
def page_query(context: template.Context, name: str, value: object) -> str:
    """The address of the same page with one parameter changed."""
    query = context["request"].GET.copy()
    query[name] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag
def twin_effect(twin: VideoTwin, effect: Effect) -> str:
    """What it means for the pairs that two videos are the same."""
    merged = twin.state == VideoTwin.State.MERGED
    if not effect.pairs:
        if merged:
            return _("No two pairs differ in these videos alone.")
        return _("So far no two pairs differ in these videos alone.")
    says = _merged(effect.campaigns) if merged else _proposed(effect.campaigns)
    return says % {
        "pairs": grouped(effect.pairs),
        "campaigns": effect.campaigns,
        "judgements": _("one") if effect.judgements == 1 else grouped(effect.judgements),
    }


def _merged(campaigns: int) -> str:
    if not campaigns:
        return _("%(pairs)s pairs are judged as %(judgements)s.")
    return ngettext(
        "%(pairs)s pairs of %(campaigns)s campaign are judged as %(judgements)s.",
        "%(pairs)s pairs of %(campaigns)s campaigns are judged as %(judgements)s.",
        campaigns,
    )


def _proposed(campaigns: int) -> str:
    if not campaigns:
        return _("%(pairs)s pairs would be judged as %(judgements)s.")
    return ngettext(
        "%(pairs)s pairs of %(campaigns)s campaign would be judged as %(judgements)s.",
        "%(pairs)s pairs of %(campaigns)s campaigns would be judged as %(judgements)s.",
        campaigns,
    )


@register.simple_tag
def key(command: str, at_first: str, name: str) -> SafeString:
    """A key in the list of keys, which a press lets change."""
    return format_html(
        '<button type="button" class="key" data-change-key="{0}" title="{2}">'
        '<span class="visually-hidden">{2}: </span><kbd data-key="{0}">{1}</kbd></button>',
        command,
        at_first,
        name,
    )
