from django import forms

from annotation.models.labels import DAY_SECONDS


class ReadForm(forms.Form):
    """What the page posts when the feedback on a practice pair is left."""

    seconds = forms.FloatField(required=False, min_value=0, max_value=DAY_SECONDS)
