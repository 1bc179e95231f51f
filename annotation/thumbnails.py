"""Thumbnails drawn from a title: quiet, deterministic SVG, for videos that carry no picture."""

import hashlib
import unicodedata
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT = 320, 180
MARGIN = 16
MAX_LINES = 3
FONT_SIZES = (26, 23, 20, 18)
FONT_FAMILY = (
    "Inter, 'Noto Sans', 'Noto Sans Arabic', 'Noto Sans Devanagari', 'Noto Sans CJK JP', "
    "'Hiragino Sans', 'Yu Gothic', system-ui, sans-serif"
)
ELLIPSIS = "…"
# Variation selector 16 and the keycap: they only turn the sign before them into an emoji.
EMOJI_JOINERS = "\ufe0f\u20e3"
# Japanese typesetting (kinsoku): these never begin a line.
NO_LINE_START = "、。，．・：；？！」』）】〉》〕ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ!?)],.:;%"
# ... and these never end one.
NO_LINE_END = "「『（【〈《〔(["


class Palette(NamedTuple):
    ground: str
    shape: str
    accent: str
    ink: str


PALETTES = (
    Palette("#27413c", "#345a52", "#e8b44f", "#f6f3ea"),
    Palette("#3b3454", "#4d4570", "#d79fb0", "#f5f2fa"),
    Palette("#1f3a4d", "#2c5068", "#e0a458", "#f0f5f8"),
    Palette("#4a2f2f", "#644040", "#e3b78f", "#faf3ee"),
    Palette("#34402a", "#48593a", "#d9c56b", "#f5f6ec"),
    Palette("#2d3340", "#3f4858", "#8fb8c9", "#f2f4f7"),
    Palette("#efe7da", "#e2d5c1", "#b5643c", "#2e2722"),
    Palette("#e3ebe6", "#cfddd5", "#3f7a66", "#1f2b27"),
    Palette("#e6e6f0", "#d3d4e6", "#6a5f9c", "#26243a"),
    Palette("#f0e3e1", "#e4cfcc", "#a14a55", "#33211f"),
)


def draw_thumbnail(title: str, *, key: str) -> str:
    """Draw `title` on a 320x180 (16:9) card and return it as a standalone SVG document.

    The palette and the shapes follow from `key` alone (a video's id), so that one video looks the
    same everywhere; equal arguments give equal bytes. The result carries no script, no style sheet
    and no reference to anything outside itself. After three lines an ellipsis cuts the title.
    """
    digest = hashlib.sha256(key.encode()).digest()
    palette = PALETTES[digest[0] % len(PALETTES)]
    text = clean_title(title)
    size, lines = fit_lines(text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label={quoteattr(text)}>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette.ground}"/>'
        f"{draw_shapes(digest, palette)}{draw_text(lines, size, palette)}</svg>"
    )


def clean_title(title: str) -> str:
    """Make one line of `title`, without what XML 1.0 forbids or few fonts can draw (emoji)."""
    return " ".join("".join(" " if is_undrawable(c) else c for c in title).split())


def is_undrawable(character: str) -> bool:
    category = unicodedata.category(character)
    # Below U+2190 the "other symbols" are those that every font has: the degree sign, ©, ™.
    if category == "So" and character >= "\u2190":
        return True
    return category in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} or character in EMOJI_JOINERS


def draw_shapes(digest: bytes, palette: Palette) -> str:
    """Three shapes; the accent stays above y = 60, where three of the largest lines begin."""
    motifs = (draw_sun_and_hills, draw_discs, draw_bars, draw_arches)
    return motifs[digest[1] % len(motifs)](digest, palette)


def draw_sun_and_hills(digest: bytes, palette: Palette) -> str:
    x, y, r = 200 + digest[2] % 80, 32 + digest[3] % 8, 13 + digest[4] % 7
    left, right = 30 + digest[5] % 80, 160 + digest[6] % 90
    return (
        f'<circle cx="{x}" cy="{y}" r="{r}" fill="{palette.accent}"/>'
        f'<path d="M0 180V120L{left} 56L{right} 180Z" fill="{palette.shape}"/>'
        f'<path d="M{left} 180L{right} 78L320 132V180Z" fill="{palette.shape}"/>'
    )


def draw_discs(digest: bytes, palette: Palette) -> str:
    x, y, r = 220 + digest[2] % 60, 20 + digest[3] % 60, 62 + digest[4] % 30
    return (
        f'<circle cx="{x}" cy="{y}" r="{r}" fill="{palette.shape}"/>'
        f'<circle cx="{x - r}" cy="{30 + digest[5] % 10}" r="{11 + digest[6] % 8}" '
        f'fill="{palette.accent}"/>'
    )


