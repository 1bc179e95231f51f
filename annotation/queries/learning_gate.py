"""Whether a campaign may serve a person, by what it asks of them before their first pair.

The same rule twice: as text in the statement of the claim, and for the querysets of pages. A
qualification that is passed stands for the practice before it. `tests/annotation/
test_learning_gate.py` holds the two together.
"""

from django.db.models import Exists, OuterRef, Q

from annotation.models import Campaign, LearningAttempt, Round, User, Waiver

# Where nothing is required, which is known from the campaign's own row, nothing else is read.
HAS_LEARNT = """
(campaign.practice <> 'required' AND campaign.qualification <> 'required'
    OR EXISTS (
        SELECT FROM annotation_waiver waiver
        WHERE waiver.person_id = %(person)s AND waiver.campaign_id = campaign.id
            AND waiver.taken_back_at IS NULL
    )
    OR EXISTS (
        SELECT FROM annotation_learningattempt attempt
        WHERE attempt.person_id = %(person)s AND attempt.campaign_id = campaign.id
            AND attempt.passed
            AND (attempt.round = 'qualification' OR campaign.qualification <> 'required')
    ))
"""
# As a condition on campaigns.
REQUIRES = Q(practice=Campaign.Stage.REQUIRED) | Q(qualification=Campaign.Stage.REQUIRED)


def has_learnt(person: User) -> Q:
    """The condition on campaigns that `HAS_LEARNT` is."""
    campaign = OuterRef("pk")
    waived = Waiver.objects.filter(person=person, campaign=campaign, taken_back_at=None)
    passed = LearningAttempt.objects.filter(person=person, campaign=campaign, passed=True)
    qualified = passed.filter(round=Round.QUALIFICATION)
    return (
        ~REQUIRES
        | Q(Exists(waived))
        | Q(Exists(qualified))
        | (~Q(qualification=Campaign.Stage.REQUIRED) & Q(Exists(passed)))
    )


def people_who_have_learnt(campaign: Campaign) -> set[int] | None:
    """The people whom this campaign may serve by `HAS_LEARNT`; None: everybody."""
    if not campaign.requires_learning:
        return None
    passed = LearningAttempt.objects.filter(campaign=campaign, passed=True)
    if campaign.qualification == Campaign.Stage.REQUIRED:
        passed = passed.filter(round=Round.QUALIFICATION)
    waived = Waiver.objects.filter(campaign=campaign, taken_back_at=None)
    return {*passed.values_list("person", flat=True), *waived.values_list("person", flat=True)}
