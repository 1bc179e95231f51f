"""Keep P(similar) of every labelled pair up to date: by its people alone, and with the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from annotation.models import Campaign, ConsensusState, LabelDoubt, PairConsensus
from annotation.queries.consensus import Sources, consensus_votes, sources
from annotation.services.consensus_rows import FIELDS, store_consensus
from annotation.services.statistics import note_bulk_change
from annotation.services.votes_by_pair import votes_by_pair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from annotation.arrays import Rows
    from modeling.agreement.pair_consensus import PairConsensus as PairEstimates

# Model and people on opposite sides, and at least so far apart.
OPPOSED = 0.5
COPY_DOUBTS = "COPY annotation_labeldoubt (label_id, campaign_id, quality) FROM STDIN"


def refresh_consensus(*, campaign: Campaign) -> ConsensusState | None:
    """Compute the consensus anew where its sources have changed. None while there is no label."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('consensus'), %s)", [campaign.pk])
        known = ConsensusState.objects.filter(campaign=campaign).select_related("run").first()
        now = sources(campaign=campaign)
        if known and _seen(known) == now:
            return known
        if not now.labels:
            return None
        return _compute(campaign, now)


def _seen(state: ConsensusState) -> Sources:
    return Sources(
        state.asked,
        state.last_label,
        state.labels,
        state.run,
        state.cross_validated,
        state.twins,
    )


def _compute(campaign: Campaign, now: Sources) -> ConsensusState:
    rows, doubts, method = _consensus(consensus_votes(campaign=campaign, run=now.run), now)
    note_bulk_change(PairConsensus, rows=store_consensus(campaign=campaign, rows=rows))
    LabelDoubt.objects.filter(campaign=campaign).delete()
    with connection.cursor() as cursor, cursor.copy(COPY_DOUBTS) as copy:
        for label, quality in doubts:
            copy.write_row((label, campaign.pk, quality))
    note_bulk_change(LabelDoubt, rows=len(doubts))
    state, _created = ConsensusState.objects.update_or_create(
        campaign=campaign,
        defaults={
            "asked": now.method,
            "method": method,
            "last_label": now.last_label,
            "labels": now.labels,
            "run": now.run,
            "cross_validated": now.cross_validated,
            "twins": now.twins,
            "computed_at": timezone.now(),
        },
    )
    return state


def _consensus(votes: Rows, now: Sources) -> tuple[NDArray[np.void], list[tuple[int, float]], str]:
    """The table's rows, the doubted labels with their quality, and the method that was used."""
    import numpy as np

    from modeling.agreement.pair_consensus import pair_consensus
    from modeling.agreement.ratings import Ratings
    from modeling.stopping import VERDICTS

    pairs, first, items = np.unique(votes["pair_id"], return_index=True, return_inverse=True)
    people, annotators = np.unique(votes["assistant_id"], return_inverse=True)
    verdicts = votes["verdict"].astype(np.int64)
    ratings = Ratings(
        items, annotators, verdicts, pairs, people.tolist(), list(VERDICTS), repeated=0
    )
    model = votes["model"][first]
    found = pair_consensus(ratings, now.method, model=model)
    importance, opposed = importance_of(found.people.posterior, model, votes["leverage"][first])
    columns = votes_by_pair(votes, items, first)
    alone, together = found.people, found.with_model
    columns |= {
        "pair_id": pairs,
        "posterior": alone.posterior,
        "low": alone.low,
        "high": alone.high,
        "model": np.where(np.isnan(together.posterior), np.nan, model),
        "with_model": together.posterior,
        "with_model_low": together.low,
        "with_model_high": together.high,
        "importance": importance,
        "disputed": (columns["contrast"] > 0) | opposed,
    }
    rows = np.empty(len(pairs), np.dtype(FIELDS))
    for name, _kind in FIELDS:
        rows[name] = columns[name]
    return rows, _doubts(votes, items, verdicts, found), found.method


def _doubts(
    votes: Rows, unit: NDArray[np.int64], verdict: NDArray[np.int64], found: PairEstimates
) -> list[tuple[int, float]]:
    """(label, P(it is right) by people and model) of those that both doubt."""
    import numpy as np

    from modeling.agreement.label_errors import doubted_labels
    from modeling.stopping import VERDICTS

    model = np.full(len(found.people.posterior), np.nan)
    model[unit] = votes["model"]
    doubted = doubted_labels(unit, verdict, found.people.posterior, model).doubted
    chosen = np.flatnonzero(doubted & (votes["label_id"] > 0))
    similar = found.with_model.posterior[unit[chosen]]
    right = np.where(verdict[chosen] == VERDICTS.index("similar"), similar, 1 - similar)
    return list(zip(votes["label_id"][chosen].tolist(), right.tolist(), strict=True))


def importance_of(
    posterior: NDArray[np.float64], model: NDArray[np.float64], leverage: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How much a decision on each pair would settle, (n,), and where people and model are opposed.

    The sum of three numbers from 0 to 1: the entropy of the people's posterior in bits, its
    distance from the model's word (0 where it has none), and the pair's leverage on a model as a
    share of the greatest.
    """
    import numpy as np

    p = np.clip(posterior, 1e-12, 1 - 1e-12)
    entropy = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    gap = np.nan_to_num(np.abs(posterior - model), nan=0.0)
    pull = leverage / max(float(leverage.max(initial=0.0)), 1e-12)
    opposed = (gap >= OPPOSED) & ((posterior > 0.5) != (np.nan_to_num(model, nan=0.5) > 0.5))
    return entropy + gap + pull, opposed
