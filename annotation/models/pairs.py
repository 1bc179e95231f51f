from hashlib import blake2b

from django.db import models
from django.db.models import F, Q

from annotation.models.videos import Video

HELD_OUT_PERCENT = 10


def is_held_out(pair_id: str) -> bool:
    """Whether a pair is kept for evaluation: a fixed, random-looking tenth of all pairs.

    Decided by a hash of the id alone, so that it never changes and depends on nothing a model
    or a person does. Held-out pairs are served by random draw only and never trained on.
    """
    digest = blake2b(pair_id.encode(), digest_size=8, person=b"held-out").digest()
    return int.from_bytes(digest) % 100 < HELD_OUT_PERCENT


class Pair(models.Model):
    pair_id = models.CharField(max_length=500, unique=True)
    rejected = models.ForeignKey(Video, on_delete=models.PROTECT, related_name="pairs_rejected")
    recommended = models.ForeignKey(
        Video, on_delete=models.PROTECT, related_name="pairs_recommended"
    )
    source = models.CharField(max_length=64, blank=True)
    held_out = models.BooleanField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rejected", "recommended"], name="pair_once"),
            models.CheckConstraint(
                condition=~Q(rejected=F("recommended")), name="pair_of_two_videos"
            ),
            models.CheckConstraint(condition=~Q(pair_id=""), name="pair_has_id"),
        ]

    def __str__(self) -> str:
        return self.pair_id
