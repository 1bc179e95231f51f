"""Cleaning as the study's authors did it, which published models are read with."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.study_cleaning import (
    _ADDRESS,
    _LINK,
    _NEWS_TAG,
    _without_tags,
    cleaned_as_in_the_study,
)

# What the authors' expressions say, each in its plainest form.
IN_ADDRESSES = r"a-zA-Z0-9./?:@\-_=#"
ADDRESS = rf"((http|https)://)?[{IN_ADDRESSES}]+\.([a-zA-Z]){{2,6}}([{IN_ADDRESSES}&])*"
NEWS_TAG, LINK = r"(<[A-Z].+?>)|(</[A-Z].+?>)", r"(<a.+?>)|(</a>)|(<ref.+?>)"
NOISY = st.text(st.sampled_from("ab1A.:/?@-_=#&<>é ref"), max_size=40)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("see https://x.org/a?b=1&c#d now", "see now"),
        ("the end.Start again", "the again"),
        # What names an entity goes, its ampersand stays.
        ("&amp;amp; &quot;live&quot; it&#39;s &lt;", "& &'live&' it&'s <"),
        ("wow!!! what??? so...", "wow! what? so …"),
        ("one\r\n\r\n2\t3", "one.2.3"),
        ("one\ntwo", ""),  # which an address is then
        ("hello @some_user, me@here", "hello, me@here"),
        ("very very very good good", "very good"),
        ("“plain” ‘quotes’ – dash", "\"plain\" 'quotes' - dash"),
        ("<Big>one</Big> <a href='x'>link</a> <b>stays</b>", "one link <b>stays</b>"),
        ("C++ and a\u200bb", "C+ and ab"),
        ("https://only.an/address", ""),
        ("", ""),
    ],
)
def test_texts_are_cleaned_by_the_authors_rules(text, cleaned):
    assert cleaned_as_in_the_study(text) == cleaned


@given(NOISY)
def test_addresses_and_tags_are_those_of_the_authors_expressions(text):
    assert _ADDRESS.sub("*", text) == re.sub(ADDRESS, "*", text)
    assert _without_tags(_NEWS_TAG, text) == re.sub(NEWS_TAG, "", text)
    assert _without_tags(_LINK, text) == re.sub(LINK, "", text)


@given(st.text(max_size=60))
def test_cleaning_as_the_authors_do_never_fails(text):
    cleaned = cleaned_as_in_the_study(text)
    assert cleaned == " ".join(cleaned.split())


@pytest.mark.parametrize("part", ["a", "a.", "<a", "<A", "@", "@a ", "&amp;", "word ", "-", ".a"])
def test_a_long_text_of_one_thing_takes_time_in_proportion(part):
    began = time.process_time()
    cleaned_as_in_the_study(part * (50_000 // len(part)))
    # Seconds in proportion are hundredths; where every character was tried they were minutes.
    assert time.process_time() - began < 5
