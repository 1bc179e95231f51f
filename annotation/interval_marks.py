"""An interval as small as a cell of a table, drawn on a scale that all rows share."""

import math
from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from annotation.wording import percent

HEIGHT = 22
# Percent of the width, so that dots at the ends are whole.
LEFT, RIGHT = 3.0, 97.0


def lowest_of(rates: Iterable[dict[str, Any]]) -> float:
    """Where the scale of these shares begins: at one half, or lower in steps of a tenth."""
    lows = [rate["low"] for rate in rates if rate["n"]]
    return math.floor(min([0.5, *lows]) * 10) / 10


def interval_mark(rate: dict[str, Any], *, lowest: float, dot: bool) -> SafeString:
    """The 95% interval as a line, the share as a dot if it says anything, what is usual as a tick.
    Nothing where there is no interval."""
    if not rate["n"]:
        return SafeString("")
    low, high, usual = (_x(rate[key], lowest) for key in ("low", "high", "usual"))
    middle = HEIGHT / 2
    shown = SafeString("")
    if dot:
        x = _x(rate["value"], lowest)
        shown = format_html('<circle class="dot" cx="{}%" cy="{}" r="5"/>', x, middle)
    return format_html(
        '<svg class="chart mark" role="img" width="100%" height="{0}"><title>{1}</title>'
        '<line class="track" x1="{2}%" x2="{3}%" y1="{4}" y2="{4}"/>'
        '<line class="reference" x1="{5}%" x2="{5}%" y1="1" y2="{6}"/>'
        '<line class="interval" x1="{7}%" x2="{8}%" y1="{4}" y2="{4}"/>{9}</svg>',
        HEIGHT, _said(rate, lowest), LEFT, RIGHT, middle, usual, HEIGHT - 1, low, high, shown,
    )  # fmt: skip


def _x(share: float, lowest: float) -> float:
    place = (share - lowest) / (1 - lowest)
    return round(LEFT + (RIGHT - LEFT) * min(max(place, 0.0), 1.0), 2)


def _said(rate: dict[str, Any], lowest: float) -> str:
    return _(
        "From %(low)s to %(high)s; usual here: %(usual)s; scale from %(lowest)s to %(full)s"
    ) % {
        "low": percent(rate["low"]),
        "high": percent(rate["high"]),
        "usual": percent(rate["usual"]),
        "lowest": percent(lowest),
        "full": percent(1.0),
    }
