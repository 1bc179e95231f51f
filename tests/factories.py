from typing import Any

import factory
from factory.django import DjangoModelFactory

from annotation.models import (
    Campaign,
    Pair,
    Policy,
    PolicyReason,
    PoolPair,
    QueueGeneration,
    ReasonCode,
    Role,
    TrainingRun,
    User,
    Video,
)
from annotation.models.pairs import is_held_out
from annotation.services.queue import rerank

PASSWORD = "a fine day for labels"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    role = Role.ASSISTANT
    any_language = factory.LazyAttribute(lambda person: not getattr(person, "languages", []))
    password = factory.django.Password(PASSWORD)


class VideoFactory(DjangoModelFactory[Video]):
    class Meta:
        model = Video

    video_id = factory.Sequence(lambda n: f"test:{n:06d}")
    title = factory.Sequence(lambda n: f"Video number {n}")
    channel = "A channel"
    description = "What it is about."
    language = "en"


class PairFactory(DjangoModelFactory[Pair]):
    class Meta:
        model = Pair

    pair_id = factory.Sequence(lambda n: f"pair-{n:06d}")
    rejected = factory.SubFactory(VideoFactory)
    recommended = factory.SubFactory(VideoFactory)
    source = "test"
    held_out = factory.LazyAttribute(lambda pair: is_held_out(pair.pair_id))


class PolicyFactory(DjangoModelFactory[Policy]):
    class Meta:
        model = Policy
        skip_postgeneration_save = True

    version = factory.Sequence(lambda n: n + 1)
    title = "How we judge"
    body = "# Policy\n\nBe fair."

    @factory.post_generation
    def reasons(self: Policy, create: bool, extracted: Any, **kwargs: Any) -> None:
        for position, (code, label) in enumerate(ReasonCode.choices):
            PolicyReason.objects.create(
                policy=self, code=code, label=label, guidance=f"When {label}", position=position
            )


class CampaignFactory(DjangoModelFactory[Campaign]):
    class Meta:
        model = Campaign

    name = factory.Sequence(lambda n: f"Campaign {n}")
    slug = factory.Sequence(lambda n: f"campaign-{n}")
    policy = factory.SubFactory(PolicyFactory)
    relabelling = Campaign.Relabelling.FIXED
    labels_per_pair = 1


class RunFactory(DjangoModelFactory[TrainingRun]):
    class Meta:
        model = TrainingRun

    campaign = factory.SubFactory(CampaignFactory)
    recipe = TrainingRun.Recipe.BASIC
    trigger = TrainingRun.Trigger.COMMAND


def campaign_with_pairs(count: int, *, languages: str = "en", **fields: Any) -> Campaign:
    """A campaign with `count` pairs in its queue, in a random order."""
    campaign = CampaignFactory(**fields)
    add_pairs(campaign, count, languages=languages)
    rerank(campaign=campaign, run=None)
    return campaign


def add_pairs(campaign: Campaign, count: int, *, languages: str = "en") -> list[Pair]:
    pairs = [
        PairFactory(rejected__language=languages, recommended__language=languages)
        for _ in range(count)
    ]
    PoolPair.objects.bulk_create(
        PoolPair(campaign=campaign, pair=pair, held_out=pair.held_out) for pair in pairs
    )
    return pairs


def queue_of(campaign: Campaign) -> QueueGeneration:
    campaign.refresh_from_db()
    assert campaign.generation is not None
    return campaign.generation
