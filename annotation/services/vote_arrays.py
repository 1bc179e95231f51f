"""The labels of a campaign as arrays, for the science of relabelling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from annotation.lanes import LANE
from annotation.models import Campaign, TrainingRun

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# What an adaptive rule looks at: every label that stands, with what the model said of the pair.
# Of held-out pairs it has no say: a model must not help to make the answers it is judged by.
VOTES = """
SELECT label.pair_id, label.assistant_id,
    (array_position(ARRAY['similar', 'not_similar', 'unsure']::varchar[], label.verdict) - 1)::int2
        AS verdict,
    CASE WHEN pair.held_out THEN 'NaN' ELSE coalesce(prediction.probability, 'NaN') END AS prior,
    coalesce(prediction.probability, 'NaN') AS score,
    ({lane})::text AS lane
FROM annotation_label label
JOIN annotation_pair pair ON pair.id = label.pair_id
JOIN annotation_video rejected ON rejected.id = pair.rejected_id
JOIN annotation_video recommended ON recommended.id = pair.recommended_id
LEFT JOIN annotation_prediction prediction
    ON prediction.pair_id = label.pair_id AND prediction.run_id = %(run)s
WHERE label.campaign_id = %(campaign)s
    AND NOT EXISTS (SELECT FROM annotation_label later WHERE later.supersedes_id = label.id)
ORDER BY label.pair_id, label.id
"""


@dataclass(frozen=True, slots=True)
class Votes:
    """One entry a vote, each (n,): `items` and `annotators` are codes into `pairs` and `people`,
    `verdicts` into `modeling.stopping.VERDICTS`. `prior`, `score` (NaN: none) and `lanes` have one
    entry a pair."""

    items: NDArray[np.int64]
    annotators: NDArray[np.int64]
    verdicts: NDArray[np.int64]
    pairs: NDArray[np.int64]
    people: NDArray[np.int64]
    prior: NDArray[np.float64]
    score: NDArray[np.float64]
    lanes: list[str]


def read_votes(*, campaign: Campaign, run: TrainingRun | None) -> Votes:
    """The labels of the campaign that stand, as arrays."""
    import numpy as np

    statement = VOTES.format(lane=LANE.format(a="rejected.language", b="recommended.language"))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"campaign": campaign.pk, "run": run.pk if run else None})
        rows = cursor.fetchall()
    pair, person, verdict, prior, score = (
        np.array([row[column] for row in rows], dtype=kind)
        for column, kind in enumerate(("i8", "i8", "i8", "f8", "f8"))
    )
    pairs, first, items = np.unique(pair, return_index=True, return_inverse=True)
    people, annotators = np.unique(person, return_inverse=True)
    lanes = [rows[i][5] for i in first]
    return Votes(items, annotators, verdict, pairs, people, prior[first], score[first], lanes)
