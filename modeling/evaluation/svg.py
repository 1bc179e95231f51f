"""Charts as self-contained SVG: axes, lines, points, bars and a legend, readable without colour."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

# Okabe & Ito (2008): told apart with every kind of colour vision; each has a dash of its own too.
COLOURS = ("#0072B2", "#D55E00", "#009E73")
DASHES = ("none", "7 3", "2 3")
WIDTH, HEIGHT, _ROW = 480, 400, 19
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 16, 16, 54
_INK, _FAINT, _GREY = "#222222", "#e3e3e3", "#767676"
_STYLE = "font-family:Helvetica,Arial,'Liberation Sans',sans-serif;font-size:13px"


class Chart:
    """x runs from 0 to 1, y from 0 to `top` with a rule every `step`; what is drawn later lies
    above what was drawn before."""

    def __init__(self, *, x_label: str, y_label: str, top: float = 1.0, step: float = 0.2) -> None:
        self._top = top
        self._marks: list[str] = []
        self._legend: list[tuple[str, str]] = []
        self._axes(x_label, y_label, step)

    def line(self, x: Sequence[float], y: Sequence[float], number: int, label: str = "") -> None:
        """Series `number`, which has its colour and dash."""
        points = [f"{self._x(a):.1f} {self._y(b):.1f}" for a, b in zip(x, y, strict=True)]
        path = "M" + "L".join(points)
        stroke = (
            f'fill="none" stroke="{COLOURS[number]}" stroke-width="2" '
            f'stroke-dasharray="{DASHES[number]}" stroke-linejoin="round"'
        )
        self._marks.append(f'<path d="{path}" {stroke}/>')
        if label:
            self._legend.append((f'<path d="M0 0H26" {stroke}/>', label))

    def reference(self, x: tuple[float, float], y: tuple[float, float], label: str = "") -> None:
        """A thin grey line, such as that of chance."""
        x1, x2, y1, y2 = self._x(x[0]), self._x(x[1]), self._y(y[0]), self._y(y[1])
        self._marks.append(
            f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{_GREY}" '
            'stroke-dasharray="4 4"/>'
        )
        if label:
            self._legend.append((f'<path d="M0 0H26" stroke="{_GREY}" stroke-dasharray="4 4"/>',
                                 label))  # fmt: skip

    def bars(
        self, lower: Sequence[float], upper: Sequence[float], heights: Sequence[float], fill: str,
        label: str = "",
    ) -> None:  # fmt: skip
        """Bars from 0 up; `fill` is a colour."""
        for left, right, height in zip(lower, upper, heights, strict=True):
            if height:
                x, y = self._x(left), self._y(height)
                self._marks.append(
                    f'<rect x="{x + 0.5:.1f}" y="{y:.1f}" width="{self._x(right) - x - 1:.1f}" '
                    f'height="{self._y(0) - y:.1f}" fill="{fill}" fill-opacity="0.35"/>'
                )
        if label:
            swatch = f'<rect y="-6" width="26" height="11" fill="{fill}" fill-opacity="0.35"/>'
            self._legend.append((swatch, label))

    def point(
        self, x: float, y: float, number: int, label: str = "", *, hollow: bool = False
    ) -> None:
        """A dot in the colour of series `number`."""
        look = f'r="4.5" stroke="{COLOURS[number]}" stroke-width="2" ' + (
            'fill="#ffffff"' if hollow else f'fill="{COLOURS[number]}"'
        )
        self._marks.append(f'<circle cx="{self._x(x):.1f}" cy="{self._y(y):.1f}" {look}/>')
        if label:
            self._legend.append((f'<circle cx="13" cy="0" {look}/>', label))

    def whisker(self, x: float, low: float, high: float, number: int) -> None:
        """A vertical interval."""
        self._marks.append(
            f'<path d="M{self._x(x):.1f} {self._y(low):.1f}V{self._y(high):.1f}" '
            f'stroke="{COLOURS[number]}" stroke-width="1.5"/>'
        )

    def render(self, title: str, description: str) -> str:
        """The file; the legend stands above the plot, where it covers nothing."""
        keys = "".join(
            f'<g transform="translate({_LEFT},{20 + _ROW * row})">{key}'
            f'<text x="34" y="4.5" fill="{_INK}">{escape(label)}</text></g>'
            for row, (key, label) in enumerate(self._legend)
        )
        legend_height, name = 8 + _ROW * len(self._legend), "-".join(title.lower().split())
        height = HEIGHT + legend_height
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img" '
            f'aria-labelledby="{name} {name}-text" style="{_STYLE}">\n'
            f'<title id="{name}">{escape(title)}</title>\n'
            f'<desc id="{name}-text">{escape(description)}</desc>\n'
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n{keys}\n'
            f'<g transform="translate(0,{legend_height})">\n'
            + "\n".join(self._marks)
            + "\n</g>\n</svg>\n"
        )

    @property
    def _inner(self) -> tuple[int, int]:
        return WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def _x(self, value: float) -> float:
        return _LEFT + value * self._inner[0]

    def _y(self, value: float) -> float:
        return _TOP + (1 - value / self._top) * self._inner[1]

    def _axes(self, x_label: str, y_label: str, step: float) -> None:
        bottom, right = self._y(0), self._x(1)
        for i in range(6):
            x = self._x(i / 5)
            self._rule(f"M{x:.1f} {bottom:.1f}V{_TOP}", _FAINT)
            self._text(x, bottom + 19, f"{i / 5:.1f}", "middle")
        for i in range(round(self._top / step) + 1):
            y, value = self._y(i * step), i * step
            self._rule(f"M{_LEFT} {y:.1f}H{right:.1f}", _FAINT)
            self._text(_LEFT - 8, y + 4.5, f"{value:.1f}" if step < 1 else f"{value:,.0f}", "end")
        self._rule(f"M{_LEFT} {_TOP}V{bottom:.1f}H{right:.1f}", _INK)
        self._text(self._x(0.5), HEIGHT - 12, x_label, "middle")
        middle = _TOP + self._inner[1] / 2
        self._marks.append(
            f'<text transform="translate(16,{middle:.1f}) rotate(-90)" text-anchor="middle" '
            f'fill="{_INK}">{escape(y_label)}</text>'
        )

    def _rule(self, path: str, colour: str) -> None:
        self._marks.append(f'<path d="{path}" fill="none" stroke="{colour}"/>')

    def _text(self, x: float, y: float, text: str, anchor: str) -> None:
        self._marks.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_INK}">{escape(text)}'
            "</text>"
        )
