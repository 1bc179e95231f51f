"""Charts are pure functions: their marks lie where the numbers say, and their text is escaped."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.charts import (
    Bar,
    Interval,
    Reference,
    columns,
    dot_intervals,
    horizontal_bars,
    line_with_band,
)
from annotation.views.figures import reading

labels = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
shares = st.floats(-1, 1)


@st.composite
def intervals(draw):
    low, value, high = sorted(draw(st.tuples(shares, shares, shares)))
    return Interval(draw(labels), value, low, high, marked=draw(st.booleans()))


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own, a line above


def percents(element: ElementTree.Element, name: str) -> float:
    return float(element.attrib[name].removesuffix("%"))


def assert_accessible(root: ElementTree.Element) -> None:
    assert root.attrib["role"] == "img"
    assert root[0].tag == "title"
    assert root[0].text
    assert root[1].tag == "desc"
    assert not [element for element in root.iter() if "style" in element.attrib]


@given(st.lists(intervals(), min_size=1, max_size=8))
def test_every_dot_lies_within_its_interval_and_within_the_picture(rows) -> None:
    root = parsed(dot_intervals(rows, title="Agreement"))
    assert_accessible(root)
    dots = root.findall(".//circle")
    bands = root.findall(".//line[@class='interval']")
    assert len(dots) == len(bands) == len(rows)
    for dot, band in zip(dots, bands, strict=True):
        x1, x, x2 = percents(band, "x1"), percents(dot, "cx"), percents(band, "x2")
        assert 0 <= x1 <= x <= x2 <= 100


@given(st.lists(intervals(), min_size=1, max_size=20))
def test_a_line_has_a_point_for_each_estimate_from_left_to_right(points) -> None:
    root = parsed(line_with_band(points, title="AUROC"))
    assert_accessible(root)
    xs = [percents(dot, "cx") for dot in root.findall(".//circle")]
    assert len(xs) == len(points)
    assert xs == sorted(xs)
    line = root.find(".//polyline")
    assert line is not None
    assert len(line.attrib["points"].split()) == len(points)


def test_a_higher_estimate_is_drawn_higher_and_a_promoted_one_filled() -> None:
    points = [Interval("Run 1", 0.6, 0.5, 0.7), Interval("Run 2", 0.9, 0.8, 0.95, marked=True)]
    lower, higher = parsed(line_with_band(points, title="AUROC")).findall(".//circle")
    assert float(higher.attrib["cy"]) < float(lower.attrib["cy"])
    assert (
        len(parsed(line_with_band(points, title="AUROC")).findall(".//line[@class='whisker']")) == 2
    )
    assert [lower.attrib["class"], higher.attrib["class"]] == ["dot open", "dot"]


def test_the_longest_bar_takes_the_width_and_the_others_their_share() -> None:
    bars = horizontal_bars([Bar("English", 80, "80"), Bar("German", 20, "20")], title="Labels")
    widths = [percents(bar, "width") for bar in parsed(bars).findall(".//rect[@class='bar']")]
    assert widths == [100, 25]


def test_a_day_without_labels_keeps_its_place() -> None:
    days = [Bar("1 May", 0, "0"), Bar("2 May", 8, "8"), Bar("3 May", 4, "4")]
    drawn = parsed(columns(days, title="By day", height=100)).findall(".//rect")
    assert [float(day.attrib["height"]) for day in drawn] == [2, 100, 50]


def test_nothing_but_zeros_is_drawn_without_a_bar() -> None:
    root = parsed(horizontal_bars([Bar("English", 0, "0")], title="Labels"))
    assert [percents(bar, "width") for bar in root.findall(".//rect[@class='bar']")] == [0]


def test_an_estimate_without_an_interval_is_a_dot_alone() -> None:
    root = parsed(dot_intervals([Interval("α", 0.4)], title="Agreement"))
    assert root.findall(".//line[@class='interval']") == []
    assert "interval" not in (root[1].text or "")


def test_the_scale_reaches_down_to_a_negative_kappa() -> None:
    rows = [Interval("a and b", -0.3, -0.5, 0.1), Interval("a and c", 0.9, 0.8, 1.0)]
    root = parsed(dot_intervals(rows, title="Kappa"))
    first, second = (percents(band, "x1") for band in root.findall(".//line[@class='interval']"))
    assert first < second
    assert first == pytest.approx(3)


def test_references_are_named_on_the_scale() -> None:
    references = [Reference(0.667, "tentative"), Reference(0.8, "reliable")]
    svg = dot_intervals([Interval("α", 0.7)], title="Agreement", references=references)
    lines = parsed(svg).findall(".//line[@class='reference']")
    assert percents(lines[0], "x1") < percents(lines[1], "x1")
    assert "tentative" in svg
    assert "reliable" in svg


def test_the_description_says_the_numbers_in_words() -> None:
    root = parsed(line_with_band([Interval("Run 7", 0.87, 0.8, 0.93, marked=True)], title="AUROC"))
    assert root[1].text == "Run 7: 0.87 (interval 0.80 to 0.93), promoted"


def test_markup_in_a_label_is_escaped() -> None:
    hostile = "<script>alert(1)</script>&\"'"
    for svg in (
        dot_intervals([Interval(hostile, 0.5, 0.4, 0.6)], title=hostile),
        line_with_band([Interval(hostile, 0.5, 0.4, 0.6)], title=hostile),
        horizontal_bars([Bar(hostile, 1, hostile)], title=hostile),
        columns([Bar(hostile, 1, hostile)], title=hostile),
    ):
        assert "<script>" not in svg
        assert parsed(svg)[0].text == hostile


@pytest.mark.parametrize("chart", [dot_intervals, line_with_band, horizontal_bars, columns])
def test_without_data_nothing_is_drawn(chart) -> None:
    assert chart([], title="Nothing") == ""


@pytest.mark.parametrize(
    ("value", "low", "words"),
    [
        (0.85, 0.81, "reliable by the customary bound of 0.80"),
        (0.85, 0.7, "reliable by the customary bound of 0.80, though the interval reaches below"),
        (0.7, 0.68, "acceptable for tentative conclusions"),
        (0.7, 0.5, "acceptable for tentative conclusions, though the interval reaches below"),
        (0.6, 0.5, "too low yet to draw conclusions from"),
        (1.0, None, "no conclusions yet: there are too few pairs for an interval"),
        (None, None, ""),
    ],
)
def test_an_alpha_is_read_by_the_customary_bounds(value, low, words: str) -> None:
    said = reading({"value": value, "low": low, "high": 0.9})
    assert said.startswith(words)
    assert ("though" in said) == ("though" in words)
