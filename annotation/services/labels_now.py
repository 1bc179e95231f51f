"""The labels of a campaign as a refresh finds them: read once for all that is computed of them."""

from functools import cached_property

from annotation.models import Campaign
from annotation.queries.repeated_answers import last_repeat
from annotation.queries.votes import StandingLabels, last_label, standing_labels


class LabelsNow:
    """`last_label` and `last_repeat` are the newest ids, 0 where there is none. They are read
    before the labels are: for what comes in between the figures are computed once more."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.last_label = last_label(campaign=campaign)
        self.last_repeat = last_repeat(campaign=campaign)

    @cached_property
    def standing(self) -> StandingLabels:
        """Read when first asked for."""
        return standing_labels(campaign=self.campaign)
