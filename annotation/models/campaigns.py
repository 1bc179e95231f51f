from collections.abc import Iterator

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.formats import number_format
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from annotation.models.pairs import Pair
from annotation.models.policy import Policy

MAX_LABELS = 20
SHARES = ("random_share", "gold_share", "overlap_share", "pass_mark")
BOUNDS = (
    *((share, 0, 1) for share in SHARES),
    ("relabel_share", 0, 0.9),
    ("labels_per_pair", 1, MAX_LABELS),
    ("lease_seconds", 1, 7 * 86_400),
    ("queue_size", 1, 10_000_000),
    ("qualification_pairs", 1, 200),
    ("qualification_attempts", 1, 20),
    ("skipped_hours", 1, 1000),
)
KNOWN = {
    "state": ("open", "paused", "closed"),
    "retrain_recipe": ("basic", "unified", "unified-v2", "auto"),
    "relabelling": ("fixed", "overlap", "differ", "posterior", "activelab"),
    "order": ("uncertainty", "random"),
    "duplicates": ("separate", "merge", "propagate"),
    "practice": ("off", "offered", "required"),
    "qualification": ("off", "offered", "required"),
    "reasons_mode": ("several", "one"),
    "skipped_pairs": ("elsewhere", "come_back"),
    "consensus_method": ("majority", "dawid-skene", "glad", "mace", "crowdlab"),
}


def _known(field: str, *values: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": values}), name=f"campaign_{field}_known"
    )


def _share(field: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__gte": 0, f"{field}__lte": 1}), name=f"campaign_{field}_0_to_1"
    )


