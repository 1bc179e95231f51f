"""Where a person's next look into the queue may begin: short-lived notes of this process.

While some other transaction is open for long, VACUUM cannot remove the index entries of items that
were handed out since, and every claim would walk past all of them. What stood before the last item
that a person got was not for them a moment ago, so the next look begins there. These notes only
ever save time: one that is missing or old means a look from the start.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

# A lease that ran out, or a pair that wants one more label, comes back to a place that was passed.
LOOK_FROM_THE_START_S = 5.0
KEPT = 10_000


@dataclass(slots=True)
class _Note:
    rank: int
    looked_from_the_start: float


class QueueCursors:
    """By generation and person, the rank after which to look."""

    def __init__(self) -> None:
        self._notes: OrderedDict[tuple[int, int], _Note] = OrderedDict()
        self._lock = threading.Lock()

    def after(self, generation: int, person: int) -> int:
        with self._lock:
            note = self._notes.get((generation, person))
        if note is None or time.monotonic() - note.looked_from_the_start > LOOK_FROM_THE_START_S:
            return 0
        return note.rank

    def found(self, generation: int, person: int, *, after: int, rank: int) -> None:
        with self._lock:
            note = self._notes.pop((generation, person), None)
            if note is None or after == 0:
                note = _Note(rank, time.monotonic())
            note.rank = rank
            self._notes[generation, person] = note
            if len(self._notes) > KEPT:
                self._notes.popitem(last=False)


class OpenSince:
    """By person, a moment of the database's clock before which they have no open lease.

    Leases of one person are made one after the other and each later than the last, so what was
    true stays true, whichever process makes the next.
    """

    def __init__(self) -> None:
        self._moments: OrderedDict[int, datetime] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, person: int) -> datetime | None:
        with self._lock:
            return self._moments.get(person)

    def set(self, person: int, moment: datetime) -> None:
        with self._lock:
            self._moments.pop(person, None)
            self._moments[person] = moment
            if len(self._moments) > KEPT:
                self._moments.popitem(last=False)


queue_cursors = QueueCursors()
open_since = OpenSince()
