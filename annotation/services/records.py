"""What is known of people's answers, and what it says of every labelled pair: a worker's part.

Between two rankings each new label is weighed by these records (`services.demand`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction

from annotation.models import AnnotatorRecord, Campaign, Kind, Specialist, TrainingRun
from annotation.services.demand import decision_of
from annotation.services.vote_arrays import Votes, read_votes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modeling.agreement.dawid_skene import DawidSkene

# Of those with enough votes on a kind of pair, the part that hard ones are kept for.
BEST_SHARE = 1 / 3
DECIDED = """
CREATE TEMPORARY TABLE decided (
    pair_id bigint, labels smallint, wanted smallint, posterior double precision
)
"""
# What an answer or a correction decided since then may not be among the votes; that stands.
STORE = """
INSERT INTO annotation_demand AS known
    (campaign_id, pair_id, labels, wanted, posterior, decided_at)
SELECT %(campaign)s, pair_id, labels, wanted, posterior, clock_timestamp()
FROM decided
WHERE NOT EXISTS (
    SELECT FROM annotation_demand same
    WHERE same.campaign_id = %(campaign)s AND same.pair_id = decided.pair_id
        AND (same.labels, same.wanted) = (decided.labels, decided.wanted)
        AND abs(same.posterior - decided.posterior) <= 0.001
)
ORDER BY pair_id
ON CONFLICT (campaign_id, pair_id) DO UPDATE SET
    labels = EXCLUDED.labels, wanted = EXCLUDED.wanted, posterior = EXCLUDED.posterior,
    decided_at = EXCLUDED.decided_at
WHERE known.decided_at < %(since)s
"""


def refresh_records(*, campaign: Campaign, run: TrainingRun | None, since: datetime) -> Votes:
    """Fit everybody's record to the campaign's labels and decide anew how many each pair wants.

    `since`: a moment of the database's clock at which nobody was in the middle of an answer.
    """
    from modeling.agreement import dawid_skene

    found = read_votes(campaign=campaign, run=run)
    fitted = dawid_skene.fit(
        found.items,
        found.annotators,
        found.verdicts,
        prior=found.prior,
        n_annotators=len(found.people),
    )
    with transaction.atomic():
        _store_records(campaign, found, fitted)
        _store_specialists(campaign, found, fitted)
        _store_demand(campaign, found, fitted, since)
    return found


def _store_records(campaign: Campaign, found: Votes, fitted: DawidSkene) -> None:
    import numpy as np

    counts = np.bincount(found.annotators, minlength=len(found.people))
    AnnotatorRecord.objects.filter(campaign=campaign).delete()
    AnnotatorRecord.objects.bulk_create(
        AnnotatorRecord(
            campaign=campaign,
            assistant_id=int(person),
            labels=int(count),
            if_similar=confusion[0].tolist(),
            if_not_similar=confusion[1].tolist(),
        )
        for person, count, confusion in zip(found.people, counts, fitted.confusions, strict=True)
    )


def _store_specialists(campaign: Campaign, found: Votes, fitted: DawidSkene) -> None:
    import numpy as np

    from modeling.agreement.dawid_skene import correct_probability
    from modeling.agreement.records import best, records

    kinds = [Kind.of(None if np.isnan(s) else float(s)) for s in found.score]
    groups = sorted(set(zip(found.lanes, kinds, strict=True)))
    codes = {group: code for code, group in enumerate(groups)}
    of_pair = np.array([codes[g] for g in zip(found.lanes, kinds, strict=True)], dtype=np.int64)
    right = correct_probability(fitted.posterior, found.items, found.verdicts)
    known = records(
        found.annotators,
        of_pair[found.items],
        right,
        n_annotators=len(found.people),
        n_groups=len(groups),
    )
    Specialist.objects.filter(campaign=campaign).delete()
    Specialist.objects.bulk_create(
        Specialist(campaign=campaign, lane=lane, kind=kind, assistant_id=int(found.people[code]))
        for group, (lane, kind) in enumerate(groups)
        for code in best(known, group, BEST_SHARE)
    )


def _store_demand(campaign: Campaign, found: Votes, fitted: DawidSkene, since: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(DECIDED)
        with cursor.copy("COPY decided FROM STDIN") as copy:
            for row in _decisions(campaign, found, fitted):
                copy.write_row(row)
        cursor.execute(STORE, {"campaign": campaign.pk, "since": since})
        cursor.execute("DROP TABLE decided")


def _decisions(
    campaign: Campaign, found: Votes, fitted: DawidSkene
) -> Iterator[tuple[int, int, int, float]]:
    """(pair, labels, wanted, posterior) of every labelled pair, by the rule that labels follow."""
    import numpy as np

    from modeling.agreement.dawid_skene import to_confusion
    from modeling.stopping import VERDICTS, Opinion

    confusions = [to_confusion(row) for row in fitted.confusions]
    said = [[Opinion(verdict, confusion) for verdict in VERDICTS] for confusion in confusions]
    opinions: list[list[Opinion]] = [[] for _ in found.pairs]
    for item, annotator, verdict in zip(
        found.items.tolist(), found.annotators.tolist(), found.verdicts.tolist(), strict=True
    ):
        opinions[item].append(said[annotator][verdict])
    priors: NDArray[np.float64] = found.prior
    for pair, of_pair, prior in zip(found.pairs.tolist(), opinions, priors.tolist(), strict=True):
        decision = decision_of(campaign, of_pair, None if np.isnan(prior) else prior)
        yield pair, len(of_pair), decision.wanted, decision.posterior
