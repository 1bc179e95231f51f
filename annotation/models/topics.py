"""Topics that people may keep off their queue, and which videos touch them."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.videos import Video

# A bit each in a bigint that is never negative.
MOST_TOPICS = 63


def check_phrases(text: str) -> None:
    """Something a word of which can be found: a line of signs alone would mark nothing, or all."""
    for line in filter(None, map(str.strip, text.splitlines())):
        if not any(character.isalnum() for character in line):
            raise ValidationError(_("“%(line)s” has no letter or digit."), params={"line": line})
        if len(line) < 2 and line.isascii():
            raise ValidationError(
                _("“%(line)s” is too short: it would mark almost everything."),
                params={"line": line},
            )


class Topic(models.Model):
    """Words and phrases, in any language, by which a pair is known to touch a topic."""

    bit = models.PositiveSmallIntegerField(unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    description = models.CharField(
        _("description"),
        max_length=300,
        blank=True,
        help_text=_("People read it when they decide whether to keep the topic off their queue."),
    )
    phrases = models.TextField(
        _("words and phrases"),
        max_length=20_000,
        validators=[check_phrases],
        help_text=_(
            "One a line, in any language, capitals do not matter. A pair is marked when one of "
            "them stands in a title, a description or a transcript as whole words."
        ),
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(bit__lt=MOST_TOPICS), name="topic_bit_in_bigint"),
            models.CheckConstraint(condition=~Q(name=""), name="topic_has_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def mask(self) -> int:
        return 1 << self.bit


class VideoTopics(models.Model):
    """What was found in one video: the bits of its topics, and by which words it was looked at.

    A table of its own, filled by COPY for videos that may be served: the corpus is not rewritten.
    """

    video = models.OneToOneField(
        Video, primary_key=True, on_delete=models.CASCADE, related_name="topics"
    )
    topics = models.BigIntegerField()
    # Of all topics' words: where it differs from today's, the video is looked at again.
    fingerprint = models.BigIntegerField()
    # The video's `updated_at` then.
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(topics__gte=0), name="video_topics_not_negative")
        ]
