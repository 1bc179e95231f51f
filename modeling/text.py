"""Cleaning that every recipe shares. Kept minimal: the encoders cope with URLs and emoji."""

from __future__ import annotations

import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff\ud800-\udfff]")
_SPACE = re.compile(r"\s+")


def clean(text: str | None) -> str:
    """NFC, without control characters or lone surrogates, runs of whitespace as one space."""
    if not text:
        return ""
    without_control = _CONTROL.sub("", text)
    return _SPACE.sub(" ", unicodedata.normalize("NFC", without_control)).strip()


def is_missing(text: str | None) -> bool:
    """Whether nothing is left of it that a model reads."""
    # The head is enough of nearly all; transcripts are long.
    return not (clean((text or "")[:256]) or clean(text))


def first_words(text: str | None, words: int) -> str:
    """The first `words` words, single spaces between them: so do the authors of the published
    models prepare a text. Of a word no more characters than can matter to so many tokens: to
    WordPiece a run of over a hundred is one token, so that the words after it count, too. Of what
    comes after them a sixteenth stays: of two texts without spaces the longer remains the longer,
    which the odd one of their tokens goes to.

    Halves of surrogate pairs, which no tokenizer takes, become question marks.
    """
    enough = 64 * words
    head = " ".join(
        word[: enough + max(0, len(word) - enough) // 16]
        for word in (text or "").split(None, words)[:words]
    )
    return head.encode(errors="replace").decode()


def clip(text: str, max_tokens: int) -> str:
    """The head of `text` that can matter to an encoder that reads `max_tokens` tokens.

    SentencePiece pieces have at most 16 characters and WordPiece ones fewer, so tokenising the rest
    of a long transcript would only cost time.
    """
    return text[: 16 * max_tokens]
