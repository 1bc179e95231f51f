from annotation.models import Campaign, Pair, User
from annotation.queries.eligibility import Eligibility, eligibility
from annotation.services.leases import release_expired


def explain(*, campaign: Campaign, pair: Pair, person: User) -> Eligibility:
    """Why this person is, or is not, handed this pair now.

    Ends leases that ran out, as a claim that finds nothing else does: what is said is then what
    the next claim finds.
    """
    release_expired()
    return eligibility(campaign=campaign, pair=pair, person=person)
