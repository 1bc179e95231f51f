from django.db import models

from annotation.models.campaigns import Campaign
from annotation.models.pairs import Pair


class PoolPair(models.Model):
    """A pair of the corpus that this campaign may serve."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="pool", db_index=False
    )
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="+")
    # The pair's own, which never changes: a ranking reads millions of these rows and no others.
    held_out = models.BooleanField(editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "pair"], name="pool_pair_once")]
