"""Studies at random: what is said of every pair and person is what a claim does."""

import random

import pytest
from django.utils import timezone

from annotation.models import (
    Campaign,
    GoldAnswer,
    QueueItem,
    User,
)
from annotation.services.claim import claim
from annotation.services.cursors import queue_cursors
from annotation.services.labels import skip, submit
from annotation.services.leases import release_expired
from annotation.services.queue import rerank
from tests.annotation.asking import PAST, SOON, UNSURE, asked, budget, change, given, run_out
from tests.factories import (
    UserFactory,
    add_pairs,
    campaign_with_pairs,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(4))
def test_what_is_said_is_what_a_claim_does_in_studies_at_random(seed: int) -> None:
    rng = random.Random(seed)
    campaign = campaign_with_pairs(5, languages="de", labels_per_pair=rng.choice([1, 2]))
    add_pairs(campaign, 5, languages="en")
    known = add_pairs(campaign, 2, languages="en")
    for pair in known:
        GoldAnswer.objects.create(campaign=campaign, pair=pair, verdict="similar")
    change(campaign, gold_share=rng.choice([0, 0.3]))
    rerank(campaign=Campaign.objects.get(pk=campaign.pk), run=None)
    people = [UserFactory(languages=codes) for codes in ([], ["de"], ["en", "de"], ["fr"])]
    if rng.random() < 0.5:
        change(campaign, everyone=False)
        campaign.members.set(rng.sample(people, 3))
    if rng.random() < 0.7:
        scope, unit = rng.choice(["person", "campaign"]), rng.choice(["pairs", "hours"])
        budget(campaign, scope, {"pairs": 5, "hours": 0.05}[unit], unit, "day")
    for _ in range(10):
        act(rng, rng.choice(people))
    routed_to = [rng.choice(people).pk]
    QueueItem.objects.filter(rank__lte=3).update(
        routed_to=routed_to, routed_until=timezone.now() + rng.choice([PAST, SOON])
    )
    release_expired()
    QueueItem.objects.filter(rank__in=rng.sample(range(1, 11), 4)).update(topics=2)
    User.objects.filter(pk__in=[p.pk for p in rng.sample(people, 2)]).update(topics_off=3)
    for person in User.objects.filter(pk__in=[p.pk for p in people]):
        real = given(person)
        pairs = list(campaign.pool.values_list("pair_id", flat=True))
        assert {pair for pair in pairs if asked(campaign, pair, person, real).is_served} == {
            pair for pair in pairs if pair in real
        }


def act(rng: random.Random, person: User) -> None:
    queue_cursors.forget()
    for assignment in claim(assistant=person)[:1]:
        deed = rng.random()
        if deed < 0.5:
            submit(assistant=person, assignment_id=assignment.pk, answer=UNSURE)
        elif deed < 0.65:
            skip(assistant=person, assignment_id=assignment.pk)
        elif deed < 0.8:
            run_out(person)
