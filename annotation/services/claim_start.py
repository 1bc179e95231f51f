"""What a claim begins with: its locks, the person's open leases, and the campaigns that may serve
them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from annotation.models import Campaign, QueueGeneration, User
from annotation.postgres import KEEP_TO_INDEXES, Step, execute_batch
from annotation.queries.learning_gate import HAS_LEARNT
from annotation.queries.policy import IS_NEWS
from annotation.queries.rows import Columns, instances

CAMPAIGN = Columns(
    Campaign,
    "campaign",
    only=("id", "name", "generation_id", "policy_id", "lease_seconds", "counts_use", "gold_share",
          "repeat_share", "repeat_after_hours"),
)  # fmt: skip
GENERATION = Columns(QueueGeneration, "generation", only=("id", "run_id"))
# The first lock lets the claims of one person follow each other; the others keep the queues from
# being switched. Each statement sees what was committed while the one before it waited.
LOCK_PERSON = f"""
SELECT {KEEP_TO_INDEXES}, pg_advisory_xact_lock(hashtext('person'), %(person)s)
"""
LOCK_QUEUES = """
SELECT id, pg_advisory_xact_lock_shared(hashtext('queue'), id::int) FROM (
    SELECT id FROM annotation_campaign WHERE state = 'open' ORDER BY priority DESC, id
) open
"""
HELD = """
SELECT lease.id, lease.served_at, campaign.state = 'open' FROM annotation_assignment lease
JOIN annotation_campaign campaign ON campaign.id = lease.campaign_id
WHERE lease.assistant_id = %(person)s AND lease.state = 'leased'
    AND lease.served_at >= coalesce(%(since)s::timestamptz, '-infinity')
    AND lease.lease_expires_at > clock_timestamp()
ORDER BY lease.served_at, lease.id
"""
CAMPAIGNS = f"""
SELECT {CAMPAIGN.sql}, {GENERATION.sql}, {IS_NEWS}
FROM annotation_campaign campaign
JOIN annotation_queuegeneration generation ON generation.id = campaign.generation_id
WHERE campaign.state = 'open'
    AND (campaign.opens_at IS NULL OR campaign.opens_at <= clock_timestamp())
    AND (campaign.closes_at IS NULL OR campaign.closes_at > clock_timestamp())
    AND (campaign.everyone OR EXISTS (
        SELECT FROM annotation_campaign_members member
        WHERE member.campaign_id = campaign.id AND member.user_id = %(person)s
    ))
    AND {HAS_LEARNT}
ORDER BY campaign.priority DESC, campaign.id
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Start:
    """`held`: the open leases and when each was made, the earliest first. `since`: when the first
    was made, those of a paused campaign included, which come back when it goes on. `campaigns`:
    those that may serve this person now, with what a claim needs of them, the first to serve in
    front. `unread`: the versions of the policy that these follow and the person has not read;
    `has_news`: they know another, so that they read these before they are handed anything."""

    held: dict[UUID, datetime]
    since: datetime | None
    campaigns: list[Campaign]
    unread: set[int]
    has_news: bool


def start_claim(*, assistant: User, since: datetime | None) -> Start:
    """Take the locks of a claim until the transaction ends, and read what it begins with.

    `since`: a moment before which no open lease of theirs can have been made, if one is known.
    """
    person = {"person": assistant.pk}
    _, queues, leases, campaigns = execute_batch(
        Step(LOCK_PERSON, person),
        Step(LOCK_QUEUES),
        Step(HELD, person | {"since": since}),
        Step(CAMPAIGNS, person),
    )
    # One that was opened after the locks were taken is left out: its queue may be switched.
    locked = {pk for pk, _ in queues}
    serving = [(_campaign(row), row[-1]) for row in campaigns]
    held = {pk: served_at for pk, served_at, is_open in leases if is_open}
    since = leases[0][1] if leases else None
    unread = {campaign.policy_id for campaign, is_news in serving if is_news is not None}
    return Start(
        held,
        since,
        [campaign for campaign, _ in serving if campaign.pk in locked],
        unread,
        has_news=any(is_news for _, is_news in serving),
    )


def _campaign(row: tuple[object, ...]) -> Campaign:
    campaign: Campaign
    campaign, campaign.generation = instances(row, CAMPAIGN, GENERATION)
    return campaign
