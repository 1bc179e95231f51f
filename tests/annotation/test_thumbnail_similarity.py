"""Hashes of thumbnails on their way into a model, and only where the operator wants that."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from annotation.models import VideoFingerprint
from annotation.queries.training_set import pair_texts
from annotation.services import training
from annotation.services.examples import pair_example
from modeling import recipes
from modeling.errors import ModelingError
from tests.factories import PairFactory, RunFactory
from tests.modeling.pictures import write_picture

pytestmark = pytest.mark.django_db


def test_a_pair_brings_the_hashes_of_its_thumbnails_in_the_query_that_reads_its_texts(
    tmp_path: Path, django_assert_num_queries: Any
) -> None:
    pairs = PairFactory.create_batch(3)
    topics = {pairs[0]: (1, 1), pairs[1]: (1, 2)}
    for pair, sides in topics.items():
        for video, topic in zip((pair.rejected, pair.recommended), sides, strict=True):
            write_picture(tmp_path / f"{video.video_id}.jpg", topic, seed=video.pk)
    call_command("find_duplicates", thumbnails=tmp_path, stdout=io.StringIO())
    with django_assert_num_queries(1):
        rows = list(pair_texts([pair.pk for pair in pairs]))
    alike, apart, without = (pair_example(row) for row in rows)
    assert cosine(alike) > 0.8 > 0.5 > cosine(apart)
    assert (without.left.thumbnail_vector, without.right.thumbnail_vector) == ((), ())
    hashes = VideoFingerprint.objects.filter(video__in=[pairs[1].rejected, pairs[1].recommended])
    bits = [f"{made.image_hash & (2**64 - 1):064b}" for made in hashes]
    different = sum(a != b for a, b in zip(*bits, strict=True))
    assert cosine(apart) == pytest.approx(1 - different / 32)


def cosine(pair: Any) -> float:
    return float(np.dot(pair.left.thumbnail_vector, pair.right.thumbnail_vector)) / 64


@pytest.mark.parametrize(("wanted", "named"), [(False, None), (True, "perceptual")])
def test_models_compare_thumbnails_only_where_the_setting_says_so(
    wanted: bool, named: str | None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def stop(*arguments: Any, config: recipes.TrainingConfig, **options: Any) -> None:
        seen.append(config.image_encoder)
        raise ModelingError("seen enough")

    monkeypatch.setattr(recipes, "train", stop)
    settings.THUMBNAIL_SIMILARITY = wanted
    training.execute_run(run_id=RunFactory().pk, worker="test")
    assert seen == [named]
