"""Importing what a campaign teaches: pairs of its rounds, the policy's answer to each, and why."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotation.importers import fields
from annotation.importers.bulk import Written, update_and_insert
from annotation.importers.fields import FieldError
from annotation.importers.gold_kind import verdict
from annotation.importers.kinds import Identity, Result, pairs_of_videos
from annotation.importers.parsing import Columns, Values
from annotation.importers.rows import LearningRow, Problem, RowRefusedError
from annotation.importers.seen import digest
from annotation.models import (
    Campaign,
    GoldAnswer,
    LearningPair,
    LearningTask,
    Pair,
    ReasonCode,
    Round,
    Verdict,
)
from annotation.models.learning import MAX_EXPLANATION

MAX_POSITION = 10_000
COLUMNS = frozenset({"round", "verdict", "explanation"})
# Arrays cannot hold arrays of different lengths, so that lists travel as text.
NEW = """
unnest(%(pairs)s::text[], %(rounds)s::text[], %(verdicts)s::text[], %(reasons)s::text[],
    %(explanations)s::text[], %(positions)s::integer[]) WITH ORDINALITY
AS new (pair_id, round, verdicts, reasons, explanation, position, place)
JOIN annotation_pair pair ON pair.pair_id = new.pair_id
"""
UPDATE = f"""
UPDATE annotation_learningpair stored SET round = new.round,
    verdicts = string_to_array(new.verdicts, ','), reasons = string_to_array(new.reasons, ','),
    explanation = new.explanation, position = coalesce(new.position, stored.position)
FROM {NEW}
WHERE stored.campaign_id = %(campaign)s AND stored.pair_id = pair.id
    AND (stored.round, stored.verdicts::text[], stored.reasons::text[], stored.explanation,
        stored.position)
    IS DISTINCT FROM (new.round, string_to_array(new.verdicts, ','),
        string_to_array(new.reasons, ','), new.explanation,
        coalesce(new.position, stored.position))
"""  # noqa: S608 - constants only
INSERT = f"""
INSERT INTO annotation_learningpair
    (campaign_id, pair_id, round, verdicts, reasons, explanation, position, in_use)
SELECT %(campaign)s, pair.id, new.round, string_to_array(new.verdicts, ','),
    string_to_array(new.reasons, ','), new.explanation,
    coalesce(new.position, new.place + (
        SELECT coalesce(max(position), 0) FROM annotation_learningpair
        WHERE campaign_id = %(campaign)s AND round = new.round
    )), true
FROM {NEW}
ON CONFLICT (campaign_id, pair_id) DO NOTHING
"""  # noqa: S608 - constants only


def several(value: object) -> list[str]:
    """The entries of a list, or of text that separates them by commas, semicolons or bars."""
    if isinstance(value, list):
        return [fields.text(100)(each).strip() for each in value]
    return [each for each in re.split(r"[\s,;|]+", fields.text(500)(value).strip()) if each]


def round_(value: object) -> str:
    written = fields.required_text(20)(value).strip().lower()
    if written not in Round.values:
        raise FieldError(f"is none of {', '.join(Round.values)}")
    return written


def verdicts(value: object) -> tuple[str, ...]:
    """The policy's answer first."""
    whole = value if isinstance(value, (str, list)) or value is None else str(value)
    found = [verdict(each) for each in several(whole)]
    if not found:
        raise FieldError("is empty")
    return tuple(dict.fromkeys(found))


def reasons(value: object) -> tuple[str, ...]:
    found = several(value)
    if unknown := [each for each in found if each not in ReasonCode.values]:
        known = ", ".join(ReasonCode.values)
        raise FieldError(f"has {', '.join(unknown)}, which is none of {known}")
    return tuple(sorted(set(found)))


def position(value: object) -> int | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    written = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch("[0-9]{1,5}", written):
        raise FieldError("is not a whole number such as 3")
    if not 1 <= int(written) <= MAX_POSITION:
        raise FieldError(f"is not a number from 1 to {MAX_POSITION:,}")
    return int(written)


