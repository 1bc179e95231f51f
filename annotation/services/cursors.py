"""Where a person's next look into the queue may begin: short-lived notes of this process.

While some other transaction is open for long, VACUUM cannot remove the index entries of items that
were handed out since, and every claim would walk past all of them. What stood before the last item
that a person got was not for them a moment ago, so the next look begins there. These notes only
ever save time: one that is missing or old means a look from the start.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from annotation.latest import Latest

# A lease that ran out, or a pair that wants one more label, comes back to a place that was passed.
LOOK_FROM_THE_START_S = 5.0


@dataclass(frozen=True, slots=True)
class _Note:
    rank: int
    looked_from_the_start: float


class QueueCursors:
    """By generation and person, the rank after which to look."""

    def __init__(self) -> None:
        self._notes: Latest[tuple[int, int], _Note] = Latest()

    def after(self, generation: int, person: int) -> int:
        note = self._notes.get((generation, person))
        if note is None or time.monotonic() - note.looked_from_the_start > LOOK_FROM_THE_START_S:
            return 0
        return note.rank

    def found(self, generation: int, person: int, *, after: int, rank: int) -> None:
        note = self._notes.get((generation, person)) if after else None
        since = note.looked_from_the_start if note else time.monotonic()
        self._notes.set((generation, person), _Note(rank, since))

    def forget(self) -> None:
        """Everybody's next look is one from the start."""
        self._notes.clear()


queue_cursors = QueueCursors()
# By person, a moment of the database's clock before which they have no open lease. Leases of one
# person are made one after the other and each later than the last, so what was true stays true,
# whichever process makes the next.
open_since: Latest[int, datetime] = Latest()