class Campaign(models.Model):
    class State(models.TextChoices):
        OPEN = "open", _("Open")
        PAUSED = "paused", _("Paused")
        CLOSED = "closed", _("Closed")

    class Relabelling(models.TextChoices):
        """How many labels a pair wants; the rules are those of `modeling.stopping`."""

        FIXED = "fixed", _("As many for every pair")
        OVERLAP = "overlap", _("One, and more for a share of the pairs")
        DIFFER = "differ", _("Two, and more while they differ")
        POSTERIOR = "posterior", _("Until the answer is certain enough")
        ACTIVELAB = "activelab", _("Where another opinion helps the model most")

    class Order(models.TextChoices):
        UNCERTAINTY = "uncertainty", _("Where the model is unsure")
        RANDOM = "random", _("At random")

    class Duplicates(models.TextChoices):
        SEPARATE = "separate", _("Judge each twin by itself")
        MERGE = "merge", _("Judge one of the twins")
        PROPAGATE = "propagate", _("Judge one; its labels count for the others too")

    class Consensus(models.TextChoices):
        """How labels become one answer: `modeling.agreement.pair_consensus`."""

        MAJORITY = "majority", _("Majority: every answer counts the same")
        DAWID_SKENE = "dawid-skene", _("Dawid-Skene: each person’s kind of mistakes counts")
        GLAD = "glad", _("GLAD: some pairs are harder than others")
        MACE = "mace", _("MACE: somebody may be guessing")
        CROWDLAB = "crowdlab", _("CROWDLAB: people weighed against each other and the model")

    class Stage(models.TextChoices):
        """Whether a round comes before the real pairs."""

        OFF = "off", pgettext_lazy("a round", "None")
        OFFERED = "offered", _("For those who want it")
        REQUIRED = "required", _("Before the first real pair")

    class ReasonsMode(models.TextChoices):
        SEVERAL = "several", _("One or more")
        ONE = "one", _("Exactly one")

    class SkippedPairs(models.TextChoices):
        ELSEWHERE = "elsewhere", _("They go to somebody else")
        COME_BACK = "come_back", _("They may come back to the same person")

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, unique=True)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="campaigns")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    priority = models.SmallIntegerField(default=0, help_text=_("The highest is served first."))
    opens_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: at once."))
    closes_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Empty: never. Counts from the next pair handed out.")
    )
    everyone = models.BooleanField(default=True, help_text=_("Off: only the members below."))
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="campaigns", help_text=_("Who may work.")
    )
    languages = ArrayField(
        models.CharField(max_length=16), default=list, blank=True, help_text=_("Empty: all.")
    )
    relabelling = models.CharField(
        max_length=12, choices=Relabelling, default=Relabelling.POSTERIOR
    )
    labels_per_pair = models.PositiveSmallIntegerField(
        default=3, help_text=_("By the first rule: for each pair. By the others: at most.")
    )
    overlap_share = models.FloatField(
        default=0.1, help_text=_("Share of the pairs that get the most labels, by the second rule.")
    )
    stop_at = models.FloatField(
        default=0.95, help_text=_("Certainty at which no further opinion is asked for.")
    )
    route_hours = models.PositiveSmallIntegerField(
        default=24,
        help_text=_(
            "Hours for which a hard pair waits for those with the best record on its kind "
            "and language. 0: it goes to anybody at once."
        ),
    )
    order = models.CharField(max_length=16, choices=Order, default=Order.UNCERTAINTY)
    random_share = models.FloatField(
        default=0.2,
        help_text=_("Share of the queue drawn at random. It feeds every evaluation figure."),
    )
    gold_share = models.FloatField(
        default=0, help_text=_("Share of a person's pairs whose answer is known.")
    )
    relabel_share = models.FloatField(
        default=0, help_text=_("Share of the queue that has its labels already: one more opinion.")
    )
    consensus_method = models.CharField(
        max_length=12,
        choices=Consensus,
        default=Consensus.DAWID_SKENE,
        help_text=_("How the labels of a pair become one answer, for exports and training."),
    )
    duplicates = models.CharField(max_length=10, choices=Duplicates, default=Duplicates.MERGE)
    reasons_mode = models.CharField(
        max_length=8,
        choices=ReasonsMode,
        default=ReasonsMode.SEVERAL,
        help_text=_("How many ways a person gives for two similar videos."),
    )
    mark_shared_words = models.BooleanField(
        default=False,
        help_text=_(
            "Mark the words and names that both videos share. It may prime people: each label "
            "says whether they were marked."
        ),
    )
    skipped_pairs = models.CharField(
        max_length=10,
        choices=SkippedPairs,
        default=SkippedPairs.ELSEWHERE,
        help_text=_(
            "What somebody can’t read, is partial about or would rather not do never comes back "
            "to them."
        ),
    )
    skipped_hours = models.PositiveSmallIntegerField(
        default=24,
        help_text=_("Hours after which a skipped pair may come back, if it may and is still open."),
    )
    queue_size = models.PositiveIntegerField(default=10_000)
    lease_seconds = models.PositiveIntegerField(default=1800)
    retrain_every = models.PositiveIntegerField(
        default=200, help_text=_("New labels after which a run starts by itself. 0: never.")
    )
    retrain_recipe = models.CharField(max_length=16, default="basic")
    time_budget_s = models.PositiveIntegerField(
        default=900, help_text=_("Seconds a training run may take.")
    )
    practice = models.CharField(max_length=8, choices=Stage, default=Stage.OFF)
    qualification = models.CharField(max_length=8, choices=Stage, default=Stage.OFF)
    pass_mark = models.FloatField(
        default=0.8, help_text=_("Share of right answers that passes the qualification.")
    )
    qualification_pairs = models.PositiveSmallIntegerField(
        default=8,
        help_text=_("Pairs in one attempt. The next one asks others if there are enough."),
    )
    qualification_attempts = models.PositiveSmallIntegerField(
        default=2, help_text=_("Then the coordinator talks it over with the person.")
    )
    generation = models.ForeignKey(
        "annotation.QueueGeneration",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        help_text="The queue that is served now.",
    )
    counts_use = models.BooleanField(
        default=False, editable=False, help_text="Whether BudgetUse is kept: it has a budget."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-priority", "id"]
        constraints = [
            *(_known(field, *values) for field, values in KNOWN.items()),
            *(_share(field) for field in SHARES),
            models.CheckConstraint(
                condition=Q(labels_per_pair__gte=1, labels_per_pair__lte=MAX_LABELS),
                name="campaign_labels_per_pair_1_to_20",
            ),
            models.CheckConstraint(
                # A queue of second looks alone would never end.
                condition=Q(relabel_share__gte=0, relabel_share__lte=0.9),
                name="campaign_relabel_share_0_to_0_9",
            ),
            models.CheckConstraint(
                condition=Q(skipped_hours__gte=1, skipped_hours__lte=1000),
                name="campaign_skipped_hours_1_to_1000",
            ),
            models.CheckConstraint(
                condition=Q(stop_at__gt=0.5, stop_at__lt=1), name="campaign_stop_at_half_to_1"
            ),
            models.CheckConstraint(
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(opens_at__lt=F("closes_at")),
                name="campaign_opens_before_it_closes",
            ),
            models.CheckConstraint(
                condition=Q(lease_seconds__gte=1), name="campaign_lease_positive"
            ),
            models.CheckConstraint(
                condition=Q(qualification_pairs__gte=1, qualification_attempts__gte=1),
                name="campaign_qualification_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if errors := dict(_errors(self)):
            raise ValidationError(errors)

    @property
    def is_adaptive(self) -> bool:
        """Whether the labels of a pair decide how many more it wants."""
        return self.relabelling not in (self.Relabelling.FIXED, self.Relabelling.OVERLAP)

    @property
    def requires_learning(self) -> bool:
        """Whether somebody must have practised or qualified before their first pair."""
        return self.Stage.REQUIRED in (self.practice, self.qualification)


def _errors(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """What the constraints of the table refuse, by field and in words."""
    for field, least, most in BOUNDS:
        value = getattr(campaign, field)
        if value is not None and not least <= value <= most:
            yield (
                field,
                gettext("Give a number from %(least)s to %(most)s.")
                % {"least": least, "most": number_format(most, force_grouping=True)},
            )
    stop_at = campaign.stop_at
    if stop_at is not None and not 0.5 < stop_at < 1:
        yield "stop_at", gettext("Give a certainty above 0.5 and below 1, such as 0.95.")
    opens, closes = campaign.opens_at, campaign.closes_at
    if opens and closes and opens >= closes:
        yield "closes_at", gettext("The campaign would close before it opens.")


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
