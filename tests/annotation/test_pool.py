"""A ranking reads the pool in portions and puts in what is known of some pairs: the same rows as
the one statement gives that says which pairs want a label."""

import math
import random

import numpy as np
import pytest
from django.db import connection
from django.utils.timezone import now

from annotation import arrays
from annotation.arrays import read_rows
from annotation.lanes import LANE
from annotation.models import (
    Adjudication,
    Campaign,
    Demand,
    GoldAnswer,
    LearningPair,
    PairTwin,
    Prediction,
    Topic,
    Video,
    VideoTopics,
)
from annotation.queries import pool
from annotation.queries.topics import TOPICS_OF_PAIR, WITH_TOPICS
from annotation.services import pair_lanes
from annotation.services.claim import claim
from annotation.services.labels import Answer, submit
from annotation.services.pool_rows import FIELDS as TYPES
from annotation.services.pool_rows import pool_rows
from tests.factories import RunFactory, UserFactory, add_pairs, campaign_with_pairs

pytestmark = pytest.mark.django_db

FIELDS = ("pair_id", "labels", "taken", "wanted")


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "PORTION", 7)
    monkeypatch.setattr(pair_lanes, "PORTION", 7)


def much_happens(campaign: Campaign, rng: random.Random) -> None:
    """Labels, leases, known answers, decisions, twins, and pairs in other languages."""
    pairs = list(campaign.pool.values_list("pair_id", flat=True))
    people = UserFactory.create_batch(3, any_language=True)
    for person in people:
        for lease in claim(assistant=person, count=rng.randint(3, 9)):
            if rng.random() < 0.7:
                answer = Answer(verdict="unsure")
                submit(assistant=person, assignment_id=lease.pk, answer=answer)
    labelled = dict.fromkeys(campaign.labels.values_list("pair_id", flat=True))
    for pair in [*labelled][::3]:
        decided = {"labels": 1, "wanted": rng.randint(1, 3), "posterior": 0.5}
        Demand.objects.update_or_create(campaign=campaign, pair_id=pair, defaults=decided)
    for pair in rng.sample(pairs, 3):
        GoldAnswer.objects.create(campaign=campaign, pair_id=pair, verdict="unsure")
    for position, pair in enumerate(rng.sample(pairs, 3)):
        LearningPair.objects.create(
            campaign=campaign, pair_id=pair, position=position, round="practice",
            verdicts=["unsure"], explanation="So it is.",
        )  # fmt: skip
    for pair in rng.sample(pairs, 3):
        Adjudication.objects.create(
            campaign=campaign, pair_id=pair, policy=campaign.policy, verdict="unsure",
            decided_by=people[0], rationale="So it is.",
        )  # fmt: skip
    twins = rng.sample(pairs, 8)
    PairTwin.objects.bulk_create(
        PairTwin(pair_id=pair, group_id=min(twins[place - place % 2 : place - place % 2 + 2]))
        for place, pair in enumerate(twins)
    )
    Video.objects.filter(pairs_rejected__pk__in=rng.sample(pairs, 5)).update(language="nl")


@pytest.mark.parametrize("labelled_too", [False, True])
@pytest.mark.parametrize("languages", [[], ["en"]])
@pytest.mark.parametrize(
    ("rule", "labels_per_pair"),
    [("fixed", 1), ("fixed", 2), ("overlap", 3), ("differ", 3), ("posterior", 3)],
)
def test_pairs_read_in_portions_are_those_that_want_a_label(
    rule: str, labels_per_pair: int, languages: list[str], labelled_too: bool
) -> None:
    campaign = campaign_with_pairs(
        60, relabelling=rule, labels_per_pair=labels_per_pair, overlap_share=0.4,
        duplicates="propagate" if labels_per_pair > 1 else "merge",
    )  # fmt: skip
    much_happens(campaign, random.Random(f"{rule} {labels_per_pair}"))
    add_pairs(campaign, 5, languages="fr")
    campaign.languages = languages
    rows = pool_rows(campaign=campaign, run=None, labelled_too=labelled_too)
    parameters = pool.parameters(campaign) | {"labelled_too": labelled_too}
    types = {field: TYPES[field] for field in FIELDS}
    with connection.cursor() as cursor:
        statement = pool.wanting(campaign)
        wanted = read_rows(cursor, statement, parameters, types, order=["pair_id"])
    assert 20 < len(wanted) < 60
    for field in FIELDS:
        assert rows[field].tolist() == wanted[field].tolist()
    held_out = dict(campaign.pool.values_list("pair_id", "held_out"))
    assert rows["held_out"].tolist() == [held_out[pair] for pair in rows["pair_id"].tolist()]


def test_a_probability_stands_at_its_own_pair_and_none_at_a_newcomer() -> None:
    campaign = campaign_with_pairs(20)
    run = RunFactory(campaign=campaign)
    said = {pair: pair / 1e6 % 1 for pair in campaign.pool.values_list("pair_id", flat=True)}
    elsewhere = campaign_with_pairs(3)
    for pair in elsewhere.pool.values_list("pair_id", flat=True):
        said[pair] = 0.25
    Prediction.objects.bulk_create(
        Prediction(run=run, pair_id=pair, probability=p, logit=0, variant="nt")
        for pair, p in said.items()
    )
    new = {pair.pk for pair in add_pairs(campaign, 2)}
    rows = pool_rows(campaign=campaign, run=run)
    found = dict(zip(rows["pair_id"].tolist(), rows["probability"].tolist(), strict=True))
    assert len(found) == 22
    assert {pair for pair, p in found.items() if math.isnan(p)} == new
    assert all(found[pair] == said[pair] for pair in found.keys() - new)


def test_lanes_and_topics_of_pairs_in_any_order_are_those_that_the_database_says() -> None:
    campaign = campaign_with_pairs(30)
    rng = random.Random(1)
    topics = [Topic.objects.create(name=f"Topic {bit}", bit=bit) for bit in range(2)]
    for video in Video.objects.all():
        video.language = rng.choice(["", "en", "nl", "zh", "pt-BR"])
        video.save()
        if rng.random() < 0.3:
            mask = rng.choice(topics).mask
            VideoTopics.objects.create(video=video, topics=mask, fingerprint=1, seen_at=now())
    pairs = list(campaign.pool.values_list("pair_id", flat=True))
    rng.shuffle(pairs)
    found = pair_lanes.lanes_of(np.array(pairs), rest=lambda: None)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT pair.id, {LANE.format(a="rejected.language", b="recommended.language")},
                {TOPICS_OF_PAIR}
            FROM annotation_pair pair
            JOIN annotation_video rejected ON rejected.id = pair.rejected_id
            JOIN annotation_video recommended ON recommended.id = pair.recommended_id
            {WITH_TOPICS}"""  # noqa: S608 - constants only
        )
        said = {pair: (lane, bits) for pair, lane, bits in cursor}
    lanes = [found.names[code] for code in found.lane]
    assert len(set(lanes)) > 5
    assert any(found.topics)
    assert list(zip(lanes, found.topics.tolist(), strict=True)) == [said[pair] for pair in pairs]


def test_a_missing_value_is_an_error() -> None:
    with connection.cursor() as cursor, pytest.raises(ValueError, match="NULL"):
        read_rows(
            cursor,
            "SELECT n, nullif(n, 2) AS other FROM generate_series(1, 3) n",
            {},
            {"n": "i4", "other": "i4"},
        )
