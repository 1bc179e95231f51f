"""Which pairs a model was made with, in a few kilobytes of its manifest."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from modeling.errors import ArtefactError
from modeling.schema import PairExample

# Up to so many pairs a share of known ones is exact, beyond it is estimated.
SIZE = 2000
_IN_FILE = np.dtype("<u8")
_ALL = np.iinfo(np.uint64).max


@dataclass(frozen=True, slots=True)
class TrainingSketch:
    """The smallest `hashes` (k,) of the texts of the pairs (a bottom-k sketch, Cohen & Kaplan 2007,
    "Summarizing data using bottom-k sketches"); `whole` where these are all there are."""

    hashes: NDArray[np.uint64]
    whole: bool

    @classmethod
    def of(cls, pairs: Iterable[PairExample]) -> Self:
        """Of `pairs` as the model reads them."""
        found = np.unique(_hashes(pairs))
        return cls(found[:SIZE], len(found) <= SIZE)

    @classmethod
    def stored(cls, manifest: Mapping[str, Any]) -> Self | None:
        """The one in the manifest, None where it has none. Raises ArtefactError."""
        said = manifest.get("made_with")
        if said is None:
            return None
        try:
            raw = base64.b64decode(said["hashes"], validate=True)
            if not raw:
                raise ValueError("no hash")
            return cls(np.frombuffer(raw, _IN_FILE).astype(np.uint64), bool(said["whole"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ArtefactError(f"made_with in the manifest: {error}") from error

    def as_dict(self) -> dict[str, Any]:
        """As the manifest holds it."""
        raw = self.hashes.astype(_IN_FILE).tobytes()
        return {"hashes": base64.b64encode(raw).decode("ascii"), "whole": self.whole}

    def share(self, pairs: Iterable[PairExample]) -> float:
        """How much of `pairs`, as the model reads them, it was made with: 0 to 1."""
        asked = _hashes(pairs)
        last = _ALL if self.whole else self.hashes.max()
        comparable = asked[asked <= last]
        return float(np.isin(comparable, self.hashes).mean()) if len(comparable) else 0.0


def _hashes(pairs: Iterable[PairExample]) -> NDArray[np.uint64]:
    digests = (_digest(pair) for pair in pairs)
    return np.frombuffer(b"".join(digests), _IN_FILE).astype(np.uint64)


def _digest(pair: PairExample) -> bytes:
    """Of the texts: ids may be given anew, and what is judged are the texts."""
    texts = [(v.title, v.description, v.transcript or "") for v in (pair.left, pair.right)]
    # `repr` keeps where one text ends, and takes any character.
    return hashlib.blake2b(repr(texts).encode(), digest_size=8).digest()
