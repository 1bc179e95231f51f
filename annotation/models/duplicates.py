"""Videos that are the same, and the pairs that therefore need one judgement only."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotation.models.pairs import Pair
from annotation.models.vectors import HalfVectorField
from annotation.models.videos import Video

EMBEDDING_SIZE = 384
# One letter of a name may be eighteen in its plain form; what is longer is cut.
MAX_CHANNEL_KEY = 600


class VideoFingerprint(models.Model):
    """What twins share, made from a video as it was at `seen_at`; written by workers only."""

    video = models.OneToOneField(
        Video, primary_key=True, on_delete=models.CASCADE, related_name="fingerprint"
    )
    version = models.PositiveSmallIntegerField(help_text="Of the way it was made.")
    seen_at = models.DateTimeField(help_text="The video's time of change.")
    title_key = models.TextField()
    telling = models.BooleanField(help_text="The title names one thing.")
    numbers = models.TextField(blank=True)
    channel_key = models.CharField(max_length=MAX_CHANNEL_KEY, blank=True)
    text_hash = models.BigIntegerField(null=True)
    body_hash = models.BigIntegerField(null=True)
    thumbnail_key = models.CharField(max_length=500, blank=True)
    image_hash = models.BigIntegerField(null=True)


class VideoEmbedding(models.Model):
    """A video's title and description as one vector. Its index (HNSW) is in the migration."""

    video = models.OneToOneField(
        Video, primary_key=True, on_delete=models.CASCADE, related_name="embedding"
    )
    encoder = models.CharField(max_length=64)
    seen_at = models.DateTimeField()
    vector = HalfVectorField(dimensions=EMBEDDING_SIZE)
    sought = models.BooleanField(default=False, help_text="Its neighbours have been looked up.")

    class Meta:
        indexes = [
            models.Index(fields=["video"], condition=Q(sought=False), name="embedding_unsought")
        ]


class VideoTwin(models.Model):
    """Two videos that may be the same; `video` is the one that came first."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("To be decided")
        MERGED = "merged", _("The same")
        REJECTED = "rejected", _("Not the same")

    class Method(models.TextChoices):
        TITLE_CHANNEL = "title_channel", _("Same title and channel")
        TITLE = "title", _("Same title, another channel")
        TEXT = "text", _("Nearly the same texts")
        THUMBNAIL = "thumbnail", _("Same thumbnail")
        EMBEDDING = "embedding", _("Nearly the same meaning")

    video = models.ForeignKey(Video, on_delete=models.PROTECT, related_name="twins_after")
    twin = models.ForeignKey(Video, on_delete=models.PROTECT, related_name="twins_before")
    methods = ArrayField(models.CharField(max_length=16, choices=Method))
    score = models.FloatField(help_text="How alike the best method finds them; 1: equal.")
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    # None where the rule decided; every decision is kept in TwinDecision.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["video", "twin"], name="twin_once"),
            models.CheckConstraint(condition=Q(video__lt=F("twin")), name="twin_in_order"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="twin_score"),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "merged", "rejected"]), name="twin_state_known"
            ),
            models.CheckConstraint(
                condition=Q(methods__len__gte=1)
                & Q(methods__contained_by=[
                    "title_channel", "title", "text", "thumbnail", "embedding",
                ]),
                name="twin_methods_known",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed") | Q(decided_at__isnull=False),
                name="twin_decided_at_some_time",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["state", "-score", "id"], name="twin_by_state")]

    @property
    def method_names(self) -> list[str]:
        return [str(self.Method(method).label) for method in self.methods]


class TwinDecision(models.Model):
    """Who decided what about two videos, and when. Append-only, by a trigger."""

    twin = models.ForeignKey(VideoTwin, on_delete=models.PROTECT, related_name="decisions")
    state = models.CharField(max_length=8, choices=VideoTwin.State)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]


class VideoGroup(models.Model):
    """Derived: the videos that merged twins connect, under the one that came first."""

    video = models.OneToOneField(
        Video, primary_key=True, on_delete=models.CASCADE, related_name="duplicate_group"
    )
    group = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="duplicates")


class PairTwin(models.Model):
    """Derived: every member of each group of pairs that are one, under the lowest of them."""

    pair = models.OneToOneField(
        Pair, primary_key=True, on_delete=models.CASCADE, related_name="twin_group"
    )
    group = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="twins")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(group__lte=F("pair")), name="pair_twin_in_order")
        ]


class DuplicateSearch(models.Model):
    """One search for duplicates, and what it found."""

    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    figures = models.JSONField(default=dict)
    problem = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="What stopped it."
    )

    class Meta:
        ordering = ["-id"]
