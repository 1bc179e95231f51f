from annotation.models import Campaign, Policy


def current_policy() -> Policy | None:
    """The policy of the open campaign that is served first; the newest where none is open."""
    campaign = Campaign.objects.filter(state=Campaign.State.OPEN).select_related("policy").first()
    return campaign.policy if campaign else Policy.objects.first()


def policy_versions() -> list[int]:
    """All versions, the newest first."""
    return list(Policy.objects.values_list("version", flat=True))
