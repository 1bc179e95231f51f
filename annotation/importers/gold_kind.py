"""Importing answers that are known: pairs of a campaign, and the right verdict on each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotation.importers import fields
from annotation.importers.bulk import Written, update_and_insert
from annotation.importers.fields import FieldError
from annotation.importers.kinds import Identity, Result
from annotation.importers.known_labels import SPELLINGS
from annotation.importers.parsing import Columns, Values
from annotation.importers.rows import GoldRow, Problem, RowRefusedError
from annotation.importers.seen import digest
from annotation.models import Campaign, LearningPair, Pair, Verdict

MAX_RATIONALE = 2_000
UPDATE = """
UPDATE annotation_goldanswer gold SET verdict = new.verdict, rationale = new.rationale
FROM unnest(%(pairs)s::text[], %(verdicts)s::text[], %(rationales)s::text[])
    AS new (pair_id, verdict, rationale)
JOIN annotation_pair pair ON pair.pair_id = new.pair_id
WHERE gold.campaign_id = %(campaign)s AND gold.pair_id = pair.id
    AND (gold.verdict, gold.rationale) <> (new.verdict, new.rationale)
"""
INSERT = """
INSERT INTO annotation_goldanswer (campaign_id, pair_id, verdict, rationale)
SELECT %(campaign)s, pair.id, new.verdict, new.rationale
FROM unnest(%(pairs)s::text[], %(verdicts)s::text[], %(rationales)s::text[])
    AS new (pair_id, verdict, rationale)
JOIN annotation_pair pair ON pair.pair_id = new.pair_id
ON CONFLICT (campaign_id, pair_id) DO NOTHING
"""


def verdict(value: object) -> str:
    written = fields.required_text(20)(value).strip().lower()
    found = SPELLINGS.get(written, written)
    if found not in Verdict.values:
        raise FieldError(f"is none of {', '.join(Verdict.values)}")
    return found


@dataclass
class GoldKind:
    campaign: Campaign
    columns = frozenset({"pair_id", "verdict", "rationale"})
    column_sets: tuple[frozenset[str], ...] = (frozenset({"pair_id", "verdict"}),)

    def __post_init__(self) -> None:
        self._known: set[str] = set()
        self._told: set[str] = set()

    def parse(self, values: Values) -> GoldRow:
        columns = Columns(values)
        pair_id = columns.checked("pair_id", fields.pair_id)
        found = columns.checked("verdict", verdict)
        rationale = columns.checked("rationale", fields.text(MAX_RATIONALE))
        columns.refuse_if_any()
        return GoldRow(str(pair_id), str(found), (rationale or "").strip())

    def look_up(self, rows: Sequence[GoldRow]) -> None:
        pairs = Pair.objects.filter(pair_id__in=[row.pair_id for row in rows])
        self._known = set(pairs.values_list("pair_id", flat=True))
        told = LearningPair.objects.filter(campaign=self.campaign, pair__in=pairs)
        self._told = set(told.values_list("pair__pair_id", flat=True))

    def settle(self, row: GoldRow) -> GoldRow:
        return row

    def refuse(self, row: GoldRow, values: Values) -> None:
        if row.pair_id not in self._known:
            reason = "is no known pair; import the pairs first"
            raise RowRefusedError(Problem("pair_id", reason, row.pair_id))
        if row.pair_id in self._told:
            reason = "is a practice pair of the campaign: people are told its answer; take another"
            raise RowRefusedError(Problem("pair_id", reason, row.pair_id))

    def accepted(self, row: GoldRow) -> None:
        """No answer depends on another."""

    def identities(self, row: GoldRow) -> list[Identity]:
        return [
            Identity(
                digest("gold", row.pair_id), digest(row.verdict, row.rationale),
                "pair_id", "stands already, with another answer,", row.pair_id,
            )
        ]  # fmt: skip

    def write(self, rows: Sequence[GoldRow]) -> Result:
        parameters: dict[str, Any] = {
            "campaign": self.campaign.pk,
            "pairs": [row.pair_id for row in rows],
            "verdicts": [row.verdict for row in rows],
            "rationales": [row.rationale for row in rows],
        }
        return Result(update_and_insert(UPDATE, INSERT, parameters), Written(0, 0))
