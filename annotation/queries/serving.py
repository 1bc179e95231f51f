from annotation.models import Campaign, TrainingRun


def served_run(campaign: Campaign) -> TrainingRun | None:
    """The run whose model ranks this campaign's queue now."""
    promotion = campaign.promotions.select_related("run__campaign").first()
    return promotion.run if promotion else None
