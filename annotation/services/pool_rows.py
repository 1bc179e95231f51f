"""The pool as a ranking reads it: millions of narrow rows, straight into arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import connection

from annotation.arrays import read_in_portions, read_rows
from annotation.models import Campaign, TrainingRun
from annotation.queries.pool import PREDICTED, TOUCHED, WELCOME, every, parameters, wanting

if TYPE_CHECKING:
    import numpy as np
    from django.db.backends.utils import CursorWrapper
    from numpy.typing import NDArray

    from annotation.arrays import Rows

FIELDS = {
    "pair_id": "i8",
    "held_out": "?",
    "probability": "f8",
    "labels": "i2",
    "taken": "i2",
    "wanted": "i2",
}


def pool_rows(
    *,
    campaign: Campaign,
    run: TrainingRun | None,
    labelled_too: bool = False,
    rest: Callable[[], None] = lambda: None,
) -> Rows:
    """The pairs of the pool that still want a label, in the order of their ids: an array (n,) with
    the fields pair_id, held_out, probability of `run` (NaN: none), labels, taken (those and the
    leases that are out), wanted. `labelled_too` adds those that have all their labels. `rest` as
    in `read_in_portions`.
    """
    values = parameters(campaign, run) | {"labelled_too": labelled_too}
    with connection.cursor() as cursor:
        rows = _every(cursor, campaign, values, rest)
        ids = rows["pair_id"].copy()  # searched often, which takes them side by side
        if run is not None:
            types = _types("pair_id", "probability")
            for found in read_in_portions(cursor, PREDICTED, values, types, rest=rest):
                _put(found, rows, ids)
        return _those_that_want_a_label(cursor, campaign, rows, ids, values)


def _every(
    cursor: CursorWrapper, campaign: Campaign, values: dict[str, Any], rest: Callable[[], None]
) -> Rows:
    import numpy as np

    types = _types("pair_id", "held_out", "wanted")
    query = every(campaign)
    found = np.concatenate(list(read_in_portions(cursor, query, values, types, rest=rest)))
    rows = np.zeros(len(found), list(FIELDS.items()))
    rows["probability"] = np.nan
    for field in types:
        rows[field] = found[field]
    return rows


def _those_that_want_a_label(
    cursor: CursorWrapper,
    campaign: Campaign,
    rows: Rows,
    ids: NDArray[np.int64],
    values: dict[str, Any],
) -> Rows:
    """What is touched between the two statements stays in, as if it were untouched yet."""
    import numpy as np

    stays = np.full(len(rows), not campaign.languages)
    if campaign.languages:
        welcome = read_rows(cursor, WELCOME, values, _types("pair_id"))
        stays[_places(welcome, ids)[0]] = True
    touched = read_rows(cursor, TOUCHED, values, _types("pair_id"))
    stays[_places(touched, ids)[0]] = False
    query = wanting(campaign, among=f"pool.pair_id IN ({TOUCHED})")
    types = _types("pair_id", "labels", "taken", "wanted")
    found = read_rows(cursor, query, values, types)
    stays[_put(found, rows, ids)] = True
    return rows[stays]


def _types(*fields: str) -> dict[str, str]:
    return {field: FIELDS[field] for field in fields}


def _put(found: Rows, rows: Rows, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Set the fields of `found` in the rows of the same pairs; returns their places."""
    places, known = _places(found, ids)
    for field in found.dtype.names or ():
        rows[field][places] = found[field][known]
    return places


def _places(found: Rows, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where in `ids`, which rise, those of `found` are; and a flag for each whether it is there."""
    import numpy as np

    places = np.searchsorted(ids, found["pair_id"])
    known = places < len(ids)
    known[known] = ids[places[known]] == found["pair_id"][known]
    return places[known], known
