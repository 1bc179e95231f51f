from urllib.parse import quote

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

YOUTUBE_ID = r"^[A-Za-z0-9_-]{11}$"
# Another site's id carries the site's name: "ted:al_gore_on_averting_climate_crisis".
VIDEO_ID = r"^([a-z0-9-]{1,32}:)?[^\s:<>\"'\\]{1,200}$"
MAX_TITLE, MAX_CHANNEL, MAX_DESCRIPTION, MAX_TRANSCRIPT = 500, 300, 20_000, 2_000_000


class ContentWarning(models.TextChoices):
    NONE = "", _("None")
    FLAGGED = "flagged", _("Flagged by people who judged it")
    ON = "on", _("Put on by a coordinator")
    OFF = "off", _("Taken off by a coordinator")


class Video(models.Model):
    video_id = models.CharField(max_length=240, unique=True, validators=[RegexValidator(VIDEO_ID)])
    title = models.CharField(max_length=MAX_TITLE)
    channel = models.CharField(max_length=MAX_CHANNEL, blank=True)
    channel_id = models.CharField(max_length=100, blank=True)
    description = models.TextField(max_length=MAX_DESCRIPTION, blank=True)
    transcript = models.TextField(max_length=MAX_TRANSCRIPT, null=True, blank=True)  # noqa: DJ001
    language = models.CharField(max_length=16, blank=True)
    declared_language = models.CharField(max_length=32, blank=True)
    country = models.CharField(max_length=2, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    duration_s = models.PositiveIntegerField(null=True, blank=True)
    thumbnail_url = models.URLField(max_length=500, blank=True)
    # Set as labels that flag the video come and go, unless a coordinator has decided.
    content_warning = models.CharField(
        max_length=7, choices=ContentWarning, db_default=ContentWarning.NONE, default="", blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(video_id__regex=VIDEO_ID), name="video_id_form"),
            models.CheckConstraint(condition=~Q(title=""), name="video_has_title"),
            # No transcript is null; an empty one would pass for a transcript in training.
            models.CheckConstraint(condition=~Q(transcript=""), name="video_transcript_not_empty"),
            models.CheckConstraint(
                condition=Q(thumbnail_url="") | Q(thumbnail_url__startswith="https://"),
                name="video_thumbnail_https",
            ),
            models.CheckConstraint(
                condition=Q(content_warning__in=ContentWarning.values),
                name="video_content_warning_known",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def warns(self) -> bool:
        """Whether people are warned before they see it."""
        return self.content_warning in (ContentWarning.FLAGGED, ContentWarning.ON)

    @property
    def site(self) -> str:
        return self.video_id.partition(":")[0] if ":" in self.video_id else "youtube"

    @property
    def watch_url(self) -> str:
        """Where the video can be watched; our own page for a site we do not know."""
        if self.site == "youtube":
            return f"https://www.youtube.com/watch?v={quote(self.video_id, safe='')}"
        if self.site == "ted":
            return f"https://www.ted.com/talks/{quote(self.video_id.partition(':')[2], safe='')}"
        return reverse("video", args=[self.video_id])

    @property
    def embed_url(self) -> str:
        """The player that can stand in our page, without the site's cookies; empty if it has none.

        A YouTube player says on its own whether the video is gone or may not be embedded.
        """
        if self.site == "youtube":
            video = quote(self.video_id, safe="")
            return f"https://www.youtube-nocookie.com/embed/{video}?autoplay=1&rel=0"
        if self.site == "ted":
            return f"https://embed.ted.com/talks/{quote(self.video_id.partition(':')[2], safe='')}"
        return ""

    @property
    def drawn_thumbnail_url(self) -> str:
        return reverse("thumbnail", args=[self.video_id])

    def shares_channel_with(self, other: "Video") -> bool:
        """By their ids where both have one, else by their names, if those are known."""
        if self.channel_id and other.channel_id:
            return self.channel_id == other.channel_id
        return bool(self.channel) and self.channel.casefold() == other.channel.casefold()