@dataclass
class LearningKind:
    campaign: Campaign
    columns = COLUMNS | {"pair_id", "video_a", "video_b", "reasons", "position"}
    column_sets: tuple[frozenset[str], ...] = (
        COLUMNS | {"pair_id"},
        COLUMNS | {"video_a", "video_b"},
    )

    def __post_init__(self) -> None:
        self._pairs: set[str] = set()
        self._of_videos: dict[tuple[str, str], str] = {}
        self._gold: set[str] = set()
        self._rounds: dict[str, str] = {}
        self._asked: set[str] = set()

    def parse(self, values: Values) -> LearningRow:
        columns = Columns(values)
        by_id = values.get("pair_id") not in (None, "")
        videos = None
        if by_id or "video_a" not in values:
            pair_id = columns.checked("pair_id", fields.pair_id)
        else:
            pair_id = ""
            found = [columns.checked(name, fields.video_id) for name in ("video_a", "video_b")]
            videos = (str(found[0]), str(found[1]))
        row = LearningRow(
            pair_id=str(pair_id),
            round=str(columns.checked("round", round_)),
            verdicts=columns.checked("verdict", verdicts) or (),
            reasons=columns.checked("reasons", reasons) or (),
            explanation=_text(columns),
            position=columns.checked("position", position),
            videos=videos,
        )
        columns.refuse_if_any()
        _refuse_wrong_ways(row)
        return row

    def look_up(self, rows: Sequence[LearningRow]) -> None:
        self._of_videos = pairs_of_videos([row.videos for row in rows if row.videos])
        ids = {row.pair_id for row in rows} | set(self._of_videos.values())
        known = Pair.objects.filter(pair_id__in=ids)
        self._pairs = set(known.values_list("pair_id", flat=True))
        gold = GoldAnswer.objects.filter(campaign=self.campaign, pair__in=known)
        self._gold = set(gold.values_list("pair__pair_id", flat=True))
        stored = LearningPair.objects.filter(campaign=self.campaign, pair__in=known)
        self._rounds = dict(stored.values_list("pair__pair_id", "round"))
        asked = LearningTask.objects.filter(key__in=stored)
        self._asked = set(asked.values_list("key__pair__pair_id", flat=True))

    def settle(self, row: LearningRow) -> LearningRow:
        if row.videos and (pair_id := self._of_videos.get(row.videos)):
            return replace(row, pair_id=pair_id, videos=None)
        return row

    def refuse(self, row: LearningRow, values: Values) -> None:
        if row.videos:
            reason = f"is in no known pair with {row.videos[0]} rejected; import the pair first"
            raise RowRefusedError(Problem("video_b", reason, row.videos[1]))
        if row.pair_id not in self._pairs:
            reason = "is no known pair; import the pairs first"
            raise RowRefusedError(Problem("pair_id", reason, row.pair_id))
        if row.pair_id in self._gold:
            reason = "is a known answer of the campaign, which nobody may be told; take another"
            raise RowRefusedError(Problem("pair_id", reason, row.pair_id))
        there = self._rounds.get(row.pair_id, row.round)
        if there != row.round and row.pair_id in self._asked:
            reason = f"is another round than the one in which it was asked already ({there})"
            raise RowRefusedError(Problem("round", reason, row.round))

    def accepted(self, row: LearningRow) -> None:
        """No row depends on another."""

    def identities(self, row: LearningRow) -> list[Identity]:
        content = (row.round, row.verdicts, row.reasons, row.explanation, row.position)
        return [
            Identity(
                digest("learning", row.pair_id, row.videos), digest(*content),
                "pair_id", "stands already, with other content,", row.pair_id,
            )
        ]  # fmt: skip

    def write(self, rows: Sequence[LearningRow]) -> Result:
        parameters: dict[str, Any] = {
            "campaign": self.campaign.pk,
            "pairs": [row.pair_id for row in rows],
            "rounds": [row.round for row in rows],
            "verdicts": [",".join(row.verdicts) for row in rows],
            "reasons": [",".join(row.reasons) for row in rows],
            "explanations": [row.explanation for row in rows],
            "positions": [row.position for row in rows],
        }
        return Result(update_and_insert(UPDATE, INSERT, parameters), Written(0, 0))


def _text(columns: Columns) -> str:
    found = columns.checked("explanation", fields.required_text(MAX_EXPLANATION))
    return (found or "").strip()


def _refuse_wrong_ways(row: LearningRow) -> None:
    similar = Verdict.SIMILAR in row.verdicts
    if similar and not row.reasons:
        raise RowRefusedError(Problem("reasons", "is empty; a similar pair needs a way"))
    if row.reasons and not similar:
        reason = "goes with the verdict similar only"
        raise RowRefusedError(Problem("reasons", reason, ", ".join(row.reasons)))
