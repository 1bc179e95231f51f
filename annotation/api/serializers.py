from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotation.models import Assignment, Label, ReasonCode, TrainingRun, Verdict, Video
from annotation.models.campaign_limits import TIME_BUDGET_S
from annotation.queries.leases import SHOWN_TRANSCRIPT
from annotation.queries.nothing import REASONS
from annotation.services.labels import Answer


class ShortListField(serializers.ListField):
    """A list whose length is checked first: a huge one gets one error, not one for each item."""

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, Sequence) and self.max_length and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class ChoiceField(serializers.ChoiceField):
    """Says what may be chosen, not what was sent: that may be of any length."""

    default_error_messages = {"invalid_choice": _("Choose one of these: {choices}.")}

    def fail(self, key: str, **given: Any) -> NoReturn:
        super().fail(key, choices=", ".join(self.choices), **given)


class VideoSerializer(serializers.ModelSerializer[Video]):
    """A video of a pair, with what the labelling page shows: the start of a long transcript."""

    transcript = serializers.SerializerMethodField(
        help_text=f"The first {SHOWN_TRANSCRIPT:,} characters; the whole is on the video's page."
    )
    transcript_truncated = serializers.SerializerMethodField(
        help_text="Whether the transcript goes on."
    )
    thumbnail_url = serializers.SerializerMethodField()
    content_warning = serializers.BooleanField(source="warns", read_only=True)
    watch_url = serializers.CharField(read_only=True)

    class Meta:
        model = Video
        fields = [
            "video_id", "title", "channel", "description", "transcript",
            "transcript_truncated", "language", "published_at", "duration_s", "watch_url",
            "thumbnail_url", "content_warning",
        ]  # fmt: skip

    def get_transcript(self, video: Video) -> str | None:
        return video.transcript and video.transcript[:SHOWN_TRANSCRIPT]

    def get_transcript_truncated(self, video: Video) -> bool:
        return len(video.transcript or "") > SHOWN_TRANSCRIPT

    def get_thumbnail_url(self, video: Video) -> str:
        return video.thumbnail_url or video.drawn_thumbnail_url


class AssignmentSerializer(serializers.ModelSerializer[Assignment]):
    assignment = serializers.UUIDField(source="id", read_only=True)
    pair = serializers.CharField(source="pair.pair_id", read_only=True)
    policy = serializers.IntegerField(source="policy.version", read_only=True)
    rejected = VideoSerializer(source="pair.rejected", read_only=True)
    recommended = VideoSerializer(source="pair.recommended", read_only=True)

    class Meta:
        model = Assignment
        fields = [
            "assignment", "pair", "lease_expires_at", "policy", "rejected", "recommended",
        ]  # fmt: skip


class NextSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(min_value=1, max_value=5, default=1)
    holding = ShortListField(
        child=serializers.UUIDField(), default=list, max_length=50,
        help_text="Assignments the client has already; others are returned.",
    )  # fmt: skip


class WhyNothingSerializer(serializers.Serializer[Any]):
    why_nothing = serializers.ChoiceField(
        choices=REASONS,
        required=False,
        help_text="Where there is no pair. With `policy` a new version is to be read first, on the "
        "labelling page; with `practice` and `qualification` these are to be done there.",
    )


class NextResponseSerializer(WhyNothingSerializer):
    assignments = AssignmentSerializer(many=True)


class AnswerSerializer(serializers.Serializer[Any]):
    """The shape of an answer; what it must say is the service's to check, in one place."""

    verdict = ChoiceField(choices=Verdict.choices)
    reasons = ShortListField(
        child=ChoiceField(choices=ReasonCode.choices), default=list, max_length=20
    )
    comment = serializers.CharField(default="", allow_blank=True)
    flagged = serializers.BooleanField(default=False)
    seconds = serializers.FloatField(default=0, min_value=0)
    marked_shared = serializers.BooleanField(
        default=False, help_text="Whether words that both videos share were marked."
    )


def as_answer(given: Mapping[str, Any]) -> Answer:
    """What an `AnswerSerializer` has found to be well formed."""
    return Answer(
        verdict=given["verdict"],
        reasons=tuple(given["reasons"]),
        comment=given["comment"],
        flagged=given["flagged"],
        seconds=given["seconds"],
        marked_shared=given["marked_shared"],
    )


