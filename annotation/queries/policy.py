from annotation.models import Campaign, Policy, User


def current_policy() -> Policy | None:
    """The policy of the open campaign that is served first; the newest where none is open."""
    campaign = Campaign.objects.filter(state=Campaign.State.OPEN).select_related("policy").first()
    return campaign.policy if campaign else Policy.objects.first()


def known_versions(person: User) -> list[int]:
    """The versions that this person has seen."""
    return list(person.policy_readings.values_list("policy__version", flat=True))


def policy_versions() -> list[int]:
    """All versions, the newest first."""
    return list(Policy.objects.values_list("version", flat=True))
