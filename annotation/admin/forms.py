from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Campaign, TrainingRun
from annotation.models.campaign_limits import TIME_BUDGET_S


class RetrainForm(forms.Form):
    campaign = forms.ModelChoiceField(
        queryset=Campaign.objects.exclude(state=Campaign.State.CLOSED), empty_label=None
    )
    recipe = forms.ChoiceField(choices=TrainingRun.Recipe)
    time_budget_s = forms.IntegerField(
        label=_("Time budget"),
        min_value=TIME_BUDGET_S[0],
        max_value=TIME_BUDGET_S[1],
        initial=900,
        help_text=_("Seconds the training may take. Then the best model so far counts."),
    )