class SkipSerializer(serializers.Serializer[Any]):
    reason = ChoiceField(choices=Assignment.SkipReason.choices, default=None, allow_null=True)


class RevisionSerializer(AnswerSerializer):
    submission = serializers.UUIDField(help_text="Made by the client; repeats are harmless.")


class LabelSerializer(serializers.ModelSerializer[Label]):
    """A label as its author gets it. How the pair was chosen and what a model thought of it is left
    to exports: an answer can still be changed, and known answers and repeats look like any pair."""

    pair = serializers.CharField(source="pair.pair_id", read_only=True)
    policy = serializers.IntegerField(source="policy.version", read_only=True)

    class Meta:
        model = Label
        fields = [
            "id", "submission", "assignment", "pair", "verdict", "reasons", "comment", "flagged",
            "seconds", "marked_shared", "late", "supersedes", "policy", "created_at",
        ]  # fmt: skip


class NextAfterSerializer(NextSerializer):
    html = serializers.BooleanField(
        default=False, help_text="As the fragment that the page shows, not as data."
    )


class SubmitSerializer(AnswerSerializer):
    next = NextAfterSerializer(
        required=False, help_text="Lease more pairs as well, once the answer is recorded."
    )


class SubmittedSerializer(serializers.Serializer[Any]):
    created = serializers.BooleanField()
    label = LabelSerializer()  # type: ignore[assignment]


class NextAfterResponseSerializer(WhyNothingSerializer):
    assignments = AssignmentSerializer(many=True, required=False)
    html = serializers.CharField(required=False)


class SubmitResponseSerializer(SubmittedSerializer):
    told = serializers.CharField(
        required=False, help_text="What is known of this pair, where the campaign tells it."
    )
    next = NextAfterResponseSerializer(
        required=False,
        allow_null=True,
        help_text="If it was asked for; null when only that failed. The answer is recorded.",
    )


class RefusalSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()
    unread = serializers.BooleanField(
        required=False, help_text="What was sent was not looked at: keep it, and mend the request."
    )


class QueueStatusSerializer(serializers.Serializer[Any]):
    campaign = serializers.SlugField()
    generation = serializers.IntegerField(help_text="The ranking's number; 0 before the first.")
    run = serializers.IntegerField(allow_null=True, help_text="Whose model ranked it.")
    ready = serializers.IntegerField()
    by_strategy = serializers.DictField(child=serializers.IntegerField())
    labels = serializers.IntegerField()


class ProgressSerializer(serializers.Serializer[Any]):
    today = serializers.IntegerField()
    total = serializers.IntegerField()
    hours = serializers.FloatField()
    queue = QueueStatusSerializer(
        required=False, allow_null=True, help_text="For coordinators: the first of `queues`."
    )
    queues = QueueStatusSerializer(many=True, required=False, help_text="For coordinators.")


class RunEventSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    text = serializers.CharField()


class RunSerializer(serializers.ModelSerializer[TrainingRun]):
    promoted = serializers.SerializerMethodField()

    class Meta:
        model = TrainingRun
        fields = [
            "id", "recipe", "status", "progress", "message", "metrics", "trigger", "requested_at",
            "started_at", "finished_at", "attempt", "label_count", "data_hash", "promoted",
        ]  # fmt: skip

    def get_promoted(self, run: TrainingRun) -> bool:
        return any(True for _ in run.promotions.all())


class RunDetailSerializer(RunSerializer):
    events = serializers.SerializerMethodField()

    class Meta(RunSerializer.Meta):
        fields = [*RunSerializer.Meta.fields, "error", "code_version", "events"]

    def get_events(self, run: TrainingRun) -> list[dict[str, Any]]:
        latest = reversed(run.events.order_by("-id")[:100])
        return [dict(RunEventSerializer(event).data) for event in latest]


class RunRequestSerializer(serializers.Serializer[Any]):
    campaign = serializers.SlugField()
    recipe = ChoiceField(choices=TrainingRun.Recipe.choices, default="basic")
    time_budget_s = serializers.IntegerField(
        min_value=TIME_BUDGET_S[0], max_value=TIME_BUDGET_S[1], required=False
    )
