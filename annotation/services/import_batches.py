"""The rows of an import in batches, and what the file has brought before."""

from collections.abc import Iterator

from annotation.importers.kinds import Identity
from annotation.importers.records import Record
from annotation.importers.rows import Problem, RowRefusedError
from annotation.importers.seen import FirstSeen, Key, Seen
from annotation.importers.sources import SourceError

# A batch ends early when its rows are large, so that memory stays flat with long transcripts.
MAX_BATCH_BYTES = 16 * 2**20


class Known:
    """Which keys the file has brought, with this batch's own on top until they are saved."""

    def __init__(self, seen: Seen, identities: Iterator[Identity]) -> None:
        self._seen = seen
        self._earlier = seen.lookup({each.key for each in identities})
        self._fresh: dict[Key, FirstSeen] = {}

    def has(self, identity: Identity) -> bool:
        return self._first(identity) is not None

    def refuse_other_content(self, identity: Identity) -> None:
        first = self._first(identity)
        if first and first.digest != identity.digest:
            reason = f"{identity.reason} on line {first.line}"
            raise RowRefusedError(Problem(identity.column, reason, identity.value))

    def add(self, identity: Identity, line: int) -> None:
        if not self.has(identity):
            self._fresh[identity.key] = FirstSeen(line, identity.digest)

    def save(self) -> None:
        self._seen.add(self._fresh)

    def _first(self, identity: Identity) -> FirstSeen | None:
        return self._fresh.get(identity.key) or self._earlier.get(identity.key)


def batches(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    """Batches of records; what was read before the source failed comes before its error."""
    batch: list[Record] = []
    held = 0
    failure = None
    try:
        for record in records:
            batch.append(record)
            held += record.size
            if len(batch) >= size or held >= MAX_BATCH_BYTES:
                yield batch
                batch, held = [], 0
    except SourceError as error:
        failure = error
    if batch:
        yield batch
    if failure:
        raise failure
