from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from annotation.models.campaign_limits import CONSTRAINTS, limits_passed
from annotation.models.policy import Policy


class CampaignManager(models.Manager["Campaign"]):
    """Those that people set up: not the repeats of one, which nothing counts unless it asks."""

    def get_queryset(self) -> models.QuerySet["Campaign"]:
        return super().get_queryset().filter(repeats_of=None)


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
    gold_feedback = models.BooleanField(
        default=False,
        help_text=_("Whoever answers such a pair is told the known answer, and why, afterwards."),
    )
    repeat_share = models.FloatField(
        default=0,
        help_text=_(
            "Share of a person's pairs that they judged before: how far people agree with "
            "themselves."
        ),
    )
    repeat_after_hours = models.PositiveSmallIntegerField(
        default=72, help_text=_("Hours after which a judged pair may be shown to its judge again.")
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
    ranking_asked_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When a ranking was asked for last; none once one has begun after that.",
    )
    ranking_problem = models.CharField(
        max_length=300,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Why the last ranking did without the model's word on some pairs.",
    )
    counts_use = models.BooleanField(
        default=False, editable=False, help_text="Whether BudgetUse is kept: it has a budget."
    )
    # What people judge once more belongs to a campaign of its own, which has no queue and is open
    # while this one is (see the migration): a second answer of one person is no second opinion.
    repeats_of = models.OneToOneField(
        "self", null=True, on_delete=models.CASCADE, related_name="repeats", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CampaignManager()
    every = models.Manager()  # noqa: DJ012 - it is a manager, too

    class Meta:
        base_manager_name = "every"
        ordering = ["-priority", "id"]
        constraints = CONSTRAINTS

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        errors = dict(limits_passed(self))
        if self.policy_id and not self.policy.reasons.exists():
            errors["policy"] = gettext(
                "This policy has no ways of being similar: nobody could answer “Similar”."
            )
        if errors:
            raise ValidationError(errors)

    @property
    def is_adaptive(self) -> bool:
        """Whether the labels of a pair decide how many more it wants."""
        return self.relabelling not in (self.Relabelling.FIXED, self.Relabelling.OVERLAP)

    @property
    def requires_learning(self) -> bool:
        """Whether somebody must have practised or qualified before their first pair."""
        return self.Stage.REQUIRED in (self.practice, self.qualification)
