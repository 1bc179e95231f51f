"""Several lines in one picture, over numbers that grow by factors. Like `charts`: in words too,
in any width, colours and dashes from classes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from annotation.charts import LEFT, PAD, PLOT, RIGHT, Reference
from annotation.wording import decimal, grouped

_STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_MOST_STEPS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A value for each place on the scale; None leaves a gap. `kind`: the class it is drawn in."""

    name: str
    kind: str
    values: Sequence[float | None]


def log_lines(
    lines: Sequence[Line], places: Sequence[int], *, title: str, reference: Reference | None = None
) -> SafeString:
    """Lines from zero up, over `places` (ascending, above 0) on a logarithmic scale."""
    found = [value for line in lines for value in line.values if value is not None]
    if not found or not places:
        return SafeString("")
    top = max([*found, reference.value if reference else 0])
    xs = [_across(place, places[0], places[-1]) for place in places]
    body = [_grid(top), _scale(xs, places)]
    if reference:
        body.append(_reference(reference, top))
    body.append(_drawn(lines, xs, top))
    body += [_dots(line, xs, places, top) for line in lines]
    said = "; ".join(_said(line, places) for line in lines)
    return format_html(
        '<svg class="chart lines several" role="img" width="100%" height="{}"><title>{}</title>'
        "<desc>{}</desc>{}</svg>",
        PLOT + 44, title, said, format_html_join("", "{}", ((part,) for part in body)),
    )  # fmt: skip


def swatch(kind: str) -> SafeString:
    """The line of a legend."""
    return format_html(
        '<svg class="chart swatch" width="34" height="12" aria-hidden="true">'
        '<line class="line {0}" x1="1" x2="33" y1="6" y2="6"/>'
        '<circle class="dot {0}" cx="17" cy="6" r="4"/></svg>',
        kind,
    )


def _across(place: int, first: int, last: int) -> float:
    share = math.log(place / first) / math.log(last / first) if last > first else 0.5
    return round(LEFT + (RIGHT - LEFT) * share, 2)


def _down(value: float, top: float) -> float:
    return round(PAD + PLOT * (1 - value / top), 1)


def _grid(top: float) -> SafeString:
    step = next((s for s in _STEPS if top / s <= _MOST_STEPS), 1.0)
    places = 3 if step < 0.01 else 2
    values = [step * n for n in range(int(top / step + 1e-9) + 1)]
    return format_html_join(
        "",
        '<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/>'
        '<text class="tick" x="0" y="{1}">{2}</text>',
        ((y := _down(value, top), y - 3, decimal(value, places)) for value in values),
    )


def _scale(xs: Sequence[float], places: Sequence[int]) -> SafeString:
    """The first, the last and a few between are named, or they would not fit on a phone."""
    every = math.ceil(len(places) / 4)
    shown = [
        (x, place) for n, (x, place) in enumerate(zip(xs, places, strict=True)) if not n % every
    ]
    return format_html_join(
        "",
        '<text class="tick" x="{0}%" y="{1}" text-anchor="middle">{2}</text>',
        ((x, PLOT + PAD + 20, grouped(place)) for x, place in shown),
    )


def _reference(reference: Reference, top: float) -> SafeString:
    y = _down(reference.value, top)
    return format_html(
        '<line class="reference" x1="{0}%" x2="100%" y1="{1}" y2="{1}"/>'
        '<text class="tick" x="100%" y="{2}" text-anchor="end">{3}</text>',
        LEFT, y, y - 4, reference.label,
    )  # fmt: skip


def _drawn(lines: Sequence[Line], xs: Sequence[float], top: float) -> SafeString:
    """All lines in a frame of 100 units that is stretched to the width."""
    drawn = format_html_join(
        "",
        '<polyline class="line {}" points="{}"/>',
        ((line.kind, _points(line, xs, top)) for line in lines),
    )
    return format_html(
        '<svg x="0" y="0" width="100%" height="{0}" viewBox="0 0 100 {0}" '
        'preserveAspectRatio="none">{1}</svg>',
        PLOT + 44, drawn,
    )  # fmt: skip


def _points(line: Line, xs: Sequence[float], top: float) -> str:
    known = [(x, v) for x, v in zip(xs, line.values, strict=True) if v is not None]
    return " ".join(f"{x},{_down(value, top)}" for x, value in known)


def _dots(line: Line, xs: Sequence[float], places: Sequence[int], top: float) -> SafeString:
    return format_html_join(
        "",
        '<circle class="dot {}" cx="{}%" cy="{}" r="4"><title>{}, {}: {}</title></circle>',
        (
            (line.kind, x, _down(value, top), line.name, grouped(place), decimal(value, 3))
            for x, place, value in zip(xs, places, line.values, strict=True)
            if value is not None
        ),
    )


def _said(line: Line, places: Sequence[int]) -> str:
    known = [
        f"{grouped(place)}: {decimal(value, 3)}"
        for place, value in zip(places, line.values, strict=True)
        if value is not None
    ]
    return f"{line.name}: {', '.join(known)}"
