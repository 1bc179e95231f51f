from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.admin.as_shown import AsShownForm
from annotation.admin.languages import LanguagesForm
from annotation.models import Budget, Campaign, Round, TrainingRun
from annotation.queries.learning import pairs_by_round

FIELDSETS: Any = [
    (None, {"fields": ["name", "slug", "policy", "state", "priority", "shown"]}),
    (
        _("When"),
        {
            "fields": ["opens_at", "closes_at"],
            "description": _("Outside these dates nobody is handed a pair; what people have stays "
            "theirs to answer."),
        },
    ),
    (_("Who, and which pairs"), {"fields": ["everyone", "members", "languages", "duplicates"]}),
    (
        _("Before the first pair"),
        {
            "fields": [
                "practice", "qualification", "pass_mark", "qualification_pairs",
                "qualification_attempts",
            ],
            "description": _(
                "The pairs of both rounds come from manage.py import_practice, or are set under "
                "Learning pairs. Who has practised and qualified stands under Study, Practice."
            ),
        },
    ),
    (
        _("How many labels a pair wants"),
        {
            "fields": [
                "relabelling", "labels_per_pair", "overlap_share", "stop_at", "route_hours",
                "consensus_method",
            ],
            "description": _("“Until the answer is certain enough” needs the fewest labels for the "
            "same accuracy. A pair never gets two labels of one person."),
        },
    ),
    (
        _("What the queue is made of"),
        {"fields": ["order", "queue_size", "random_share", "relabel_share"]},
    ),
    (
        _("What is mixed into everybody’s work"),
        {
            "fields": ["gold_share", "gold_feedback", "repeat_share", "repeat_after_hours"],
            "description": _("People are told beforehand that this happens, not with which pair."),
        },
    ),
    (
        _("What people see, and what becomes of skipped pairs"),
        {"fields": ["reasons_mode", "mark_shared_words", "skipped_pairs", "skipped_hours"]},
    ),
    (_("Leases"), {"fields": ["lease_seconds"]}),
    (_("Retraining"), {"fields": ["retrain_every", "retrain_recipe", "time_budget_s"]}),
]  # fmt: skip
HELP = {
    "state": _("Paused or closed: nobody is handed a pair from the next one on."),
    "languages": _("Codes with commas (en, de): pairs with a video in one of them. Empty: all."),
    "practice": _(
        "Pairs with feedback after each. Required: nobody is served before they have been through "
        "it."
    ),
    "qualification": _(
        "Pairs without feedback until the end. Required: nobody is served before they have passed, "
        "or a coordinator waved them through."
    ),
    "relabelling": _(
        "With the first rule every pair gets the same number. The others ask for more "
        "where it helps: by share, where people differ, or where the answer is not certain yet."
    ),
    "order": _("What comes first in the share of the queue that is not drawn at random."),
    "duplicates": _(
        "What happens with pairs of the same videos, uploaded twice or the other way round."
    ),
    "queue_size": _("Pairs in one ranking, at most. More take longer to rank."),
    "lease_seconds": _("How long a pair is kept for the person who has it. A later answer counts."),
    "retrain_recipe": _("What a run trains that starts by itself."),
}


class CampaignForm(LanguagesForm, AsShownForm):
    retrain_recipe = forms.ChoiceField(choices=TrainingRun.Recipe, help_text=HELP["retrain_recipe"])

    class Meta:
        help_texts = HELP

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        pairs = pairs_by_round(campaign=self.instance)
        for round_ in Round:
            required = cleaned.get(round_.value) == Campaign.Stage.REQUIRED
            if required and round_.value in self.changed_data and not pairs.get(round_.value):
                self.add_error(
                    round_.value, _("It has no pairs yet, so that nobody could pass it.")
                )
        return cleaned


class BudgetForm(AsShownForm):
    amount = forms.FloatField(min_value=0, help_text=_("Pairs count when they are handed out."))

    class Meta:
        model = Budget
        fields = ["scope", "amount", "unit", "period"]
