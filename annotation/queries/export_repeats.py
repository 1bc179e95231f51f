"""What people answered to a pair that they had judged before, as rows of an export."""

from collections.abc import Generator

from annotation.models import Campaign, Policy
from annotation.queries.export import CHUNK, ExportRow
from annotation.queries.repeated_answers import repeated_answers

COLUMNS = (
    "campaign", "pair_id", "assistant", "first_verdict", "first_reasons", "first_policy",
    "first_at", "verdict", "reasons", "policy", "created_at",
)  # fmt: skip


def repeat_rows(*, campaign: Campaign | None = None) -> Generator[ExportRow, None, None]:
    """One row a second answer that stands, beside the first, in the order in which they came."""
    versions = dict(Policy.objects.values_list("pk", "version"))
    for each in [campaign] if campaign else Campaign.objects.order_by("pk"):
        answers = repeated_answers(campaign=each).select_related("pair", "assistant")
        for label in answers.order_by("id").iterator(chunk_size=CHUNK):
            yield {
                "campaign": each.slug,
                "pair_id": label.pair.pair_id,
                "assistant": label.assistant.username,
                "first_verdict": label.first_verdict,
                "first_reasons": label.first_reasons,
                "first_policy": versions[label.first_policy],
                "first_at": label.first_at.isoformat(),
                "verdict": label.verdict,
                "reasons": label.reasons,
                "policy": versions[label.policy_id],
                "created_at": label.created_at.isoformat(),
            }
