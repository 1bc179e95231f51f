"""Labels and what people agree on, pair by pair, read as a stream."""

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from itertools import groupby, islice
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value

from annotation.models import Campaign, Label, Pair, PoolPair, Verdict, Video
from annotation.models.labels import LabelQuerySet
from annotation.queries.export_consensus import POSTERIOR_COLUMNS, consensus_columns

ExportRow = dict[str, Any]

CHUNK = 500
# Column of the export, and where its value lies.
_RAW = {
    "label_id": "id",
    "campaign": "campaign__slug",
    "pair_id": "pair__pair_id",
    "rejected": "pair__rejected__video_id",
    "recommended": "pair__recommended__video_id",
    "held_out": "pair__held_out",
    "assistant": "assistant__username",
    "policy": "policy__version",
    "verdict": "verdict",
    "reasons": "reasons",
    "comment": "comment",
    "flagged": "flagged",
    "seconds": "seconds",
    "strategy": "strategy",
    "run": "run_id",
    "score": "score",
    "late": "late",
    "marked_shared": "marked_shared",
    "supersedes": "supersedes_id",
    "superseded_by": "superseded_by__id",
    "created_at": "created_at",
}
_VIDEO = {
    "id": "video_id",
    "title": "title",
    "channel": "channel",
    "description": "description",
    "transcript": "transcript",
    "language": "language",
    "thumbnail_url": "thumbnail_url",
}
_CONSENSUS = (
    "pair_id", "source", "held_out", "label", "verdict", "similar_share", "labels",
    "votes_similar", "votes_not_similar", "votes_unsure", "reasons", "propagated_from",
)  # fmt: skip

RAW_COLUMNS = tuple(_RAW)
CONSENSUS_COLUMNS = (
    *_CONSENSUS,
    *POSTERIOR_COLUMNS,
    *(f"regret_{name}" for name in _VIDEO),
    *(f"recommendation_{name}" for name in _VIDEO),
    "channel_sim",
)


class _Vote(NamedTuple):
    pair: int
    verdict: str
    reasons: list[str]
    # The pair_id of the twin that was judged; empty for the pair itself.
    judged: str


def raw_rows(*, campaign: Campaign | None = None) -> Generator[ExportRow, None, None]:
    """Every label ever given, superseded ones too, in the order in which they came; no repeats."""
    labels = _labels(campaign).order_by("id").values_list(*_RAW.values())
    for values in labels.iterator(chunk_size=CHUNK):
        row = dict(zip(RAW_COLUMNS, values, strict=True))
        yield {**row, "created_at": row["created_at"].isoformat()}


def consensus_rows(*, campaign: Campaign | None = None) -> Generator[ExportRow, None, None]:
    """One row a pair: the majority of its current labels, their consensus by the campaign's method
    as last computed, and its videos' texts.

    Labels of a campaign that propagates count for the twins of their pair in its pool, too. The
    rows come in the order in which the pairs were imported. Ties give ``unsure``.
    """
    current = _labels(campaign).current()
    own = current.values_list("pair_id", "verdict", "reasons", Value(""), "id")
    votes = own.union(_propagated(current), all=True).order_by("pair_id", "id")
    streamed = (_Vote(*vote[:4]) for vote in votes.iterator(chunk_size=CHUNK))
    grouped = groupby(streamed, key=lambda vote: vote.pair)
    tallies = ((pair, _tally(list(group))) for pair, group in grouped)
    while chunk := list(islice(tallies, CHUNK)):
        keys = [pair for pair, _ in chunk]
        pairs = Pair.objects.select_related("rejected", "recommended").in_bulk(keys)
        held = consensus_columns(pairs=keys, campaign=campaign)
        unknown = dict.fromkeys(POSTERIOR_COLUMNS)
        for pair, tally in chunk:
            yield {**_pair_columns(pairs[pair]), **tally, **held.get(pair, unknown)}


def majority(verdicts: Iterable[str]) -> str:
    """The most frequent verdict; ``unsure`` where two are equally frequent, or there is none.

    >>> majority(["similar", "similar", "not_similar"])
    'similar'
    """
    ranked = Counter(verdicts).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return Verdict.UNSURE.value
    return ranked[0][0]


def _labels(campaign: Campaign | None) -> LabelQuerySet:
    if campaign:
        return Label.objects.filter(campaign=campaign)
    # What somebody judged once more is no further opinion: `queries.export_repeats` has it.
    return Label.objects.filter(campaign__repeats_of=None)


def _propagated(current: LabelQuerySet) -> QuerySet[Label, Any]:
    """Each vote once more for every twin of its pair on which its author has none of their own, the
    latest of those they have on its twins; held-out pairs neither give nor take any."""
    twin = F("pair__twin_group__group__twins__pair")
    pool = PoolPair.objects.filter(
        campaign=OuterRef("campaign"), pair=OuterRef("for_pair"), pair__held_out=False
    )
    same = {name: OuterRef(name) for name in ("campaign", "assistant")}
    same["pair__twin_group__group"] = OuterRef("pair__twin_group__group")
    later = Q(pair__held_out=False, id__gt=OuterRef("id"))
    counts_instead = Label.objects.current().filter(Q(pair=OuterRef("for_pair")) | later, **same)
    return (
        current.filter(campaign__duplicates="propagate", pair__held_out=False)
        .annotate(for_pair=twin)
        .filter(Exists(pool))
        .exclude(for_pair=F("pair"))
        .exclude(Exists(counts_instead))
        .values_list("for_pair", "verdict", "reasons", "pair__pair_id", "id")
    )


def _tally(votes: Sequence[_Vote]) -> ExportRow:
    counts = Counter(vote.verdict for vote in votes)
    sure = counts[Verdict.SIMILAR] + counts[Verdict.NOT_SIMILAR]
    verdict = majority(vote.verdict for vote in votes)
    reasons = Counter(reason for vote in votes for reason in vote.reasons)
    return {
        "label": {Verdict.SIMILAR: 1, Verdict.NOT_SIMILAR: 0}.get(Verdict(verdict), verdict),
        "verdict": verdict,
        "similar_share": counts[Verdict.SIMILAR] / sure if sure else None,
        "labels": len(votes),
        **{f"votes_{each}": counts[each] for each in Verdict.values},
        "reasons": dict(sorted(reasons.items())),
        "propagated_from": sorted({vote.judged for vote in votes if vote.judged}) or None,
    }


def _pair_columns(pair: Pair) -> ExportRow:
    rejected, recommended = pair.rejected, pair.recommended
    return {
        "pair_id": pair.pair_id,
        "source": pair.source,
        "held_out": pair.held_out,
        **_video_columns(rejected, "regret_"),
        **_video_columns(recommended, "recommendation_"),
        "channel_sim": int(rejected.shares_channel_with(recommended)),
    }


def _video_columns(video: Video, prefix: str) -> ExportRow:
    return {f"{prefix}{name}": getattr(video, field) for name, field in _VIDEO.items()}
