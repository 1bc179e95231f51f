"""Numbers to accessible inline SVG.

Every chart is `role="img"` with a title and a description that says the same in words, and goes
with a data table in the page. Horizontal places are in percent and vertical ones in pixels, so
that a chart takes any width while its text keeps its size. Colours come from classes alone: a
strict Content-Security-Policy forbids inline styles. All text is escaped.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from annotation.wording import decimal

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

ROW = 44  # pixels for a label above its mark
BAR = 10
PLOT = 200
PAD = 14
# Percent of the width on which a line chart draws, so that the first and last dots are whole.
LEFT, RIGHT = 9.0, 97.0


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval; `low` and `high` may be unknown."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A place on the scale that readers compare with."""

    value: float
    label: "_StrOrPromise"


def _svg(kind: str, height: float, title: str, description: str, body: SafeString) -> SafeString:
    return format_html(
        '<svg class="chart {}" role="img" width="100%" height="{}"><title>{}</title>'
        "<desc>{}</desc>{}</svg>",
        kind, round(height), title, description, body,
    )  # fmt: skip


def _join(*parts: SafeString) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def _said(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return f"{interval.label}: {decimal(interval.value, 2)}"
    low, high = decimal(interval.low, 2), decimal(interval.high, 2)
    said = {"label": interval.label, "value": decimal(interval.value, 2), "low": low, "high": high}
    return _("%(label)s: %(value)s (interval %(low)s to %(high)s)") % said


def _place(value: float, low: float, high: float, left: float = 0.0, right: float = 100.0) -> float:
    """Where a value lies on the scale from `low` to `high`, in percent of the width; clamped."""
    share = (value - low) / (high - low) if high > low else 0.5
    return round(left + (right - left) * min(max(share, 0.0), 1.0), 2)


def dot_intervals(
    rows: Sequence[Interval],
    *,
    title: str,
    domain: tuple[float, float] = (0.0, 1.0),
    references: Sequence[Reference] = (),
) -> SafeString:
    """A dot with its interval in each row, on one scale."""
    if not rows:
        return SafeString("")
    # The scale reaches as far down as the data do: a kappa may be negative.
    lowest = min([domain[0], *(row.value if row.low is None else row.low for row in rows)])
    scale = (lowest, domain[1])
    top = 20 if references else 0
    height = top + ROW * len(rows)
    body = [
        _reference(reference, scale, height, "end" if i == 0 and len(references) > 1 else "start")
        for i, reference in enumerate(references)
    ]
    body += [_dot_row(row, scale, top + ROW * i) for i, row in enumerate(rows)]
    return _svg("dots", height, title, "; ".join(map(_said, rows)), _join(*body))


def _reference(
    reference: Reference, scale: tuple[float, float], height: float, anchor: str
) -> SafeString:
    x = _place(reference.value, *scale, LEFT / 3, RIGHT)
    return format_html(
        '<line class="reference" x1="{0}%" x2="{0}%" y1="18" y2="{1}"/>'
        '<text class="tick" x="{0}%" y="12" text-anchor="{3}">{2}</text>',
        x, height, reference.label, anchor,
    )  # fmt: skip


def _dot_row(row: Interval, scale: tuple[float, float], top: float) -> SafeString:
    y = top + 32
    track = format_html(
        '<text class="label" x="0" y="{0}">{1}</text>'
        '<text class="value" x="100%" y="{0}" text-anchor="end">{2}</text>'
        '<line class="track" x1="{3}%" x2="{4}%" y1="{5}" y2="{5}"/>',
        top + 17, row.label, decimal(row.value, 2), LEFT / 3, RIGHT, y,
    )  # fmt: skip
    band = SafeString("")
    if row.low is not None and row.high is not None:
        band = format_html(
            '<line class="interval" x1="{}%" x2="{}%" y1="{}" y2="{}"/>',
            _place(row.low, *scale, LEFT / 3, RIGHT), _place(row.high, *scale, LEFT / 3, RIGHT),
            y, y,
        )  # fmt: skip
    dot = format_html(
        '<circle class="dot" cx="{}%" cy="{}" r="6"/>',
        _place(row.value, *scale, LEFT / 3, RIGHT), y,
    )  # fmt: skip
    return _join(track, band, dot)


def horizontal_bars(rows: Sequence[Bar], *, title: str) -> SafeString:
    """A bar in each row, from zero; the longest takes the whole width."""
    if not rows:
        return SafeString("")
    most = max(row.value for row in rows) or 1.0
    body = [_bar_row(row, most, ROW * i) for i, row in enumerate(rows)]
    said = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return _svg("bars", ROW * len(rows), title, said, _join(*body))


def _bar_row(row: Bar, most: float, top: float) -> SafeString:
    return format_html(
        '<text class="label" x="0" y="{0}">{1}</text>'
        '<text class="value" x="100%" y="{0}" text-anchor="end">{2}</text>'
        '<rect class="rail" x="0" y="{3}" width="100%" height="{4}" rx="5"/>'
        '<rect class="bar" x="0" y="{3}" width="{5}%" height="{4}" rx="5"/>',
        top + 17, row.label, row.text, top + 25, BAR, _place(row.value, 0.0, most),
    )  # fmt: skip


def columns(rows: Sequence[Bar], *, title: str, height: int = 96) -> SafeString:
    """A column for each step of time, the first and last ones named."""
    if not rows:
        return SafeString("")
    most = max(row.value for row in rows) or 1.0
    step = 100 / len(rows)
    body = [_column(row, i * step, step, row.value / most, height) for i, row in enumerate(rows)]
    ends = format_html(
        '<text class="tick" x="0" y="{0}">{1}</text>'
        '<text class="tick" x="100%" y="{0}" text-anchor="end">{2}</text>',
        height + 18, rows[0].label, rows[-1].label,
    )  # fmt: skip
    said = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return _svg("columns", height + 24, title, said, _join(*body, ends))


def _column(row: Bar, left: float, step: float, share: float, height: int) -> SafeString:
    tall = max(round(share * height, 1), 2.0)
    return format_html(
        '<rect class="{}" x="{}%" y="{}" width="{}%" height="{}" rx="2">'
        "<title>{}: {}</title></rect>",
        "bar" if row.value else "rail", round(left + step * 0.1, 2), round(height - tall, 1),
        round(step * 0.8, 2), tall, row.label, row.text,
    )  # fmt: skip


def line_with_band(
    points: Sequence[Interval], *, title: str, lowest: float = 0.5, highest: float = 1.0
) -> SafeString:
    """Estimates over time as a line, their intervals as a band; marked points are filled."""
    if not points:
        return SafeString("")
    lowest = min([lowest, *(p.value if p.low is None else p.low for p in points)])
    xs = [_place(i, 0, len(points) - 1, LEFT, RIGHT) for i in range(len(points))]
    body = [_grid(lowest, highest), _curves(points, xs, lowest, highest)]
    body += [_point(p, x, lowest, highest) for p, x in zip(points, xs, strict=True)]
    body.append(_ends(points[0].label, points[-1].label if len(points) > 1 else ""))
    promoted = _("promoted")
    said = "; ".join(_said(p) + (f", {promoted}" if p.marked else "") for p in points)
    return _svg("lines", PLOT + 40, title, said, _join(*body))


def _ends(first: str, last: str) -> SafeString:
    return format_html(
        '<text class="tick" x="{0}%" y="{2}">{3}</text>'
        '<text class="tick" x="{1}%" y="{2}" text-anchor="end">{4}</text>',
        LEFT, RIGHT, PLOT + 34, first, last,
    )  # fmt: skip


def _height(value: float, low: float, high: float) -> float:
    return round(PAD + PLOT * (1 - _place(value, low, high) / 100), 1)


def _grid(low: float, high: float) -> SafeString:
    tenths = range(math.ceil(round(low * 10, 6)), math.floor(round(high * 10, 6)) + 1)
    steps = [tenth / 10 for tenth in tenths]
    return format_html_join(
        "",
        '<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/>'
        '<text class="tick" x="0" y="{1}">{2}</text>',
        ((y := _height(step, low, high), y - 3, decimal(step, 1)) for step in steps),
    )


def _curves(points: Sequence[Interval], xs: Sequence[float], low: float, high: float) -> SafeString:
    """The band and the line, in a frame of 100 units that is stretched to the width."""
    known = [(x, p) for x, p in zip(xs, points, strict=True) if None not in (p.low, p.high)]
    upper = [(x, _height(p.high or 0.0, low, high)) for x, p in known]
    lower = [(x, _height(p.low or 0.0, low, high)) for x, p in reversed(known)]
    line = [(x, _height(p.value, low, high)) for x, p in zip(xs, points, strict=True)]
    return format_html(
        '<svg x="0" y="0" width="100%" height="{0}" viewBox="0 0 100 {0}" '
        'preserveAspectRatio="none"><polygon class="band" points="{1}"/>'
        '<polyline class="line" points="{2}"/></svg>',
        PLOT + 40, _pairs(upper + lower), _pairs(line),
    )  # fmt: skip


def _pairs(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)


def _point(point: Interval, x: float, low: float, high: float) -> SafeString:
    whisker = SafeString("")
    if point.low is not None and point.high is not None:
        whisker = format_html(
            '<line class="whisker" x1="{0}%" x2="{0}%" y1="{1}" y2="{2}"/>',
            x, _height(point.low, low, high), _height(point.high, low, high),
        )  # fmt: skip
    dot = format_html(
        '<circle class="dot{}" cx="{}%" cy="{}" r="5"><title>{}</title></circle>',
        "" if point.marked else " open", x, _height(point.value, low, high), _said(point),
    )  # fmt: skip
    return _join(whisker, dot)
