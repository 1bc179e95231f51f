from annotation.models import Campaign, Policy, PolicyReading, User
from annotation.queries.serving import campaigns_for

# For the statement of the claim: null where the person has read the version of a campaign, as most
# have; else whether they have read any. `tests/annotation/test_policy_news.py` holds it and
# `unread_policy` together.
IS_NEWS = """
CASE WHEN EXISTS (
    SELECT FROM annotation_policyreading reading
    WHERE reading.person_id = %(person)s AND reading.policy_id = campaign.policy_id
) THEN NULL ELSE EXISTS (
    SELECT FROM annotation_policyreading reading WHERE reading.person_id = %(person)s
) END
"""


def current_policy() -> Policy | None:
    """The policy of the open campaign that is served first; the newest where none is open."""
    campaign = Campaign.objects.filter(state=Campaign.State.OPEN).select_related("policy").first()
    return campaign.policy if campaign else Policy.objects.first()


def known_versions(person: User) -> list[int]:
    """The versions that this person has seen."""
    return list(person.policy_readings.values_list("policy__version", flat=True))


def unread_policy(person: User) -> Policy | None:
    """A version that this person's work follows now and that they have not read, although they
    know another. Whoever knows none has nothing to read anew: the first stands beside the work."""
    readings = PolicyReading.objects.filter(person=person)
    if not readings.exists():
        return None
    served = Policy.objects.filter(pk__in=campaigns_for(person).order_by().values("policy"))
    return served.exclude(pk__in=readings.values("policy")).first()


def policy_versions() -> list[int]:
    """All versions, the newest first."""
    return list(Policy.objects.values_list("version", flat=True))
