"""Which topics a text touches: whole words and phrases, in any language."""

import unicodedata
from collections.abc import Iterable, Mapping

# Where words are not set apart by spaces, a phrase counts wherever it stands.
UNSPACED = (
    ("\u0e00", "\u0eff"),  # Thai, Lao
    ("\u1000", "\u109f"),  # Burmese
    ("\u1780", "\u17ff"),  # Khmer
    ("\u3040", "\u30ff"),  # kana
    ("\u3400", "\u9fff"),  # Han
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)


def plain(text: str) -> str:
    """`text` as it is compared: without capitals, one form of each sign, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def phrases_of(text: str) -> list[str]:
    """One phrase a line, as they are compared, each once."""
    return list(dict.fromkeys(filter(None, map(plain, text.splitlines()))))


class TopicWords:
    """Finds topics by their phrases; made once for many texts."""

    def __init__(self, topics: Mapping[int, Iterable[str]]) -> None:
        """`topics`: phrases, as they are compared, by the topic's mask."""
        self._masks: dict[str, int] = {}
        for mask, phrases in topics.items():
            for phrase in phrases:
                self._masks[phrase] = self._masks.get(phrase, 0) | mask

    def topics_in(self, *texts: str) -> int:
        """The masks of all topics with a phrase in one of the texts, as one number."""
        found = 0
        for text in texts:
            compared = plain(text)
            for phrase, mask in self._masks.items():
                if mask & ~found and has_phrase(compared, phrase):
                    found |= mask
        return found


def has_phrase(text: str, phrase: str) -> bool:
    """Whether the phrase stands in the text as whole words; both are plain."""
    start = text.find(phrase)
    while start >= 0:
        end = start + len(phrase)
        before = start == 0 or _is_apart(text[start - 1], phrase[0])
        if before and (end == len(text) or _is_apart(phrase[-1], text[end])):
            return True
        start = text.find(phrase, start + 1)
    return False


def _is_apart(left: str, right: str) -> bool:
    """Whether a word may end between these two characters."""
    if not _in_word(left) or not _in_word(right):
        return True
    if unicodedata.category(right)[0] == "M":
        return False
    return _is_unspaced(left) or _is_unspaced(right)


def _in_word(character: str) -> bool:
    # Marks are part of the letter before them: vowel signs, accents.
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _is_unspaced(character: str) -> bool:
    return any(first <= character <= last for first, last in UNSPACED)
