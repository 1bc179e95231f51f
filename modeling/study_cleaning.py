"""Cleaning as the study's authors did it, for the models that they published.

Source: their code, `text_cleaning.py` of the study's repository, rewritten to take time in
proportion to the text. It also takes user names, sentence ends without a space ("end.Start") and a
plus of "C++"; `modeling.noise` is what models of ours are trained on. On a text that it empties the
authors' raises an error: here such a text is a missing one.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from itertools import groupby
from string import punctuation

# In this order: an entity may be written with another.
_HTML = (
    ("#39;", "'"), ("amp;", "&"), ("#146;", "'"), ("nbsp;", " "), ("#36;", "$"), ("\\n", "\n"),
    ("quot;", "'"), ("<br />", "\n"), ('\\"', '"'), ("<unk>", " "), (" @.@ ", "."),
    (" @-@ ", "-"), ("...", " …"),
)  # fmt: skip
_BREAKS = re.compile(r"[\r\n\t]+")
_PLAIN = str.maketrans("‘’´“”–", "'''\"\"-")
_NEWS_TAG, _LINK = re.compile(r"</?[A-Z].[^>]*>"), re.compile(r"<a.[^>]*>|</a>|<ref.[^>]*>")
# From the start of a run of such characters, or every character of a long one would be tried.
_ADDRESS = re.compile(
    r"(?<![a-zA-Z0-9./?:@\-_=#])[a-zA-Z0-9./?:@\-_=#]+?\.[a-zA-Z]{2}[a-zA-Z0-9.&/?:@\-_=#]*"
)
_USER = re.compile(r"(?:^|[^@\w])@\w{1,15}\b")
_REPEATED_WORD = re.compile(r"\b(\w+)(?: \1\b)+")
_PUNCTUATION = frozenset(punctuation)


def cleaned_as_in_the_study(text: str) -> str:
    """`text` without addresses, tags, user names, control characters and repetitions; maybe empty.
    To clean what was cleaned may change it again."""
    for written, meant in _HTML:
        text = text.replace(written, meant)
    text = _BREAKS.sub(".", unescape(text))
    text = "".join(c for c in text if unicodedata.category(c)[0] != "C").translate(_PLAIN)
    text = _ADDRESS.sub("", _without_tags(_LINK, _without_tags(_NEWS_TAG, text)))
    text = _REPEATED_WORD.sub(r"\1", _without_users(text))
    runs = ((c, len(list(run))) for c, run in groupby(text))
    return " ".join("".join(c if c in _PUNCTUATION else c * n for c, n in runs).split())


def _without_tags(tag: re.Pattern[str], text: str) -> str:
    """A tag that nothing closes is none: after the last ">" there is nothing to look for."""
    head, closing, tail = text.rpartition(">")
    return tag.sub("", head + closing) + tail


def _without_users(text: str) -> str:
    """As often as there are signs for one, as long as anything goes."""
    for _ in range(text.count("@")):
        shorter = _USER.sub("", text.replace("@<user>", ""))
        if shorter == text:
            break
        text = shorter
    return text
