"""Fingerprints that near-duplicate videos share, whatever their language."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SHINGLE = 5  # characters; words would say nothing of languages written without spaces
MIN_TEXT = 20  # characters below which a simhash says little
MAX_TEXT = 4000
HASH_SIDE = 8
_IMAGE_SIDE = 32
_ROMAN = frozenset(["ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii", "xiii", "xiv", "xv"])
_REDACTED = re.compile(r"\[(?:number|email|phone|url)\]", re.IGNORECASE)
# Words under which a channel shows something new each time, so that equal titles prove little.
_RECURRING = frozenset({
    "live", "livestream", "livestreams", "livestreaming", "livestreamed", "stream", "streams",
    "streaming", "vlog", "vlogs", "directo", "vivo", "direct", "стрим", "эфир", "эфире", "прямой",
    "canlı", "yayın", "生放送", "配信", "ライブ", "라이브", "실시간", "直播", "مباشر", "trực",
    "keynote", "keynotes", "lightning", "opening", "closing", "welcome", "introduction",
    "news", "dailynews", "headlines", "highlights", "новости", "выпуск", "nachrichten", "noticias",
    "jornal", "haberler", "ニュース", "뉴스", "today", "tonight", "daily", "weekly", "monthly",
    "heute", "hoy", "hoje", "oggi", "сегодня", "bugün", "aaj", "gameplay",
    "trailer", "trailers", "teaser", "tráiler", "трейлер", "fragman", "fragmanı", "予告", "예고편",
})  # fmt: skip
MIN_LETTERS = 32


class _Letters(dict[int, str]):
    """Letters, digits and marks stay (a vowel of Hindi is a mark), all else is a space."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = unicodedata.category(character)[0] in "LNM" and not 0xFE00 <= code <= 0xFE0F
        self[code] = character if kept or character in "+#" else " "
        return self[code]


_LETTERS = _Letters()


def title_key(title: str) -> str:
    """What is left of a title when case, width, punctuation and emoji are taken away.

    >>> title_key("ＮＥＷ — C++ in 10 Minutes!! 🔥 #coding")
    'new c++ in 10 minutes coding'
    """
    plain = unicodedata.normalize("NFKC", title).casefold().translate(_LETTERS)
    return " ".join(word.lstrip("+#") for word in plain.split() if word.strip("+#"))


def numbers(key: str) -> str:
    """The numbers of a title's key in their order: two episodes are not twins.

    >>> numbers("part ii of 3")
    'ii 3'
    """
    words = (word for word in key.split() if word in _ROMAN or any(c.isdigit() for c in word))
    return " ".join(words)


def is_telling(title: str) -> bool:
    """Whether a title names one thing: long enough, nothing blacked out, not a recurring show."""
    key = title_key(title)
    # A character of Chinese, Japanese or Korean says about as much as two letters.
    letters = sum(1 + (character > "\u2e80") for character in key if character != " ")
    telling = letters >= MIN_LETTERS and _RECURRING.isdisjoint(key.split())
    return telling and not _REDACTED.search(title)


def simhash(*texts: str) -> int | None:
    """A signed 64-bit simhash in which each text that is not empty weighs the same.

    Charikar, Similarity estimation techniques from rounding algorithms (2002). The angle between
    the texts' shingles is about pi * Hamming distance / 64. None where there is too little text.
    """
    keys = [key for key in (title_key(text[:MAX_TEXT]) for text in texts) if key]
    if sum(map(len, keys)) < MIN_TEXT:
        return None
    total = np.zeros(64)
    for key in keys:
        shingles = _shingles(key)
        bits = np.unpackbits(shingles.view(np.uint8).reshape(-1, 8), axis=1)
        total += (2.0 * bits.sum(axis=0) - len(bits)) / np.sqrt(len(bits))
    return _signed(total > 0)


def _shingles(key: str) -> NDArray[np.uint64]:
    """Distinct 64-bit hashes of the runs of `SHINGLE` characters."""
    codes = np.frombuffer(key.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    if len(codes) < SHINGLE:
        codes = np.pad(codes, (0, SHINGLE - len(codes)))
    mixed = np.zeros(len(codes) - SHINGLE + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for offset in range(SHINGLE):
            mixed = mixed * np.uint64(0x100000001B3) + codes[offset : offset + len(mixed)]
        # The finaliser of splitmix64: every bit of the window moves every bit of the hash.
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.unique(mixed ^ (mixed >> np.uint64(31)))


def image_hash(image: bytes) -> int:
    """A signed 64-bit perceptual hash: signs of the lowest frequencies of the grey picture.

    Zauner, Implementation and benchmarking of perceptual image hash functions (2010).

    Raises: ValueError when the bytes are no picture that can be read.
    """
    from PIL import Image
    from scipy.fft import dctn

    try:
        with Image.open(io.BytesIO(image)) as opened:
            grey = opened.convert("L").resize((_IMAGE_SIDE, _IMAGE_SIDE))
    except Exception as error:  # a damaged file may make its decoder raise anything
        raise ValueError(f"not a picture that can be read: {error}") from error
    low = dctn(np.asarray(grey, dtype=float))[:HASH_SIDE, :HASH_SIDE].ravel()
    # The mean brightness would decide the median by itself.
    return _signed(low > np.median(low[1:]))


def hash_vector(image_hash: int) -> tuple[float, ...]:
    """An image hash as 64 numbers of 1 and -1: the cosine of two is 1 - Hamming distance / 32."""
    bits = np.unpackbits(np.frombuffer(image_hash.to_bytes(8, signed=True), dtype=np.uint8))
    return tuple((2.0 * bits - 1.0).tolist())


def _signed(bits: NDArray[np.bool_] | Sequence[bool]) -> int:
    """64 bits as the signed integer that Postgres keeps as bigint."""
    return int.from_bytes(np.packbits(bits).tobytes(), signed=True)
