"""Campaigns of many pairs in a few statements, for the tests of the queue."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from annotation.models import Campaign, Pair, PoolPair, Prediction, TrainingRun, Video
from annotation.services.queue import rerank
from annotation.services.statistics import note_bulk_change
from tests.factories import CampaignFactory, RunFactory

_numbers = count()


def many_pairs(languages: Sequence[tuple[str, str]], *, held_out: Sequence[int] = ()) -> list[Pair]:
    """One pair for every two languages; `held_out` are places in the list."""
    first = next(_numbers)
    videos = Video.objects.bulk_create(
        Video(video_id=f"bulk:{first}-{i}-{side}", title="A video", language=language)
        for i, both in enumerate(languages)
        for side, language in enumerate(both)
    )
    pairs = Pair.objects.bulk_create(
        Pair(
            pair_id=f"bulk-{first}-{i}",
            rejected=videos[2 * i],
            recommended=videos[2 * i + 1],
            held_out=i in held_out,
        )
        for i in range(len(languages))
    )
    note_bulk_change(Video, Pair, rows=len(pairs))
    return pairs


def campaign_of(pairs: Sequence[Pair], *, ranked: bool = True, **fields: Any) -> Campaign:
    campaign: Campaign = CampaignFactory(**fields)
    PoolPair.objects.bulk_create(
        PoolPair(campaign=campaign, pair=pair, held_out=pair.held_out) for pair in pairs
    )
    note_bulk_change(PoolPair, rows=len(pairs))
    if ranked:
        rerank(campaign=campaign, run=None)
    return campaign


def run_saying(campaign: Campaign, probabilities: dict[int, float]) -> TrainingRun:
    """A run that predicts these probabilities, by pair."""
    run: TrainingRun = RunFactory(campaign=campaign, status=TrainingRun.Status.CANCELLED)
    Prediction.objects.bulk_create(
        Prediction(run=run, pair_id=pair, probability=p, logit=0, variant="nt")
        for pair, p in probabilities.items()
    )
    return run
