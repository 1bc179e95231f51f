import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.thumbnails import (
    FONT_SIZES,
    MARGIN,
    MAX_LINES,
    PALETTES,
    WIDTH,
    draw_thumbnail,
    text_width,
)

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED_ELEMENTS = {SVG + name for name in ("svg", "rect", "circle", "path", "text", "tspan")}


def parse(title: str, key: str = "sample:one") -> ET.Element:
    return ET.fromstring(draw_thumbnail(title, key=key))  # noqa: S314


def text_of(root: ET.Element) -> ET.Element:
    text = root.find(f"{SVG}text")
    assert text is not None
    return text


def lines_of(root: ET.Element) -> list[str]:
    return [span.text or "" for span in root.iter(f"{SVG}tspan")]


def relative_luminance(colour: str) -> float:
    """WCAG 2.2, 'relative luminance', of #rrggbb."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((relative_luminance(one), relative_luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_a_thumbnail_is_a_16_by_9_svg_that_carries_its_title() -> None:
    root = parse("Mrs Penhale's wobbly chair")
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == "0 0 320 180"
    assert root.get("aria-label") == "Mrs Penhale's wobbly chair"
    assert " ".join(lines_of(root)) == "Mrs Penhale's wobbly chair"


def test_a_script_in_the_title_stays_text() -> None:
    title = "<script>alert(1)</script> \"&\" 'x' ]]>"
    drawn = draw_thumbnail(title, key="k")
    assert "<script" not in drawn
    root = parse(title)
    assert root.get("aria-label") == title
    assert {element.tag for element in root.iter()} <= ALLOWED_ELEMENTS


@given(title=st.text(max_size=200), key=st.text(st.characters(codec="utf-8"), max_size=20))
def test_any_title_gives_well_formed_xml_of_at_most_three_lines(title: str, key: str) -> None:
    root = parse(title, key)
    assert {element.tag for element in root.iter()} <= ALLOWED_ELEMENTS
    assert len(lines_of(root)) <= MAX_LINES


def test_the_same_title_and_key_always_give_the_same_drawing() -> None:
    assert draw_thumbnail("A comet", key="a") == draw_thumbnail("A comet", key="a")


def test_different_keys_give_different_drawings() -> None:
    drawings = {draw_thumbnail("A comet", key=f"video-{i}") for i in range(50)}
    assert len(drawings) > 45


@pytest.mark.parametrize(
    "title",
    [
        "word " * 60,
        "unbreakable" * 30,
        "彗星を見つける方法" * 20,
        "मध्यप्रदेश" * 20,
        "ركلة جزاء " * 30,
    ],
)
def test_a_long_title_is_cut_after_three_lines_that_fit(title: str) -> None:
    root = parse(title)
    lines = lines_of(root)
    size = int(text_of(root).get("font-size", "0"))
    assert len(lines) == MAX_LINES
    assert lines[-1].endswith("…")
    assert size == FONT_SIZES[-1]
    assert all(text_width(line) * size <= WIDTH - 2 * MARGIN for line in lines)


def test_no_text_is_lost_when_a_title_fits() -> None:
    title = "「九時のフェリー」をリコーダー五本で吹いてみた"
    assert "".join(lines_of(parse(title))) == title


def test_japanese_breaks_neither_before_a_closing_sign_nor_inside_a_katakana_word() -> None:
    lines = lines_of(parse("少年サッカーのコーチが「怒鳴らない」と決めた一年"))
    assert len(lines) > 1
    assert all(line[0] not in "」、。ー" for line in lines)
    assert any("コーチ" in line for line in lines)


def test_french_punctuation_stays_on_its_line() -> None:
    lines = lines_of(parse("Budget participatif : l'histoire du banc à 14 000 euros"))
    assert lines[0].endswith("participatif :")


def test_arabic_is_set_from_right_to_left_and_starts_at_the_right_edge() -> None:
    text = text_of(parse("ركلة جزاء ميرالوز"))
    assert text.get("direction") == "rtl"
    assert {span.get("x") for span in text} == {str(WIDTH - MARGIN)}


def test_a_title_that_begins_in_latin_is_set_from_left_to_right() -> None:
    assert text_of(parse("2: Arrel مذنّب")).get("direction") == "ltr"


def test_emoji_are_left_out_because_few_servers_fonts_have_them() -> None:
    assert " ".join(lines_of(parse("Comet night ☄️🌌 at 4°C"))) == "Comet night at 4°C"


def test_an_empty_title_still_gives_a_picture() -> None:
    root = parse("")
    assert lines_of(root) == []
    assert root.find(f"{SVG}rect") is not None


def test_nothing_points_outside_the_drawing() -> None:
    drawn = draw_thumbnail("A title https://example.org/x", key="k")
    assert "href" not in drawn
    assert "url(" not in drawn
    assert "style" not in drawn


@pytest.mark.parametrize("palette", PALETTES)
def test_text_is_legible_on_the_ground_and_on_the_shapes(palette: tuple[str, ...]) -> None:
    ground, shape, _, ink = palette
    assert contrast(ink, ground) >= 7
    assert contrast(ink, shape) >= 4.5
