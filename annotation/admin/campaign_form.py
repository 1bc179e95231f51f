from typing import Any

from django import forms

from annotation.admin.languages import LanguagesForm
from annotation.models import Budget, TrainingRun

FIELDSETS: Any = [
    (None, {"fields": ["name", "slug", "policy", "state", "priority"]}),
    (
        "When",
        {
            "fields": ["opens_at", "closes_at"],
            "description": "Outside these dates nobody is handed a pair; what people have stays "
            "theirs to answer.",
        },
    ),
    ("Who, and which pairs", {"fields": ["everyone", "members", "languages", "duplicates"]}),
    (
        "How many labels a pair wants",
        {
            "fields": [
                "relabelling", "labels_per_pair", "overlap_share", "stop_at", "route_hours",
            ],
            "description": "“Until the answer is certain enough” needs the fewest labels for the "
            "same accuracy. A pair never gets two labels of one person.",
        },
    ),
    (
        "What the queue is made of",
        {"fields": ["order", "queue_size", "random_share", "relabel_share", "gold_share"]},
    ),
    ("Leases", {"fields": ["lease_seconds"]}),
    ("Retraining", {"fields": ["retrain_every", "retrain_recipe", "time_budget_s"]}),
]  # fmt: skip
HELP = {
    "state": "Paused or closed: nobody is handed a pair from the next one on.",
    "languages": "Codes with commas (en, de): pairs with a video in one of them. Empty: all.",
    "relabelling": "With the first rule every pair gets the same number. The others ask for more "
    "where it helps: by share, where people differ, or where the answer is not certain yet.",
    "order": "What comes first in the share of the queue that is not drawn at random.",
    "duplicates": "What happens with pairs of the same videos, uploaded twice or the other way "
    "round.",
    "queue_size": "Pairs in one ranking, at most. More take longer to rank.",
    "lease_seconds": "How long a pair is kept for the person who has it. A later answer counts.",
    "retrain_recipe": "What a run trains that starts by itself.",
}


class CampaignForm(LanguagesForm):
    retrain_recipe = forms.ChoiceField(choices=TrainingRun.Recipe, help_text=HELP["retrain_recipe"])

    class Meta:
        help_texts = HELP


class BudgetForm(forms.ModelForm):
    amount = forms.FloatField(min_value=0, help_text="Pairs count when they are handed out.")

    class Meta:
        model = Budget
        fields = ["scope", "amount", "unit", "period"]
