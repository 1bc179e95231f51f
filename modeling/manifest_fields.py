"""What a manifest says of a model, by type and range: checked once, before anything is made of it,
so that a field that somebody edited is named where the model is loaded and not where it is used."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modeling.artefact_files import MANIFEST
from modeling.config import SHORTEST
from modeling.errors import ArtefactError
from modeling.field_values import shown
from modeling.models.pair_features import TEXT_TYPES
from modeling.models.stacking import CLASSIFIERS


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field may be, in words and as a predicate; `optional` where a manifest may lack it."""

    words: str
    holds: Callable[[Any], bool]
    optional: bool = False


def whole(least: int, most: int) -> Kind:
    def holds(value: Any) -> bool:
        return type(value) is int and least <= value <= most

    return Kind(f"a whole number from {least} to {most:,}", holds)


def number(least: float, most: float) -> Kind:
    def holds(value: Any) -> bool:
        return type(value) in (int, float) and least <= value <= most

    return Kind(f"a number from {least:g} to {most:g}", holds, optional=True)


def one_of(*values: Any) -> Kind:
    listed = " or ".join(map(shown, values))
    return Kind(listed, lambda value: any(type(value) is type(v) and value == v for v in values))


TEXT = Kind("a text that is not empty", lambda value: isinstance(value, str) and bool(value))
TEXT_IF_ANY = Kind("a text", lambda value: value is None or isinstance(value, str), optional=True)
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
FLAG_IF_ANY = Kind(FLAG.words, FLAG.holds, optional=True)
OBJECT = Kind("an object", lambda value: isinstance(value, dict))
OBJECT_IF_ANY = Kind("an object", OBJECT.holds, optional=True)
OBJECT_OR_NULL = Kind("an object or null", lambda value: value is None or OBJECT.holds(value))
ANY = Kind("anything", lambda value: True, optional=True)
WORDS = Kind(
    "a list of texts",
    lambda value: isinstance(value, list) and bool(value) and all(map(TEXT.holds, value)),
)
LENGTH = whole(SHORTEST, 1_000_000)

_FEATURES = {
    "encoder": TEXT, "encoder_id": TEXT, "image_encoder": TEXT_IF_ANY,
    "image_encoder_id": TEXT_IF_ANY, "max_length": LENGTH, "report_gap": FLAG_IF_ANY,
}  # fmt: skip
_BASIC = _FEATURES | {"classifier": one_of(*CLASSIFIERS), "columns": WORDS}
_NETWORK = {
    "encoder": TEXT, "max_length": LENGTH, "training": OBJECT, "shape": OBJECT,
    "similarities": OBJECT_OR_NULL,
}  # fmt: skip
_SHAPE = {"masked": FLAG, "shared": FLAG, "channel_dimensions": whole(0, 65_536)}
_CALIBRATION = {
    "temperature": number(1e-6, 1e6), "threshold": number(0.0, 1.0),
    "fitted_on": number(0, math.inf), "note": TEXT_IF_ANY, "shift": number(-100.0, 100.0),
}  # fmt: skip


def require_fields(path: Path, manifest: Mapping[str, Any]) -> None:
    """Raises ArtefactError, with manifest and field, where one is not what it may be. What the
    weights have to fit, such as a number of columns, is for whoever reads them."""
    check = _Check(Path(path))
    check.fields("", manifest, {"encoder": TEXT, "calibration": OBJECT_IF_ANY}, others=True)
    check.fields("config.", manifest["config"], {"clean_text": FLAG_IF_ANY}, others=True)
    check.fields("variants.", manifest["variants"], _each(TEXT_TYPES))
    check.fields("calibration.", manifest.get("calibration", {}), _each(TEXT_TYPES))
    for name, calibration in manifest.get("calibration", {}).items():
        check.fields(f"calibration.{name}.", calibration, _CALIBRATION)
    for name, described in manifest["variants"].items():
        kinds = _BASIC if manifest["recipe"] == "basic" else _NETWORK
        read = {"text_types": one_of(list(TEXT_TYPES[name]))}
        check.fields(f"variants.{name}.", described, kinds | read, others=True)
        if kinds is _NETWORK:
            _require_network(check, f"variants.{name}.", described, read)


def _each(names: Mapping[str, Any]) -> dict[str, Kind]:
    return dict.fromkeys(names, OBJECT_IF_ANY)


def _require_network(
    check: _Check, place: str, described: Mapping[str, Any], read: dict[str, Kind]
) -> None:
    similarities, shape = described["similarities"], described["shape"]
    if similarities is not None:
        check.fields(f"{place}similarities.", similarities, _FEATURES, others=True)
    check.fields(f"{place}shape.", shape, _SHAPE | read | {"scalars": ANY})
    # Channel equality, the basic model's judgement, and which of the texts is missing.
    columns = 1 + (similarities is not None) + shape["masked"] * len(shape["text_types"])
    told = Kind(f"{columns}, as masked and similarities have it", one_of(columns).holds)
    check.fields(f"{place}shape.", shape, {"scalars": told}, others=True)


@dataclass(frozen=True, slots=True)
class _Check:
    path: Path

    def fields(
        self, place: str, values: Mapping[str, Any], kinds: dict[str, Kind], *, others: bool = False
    ) -> None:
        """Of the `values` below `place`; unless there may be `others`, no more than these."""
        for name, kind in kinds.items():
            if name not in values and not kind.optional:
                raise self._error(f"{place}{name} is missing")
            if name in values and not kind.holds(values[name]):
                raise self._error(f"{place}{name} is {shown(values[name])}, not {kind.words}")
        if not others and (strange := sorted(values.keys() - kinds.keys())):
            raise self._error(f"{place}{strange[0]} is not known to this version")

    def _error(self, what: str) -> ArtefactError:
        return ArtefactError(f"{self.path}: {MANIFEST}: the manifest's {what}")