def draw_bars(digest: bytes, palette: Palette) -> str:
    widths = (90 + digest[2] % 120, 60 + digest[3] % 140, 30 + digest[4] % 60)
    fills = (palette.shape, palette.shape, palette.accent)
    return "".join(
        f'<rect x="{WIDTH - MARGIN - width}" y="{14 + i * 16}" width="{width}" height="9" '
        f'rx="4.5" fill="{fill}"/>'
        for i, (width, fill) in enumerate(zip(widths, fills, strict=True))
    )


def draw_arches(digest: bytes, palette: Palette) -> str:
    x, r = 210 + digest[2] % 50, 50 + digest[3] % 22
    inner = 22 + digest[4] % 10
    return (
        f'<path d="M{x - r} 180V{r + 10}a{r} {r} 0 0 1 {2 * r} 0V180Z" fill="{palette.shape}"/>'
        f'<path d="M{x - inner} 58a{inner} {inner} 0 0 1 {2 * inner} 0Z" '
        f'fill="{palette.accent}"/>'
    )


def draw_text(lines: list[str], size: int, palette: Palette) -> str:
    direction = text_direction(" ".join(lines))
    # text-anchor="start" is the right-hand edge when the direction is rtl.
    x = WIDTH - MARGIN if direction == "rtl" else MARGIN
    leading = round(size * 1.28)
    first = HEIGHT - MARGIN - 4 - leading * (len(lines) - 1)
    spans = "".join(
        f'<tspan x="{x}" y="{first + i * leading}">{escape(line)}</tspan>'
        for i, line in enumerate(lines)
    )
    return (
        f'<text direction="{direction}" text-anchor="start" font-family="{FONT_FAMILY}" '
        f'font-size="{size}" font-weight="650" fill="{palette.ink}">{spans}</text>'
    )


def text_direction(text: str) -> str:
    """The direction of the first strong character (Unicode bidi rule P2); ltr without one."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in {"R", "AL"}:
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def fit_lines(text: str) -> tuple[int, list[str]]:
    """The largest font size (user units) at which `text` takes three lines at most; its lines."""
    for size in FONT_SIZES:
        width = (WIDTH - 2 * MARGIN) / size
        lines = wrap(text, width)
        if len(lines) <= MAX_LINES:
            return size, balance(text, lines, width)
    return size, cut(lines, width)


def balance(text: str, lines: list[str], width: float) -> list[str]:
    """Wrap `text` as narrowly as its number of lines allows, so that no last word stands alone."""
    while (width := width - 0.5) > 0:
        narrower = wrap(text, width)
        if len(narrower) > len(lines) or any(text_width(line) > width for line in narrower):
            break
        lines = narrower
    return lines


def cut(lines: list[str], width: float) -> list[str]:
    kept = lines[:MAX_LINES]
    last = kept[-1]
    while last and text_width(last + ELLIPSIS) > width:
        last = last[:-1]
    return [*kept[:-1], last.rstrip(" ,;:–-" + NO_LINE_END) + ELLIPSIS]


def wrap(text: str, width: float) -> list[str]:
    """Break `text` greedily into lines of `width` em: between words, or between CJK signs."""
    lines: list[str] = []
    line = ""
    for piece in pieces(text, width):
        if line and text_width(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def pieces(text: str, width: float) -> list[str]:
    """The unbreakable parts of `text`, each with the space that follows it."""
    parts: list[str] = []
    for character in text:
        if parts and not may_break(parts[-1], character, width):
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def may_break(before: str, after: str, width: float) -> bool:
    if after.isspace() or unicodedata.combining(after) or unicodedata.category(after) == "Mc":
        return False
    last = before[-1]
    if last.isspace():
        # French sets a space inside its quotation marks and before its double punctuation.
        return after not in ":;!?»" and not before.endswith("« ")
    if is_katakana(last) and is_katakana(after):
        return text_width(before + after) > width
    if is_wide(last) or is_wide(after):
        return after not in NO_LINE_START and last not in NO_LINE_END
    return text_width(before + after) > width


def is_katakana(character: str) -> bool:
    return "\u30a0" <= character <= "\u30ff"


def is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}


def text_width(text: str) -> float:
    """Estimated width in em, a little generous: no font metrics are at hand on the server."""
    return sum(character_width(c) for c in text)


def character_width(character: str) -> float:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0.0
    if is_wide(character):
        return 1.0
    if character in " .,:;!|'’ilIjtfr()[]":
        return 0.36
    if character in "mwMW@%—…":
        return 0.95
    return 0.72 if character.isupper() else 0.59
