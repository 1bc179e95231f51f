"""Optional cleaning: addresses, emoji, HTML, control characters, runs of punctuation.

The model card, section "Training procedure": such cleaning "seemed to improve the model accuracy"
but cost time. The authors' own (`modeling.study_cleaning`) also takes words that it holds for
addresses or tags, and a plus of "C++"; this one takes only what certainly is noise, and leaves the
characters of all scripts alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from html.entities import html5

from modeling.schema import PairExample, VideoText


def _class(*ranges: tuple[int, int], category: str = "") -> str:
    """The inside of a character class: code points from, to; only those of `category`."""
    codes = (code for first, last in ranges for code in range(first, last + 1))
    chosen = (c for c in codes if not category or unicodedata.category(chr(c)) == category)
    return "".join(f"\\U{code:08x}" for code in chosen)


# Nothing to see: controls, directions, soft hyphens, tags, private use, halves of surrogate pairs.
# Joiners (U+200C, U+200D) are not among them: Persian and Hindi words are written with them.
_INVISIBLE = re.compile(
    "[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\\xad\\u061c\\u180e\\u200b\\u200e\\u200f"
    "\\u202a-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffc\\ufdd0-\\ufdef\\ufffe\\uffff"
    "\\ud800-\\udfff\\ue000-\\uf8ff\\U000e0000-\\U000e007f\\U000f0000-\\U0010ffff]+"
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,31});\Z")
_LONGEST_ENTITY = 34
_TAG = re.compile(
    "<!--[^<>]*-->|<!doctype[^<>]*>|</?(?:a|abbr|b|bdi|bdo|big|blockquote|br|button|center|cite|code"
    "|dd|del|details|dfn|div|dl|dt|em|embed|figcaption|figure|font|footer|form|h[1-6]|head|header"
    "|hr|html|i|iframe|img|input|ins|kbd|label|li|link|mark|meta|nav|ol|p|pre|q|rp|rt|ruby|s|samp"
    "|script|small|span|strike|strong|style|sub|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|wbr)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
# A bare host is an address only under a domain that is no word; under the others it needs a path.
_PATH = r"[/?#][A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*"
_START = r"(?<![A-Za-z0-9@._\-])"
_HOST = rf"{_START}(?:[A-Za-z0-9\-]{{1,63}}\.){{1,8}}"
_URL = re.compile(
    rf"(?:(?i:https?|ftp)://|{_START}(?i:www)\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*"
    rf"|{_HOST}(?:com|org|net|edu|gov|info|io|co|tv|ly|gg|gl|gd|uk|xyz|app|dev)"
    rf"(?![A-Za-z0-9\-@]|\.[A-Za-z0-9])(?::[0-9]+)?(?:{_PATH})?"
    rf"|{_HOST}(?:ar|at|au|be|br|ca|cc|ch|club|cn|cz|de|dk|es|eu|fi|fm|fr|gr|id|in|is|it|jp|kr"
    rf"|link|live|me|mx|my|nl|no|nz|online|page|pl|pt|ru|se|sh|shop|site|store|tk|to|tr|ua|us|vn)"
    rf"(?::[0-9]+)?(?=/[A-Za-z0-9@_\-]){_PATH}",
)
_URL_END = ".,;:!?'\")]"
# Emoji wherever they stand (Unicode, emoji-data: Emoji_Presentation and the pictures about them).
_PICTURES = _class((0x2600, 0x266C), (0x2670, 0x27BF), category="So") + (
    "\\u231a\\u231b\\u2328\\u23cf\\u23e9-\\u23fa\\u25fd\\u25fe\\u2795-\\u2797\\u2b05-\\u2b07\\u2b1b"
    "\\u2b1c\\u2b50\\u2b55\\U0001f004\\U0001f0cf\\U0001f170\\U0001f171\\U0001f17e\\U0001f17f"
    "\\U0001f18e\\U0001f191-\\U0001f19a\\U0001f1e6-\\U0001f1ff\\U0001f201\\U0001f202\\U0001f21a"
    "\\U0001f22f\\U0001f232-\\U0001f23a\\U0001f250\\U0001f251\\U0001f300-\\U0001f64f"
    "\\U0001f680-\\U0001f6ff\\U0001f7e0-\\U0001f7ff\\U0001f900-\\U0001f9ff\\U0001fa70-\\U0001faff"
)
# Emoji only where a variation selector, or a joiner after an emoji, makes them so.
_SIGNS = (
    "\\xa9\\xae\\u203c\\u2049\\u2122\\u2139\\u2194-\\u2199\\u21a9\\u21aa\\u24c2\\u25aa\\u25ab\\u25b6"
    "\\u25c0\\u25fb\\u25fc\\u2934\\u2935\\u3030\\u303d\\u3297\\u3299"
)
_EMOJI = re.compile(
    f"(?:[{_PICTURES}]|[{_SIGNS}]\\ufe0f|[0-9#*]\\ufe0f?\\u20e3)"
    f"(?:[\\ufe0e\\ufe0f\\u20e3]|\\u200d[{_PICTURES}{_SIGNS}]?)*"
)
_PICTURE, _SIGN = re.compile(f"[{_PICTURES}]"), re.compile(f"[{_SIGNS}]")
_SELECTORS, _LEFT_OF_EMOJI = re.compile("[\ufe0e\ufe0f]+"), re.compile("[\ufe0e\ufe0f\u20e3]+")
_RUN = re.compile(r"([!?.,…！？。、・])\1+|([^\w\s])\2{2,}|(_)_{2,}")
_JOINERS = re.compile("[\\u200c\\u200d]+")
_SPACE = re.compile(r"\s+")
_READ = 50_000  # characters of a text, far more than any encoder reads of it


def without_noise(text: str | None) -> str:
    """`text` cleaned until nothing changes any more; maybe empty, never longer, never an error."""
    cleaned = text or ""
    while (again := _pass(cleaned)) != cleaned:
        cleaned = again
    return cleaned


def pair_without_noise(
    pair: PairExample, cleaned: Callable[[str], str] = without_noise
) -> PairExample:
    """The pair with all its texts `cleaned`; a text that was nothing but noise is a missing one."""

    def video(texts: VideoText) -> VideoText:
        return replace(
            texts,
            title=cleaned(texts.title[:_READ]),
            description=cleaned(texts.description[:_READ]),
            transcript=cleaned((texts.transcript or "")[:_READ]) or None,
        )

    return replace(pair, left=video(pair.left), right=video(pair.right))


def _pass(text: str) -> str:
    text = _SELECTORS.sub(_selector, _INVISIBLE.sub("", text))
    text = _TAG.sub(" ", _without_entities(text))
    text = _EMOJI.sub(" ", _URL.sub(_after_url, text))
    text = _RUN.sub(_once, _LEFT_OF_EMOJI.sub(" ", text))
    return _SPACE.sub(" ", _JOINERS.sub(_joiner, text)).strip()


def _without_entities(text: str) -> str:
    """Each entity as its character, also where one was written inside another."""
    if "&" not in text:
        return text
    head, *rest = text.split(";")
    kept = list(head)
    for segment in rest:
        kept.append(";")
        while kept[-1:] == [";"] and (entity := _ENTITY.search("".join(kept[-_LONGEST_ENTITY:]))):
            name = entity[0]
            if name[1] != "#" and name[1:] not in html5:
                break
            del kept[-len(name) :]
            kept.extend(_INVISIBLE.sub("", unescape(name)))
        kept.extend(segment)
    return "".join(kept)


def _selector(found: re.Match[str]) -> str:
    """Kept, once, where it may belong to an emoji."""
    text, start, end = found.string, found.start(), found.end()
    before, kind = text[max(start - 1, 0) : start], found[0][0]
    if before in set("0123456789#*"):
        return kind if text[end : end + 1] == "\u20e3" else ""
    emoji = _PICTURE.match(before) or (kind == "\ufe0f" and _SIGN.match(before))
    return kind if emoji else ""


def _after_url(found: re.Match[str]) -> str:
    """What follows a sentence that ends with an address is no part of it."""
    end = found[0][len(found[0].rstrip(_URL_END)) :]
    return f" {end}"


def _once(found: re.Match[str]) -> str:
    return found[1] or found[2] or found[3]


def _joiner(found: re.Match[str]) -> str:
    """Kept, once, after a letter or a mark of one; elsewhere nothing is joined."""
    before = found.string[found.start() - 1 : found.start()]
    return found[0][0] if before and unicodedata.category(before)[0] in "LM" else " "
