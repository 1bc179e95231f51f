"""A study with a little of everything, for the tests of its pages."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from annotation.models import (
    AgreementReport,
    Assignment,
    Campaign,
    Label,
    Pair,
    Promotion,
    Role,
    RunEvent,
    TrainingRun,
    User,
    Video,
    VideoTwin,
)
from annotation.services.claim import claim
from annotation.services.consensus import refresh_consensus
from annotation.services.contests import contest
from annotation.services.labels import Answer, revise, submit
from annotation.services.reliability import refresh_reliability
from annotation.services.repeats import repeats_of
from tests.factories import RunFactory, UserFactory, campaign_with_pairs

PART = {
    "alpha_nominal": {"value": 0.71, "low": 0.66, "high": 0.76},
    "alpha_ordinal": {"value": 0.74, "low": 0.69, "high": 0.79},
    "fleiss_kappa": {"value": 0.7, "low": 0.64, "high": 0.75},
    "gwet_ac1": {"value": None, "low": None, "high": None},
    "percent_agreement": {"value": 0.87, "low": 0.84, "high": 0.9},
    "labels": 2190, "units": 1100, "units_with_overlap": 90,
}  # fmt: skip
FIGURES = {
    "by": {
        "language": [{"value": code, **PART} for code in ("de", "en", "ar", "zh-hant", "")],
        "source": [{"value": "A_source_with_a_name_that_is_as_long_as_they_get_" * 2, **PART}],
        "week": [{"value": f"2026-W{week}", **PART} for week in range(10, 35)],
    },
    "units_with_overlap": 90,
    "alpha_nominal": {"value": 0.71, "low": 0.66, "high": 0.76},
    "alpha_ordinal": {"value": 0.74, "low": 0.69, "high": 0.79},
    "fleiss_kappa": {"value": 0.7, "low": 0.64, "high": 0.75},
    "gwet_ac1": {"value": None, "low": None, "high": None},
    "percent_agreement": {"value": 0.87, "low": 0.84, "high": 0.9},
    "cohen_kappa": [
        {"a": f"person{i}", "b": f"person{i + 1}", "value": 0.6, "low": -0.2, "high": 0.9, "n": 9}
        for i in range(25)
    ],
    "units": 90,
    "annotators": 26,
    "repeats": {
        "n": 41,
        "agreed": 37,
        "people": 12,
        "other_policy": 3,
        "last_label": 1,
        "same": {"value": 0.9, "low": 0.77, "high": 0.96},
        "kappa": {"value": 0.81, "low": 0.6, "high": 0.95},
    },
}
LONG = "Wer_hat_die_Karten_gezeichnet_" * 9


@dataclass
class Study:
    campaign: Campaign
    person: User
    label: Label
    disputed: Pair
    video: Video
    rtl_video: Video
    active_run: TrainingRun
    finished_run: TrainingRun


def estimates(auroc: float) -> dict[str, Any]:
    names = ["auroc", "average_precision", "accuracy", "precision", "recall", "f1"]
    return {name: {"value": auroc, "low": auroc - 0.1, "high": auroc + 0.05} for name in names}


def finished_run(campaign: Campaign, auroc: float) -> TrainingRun:
    figures = {"overall": estimates(auroc), "nt": estimates(auroc), "wt": estimates(auroc)}
    run = RunFactory(
        campaign=campaign, status="succeeded", artefact="models/run", progress=1,
        finished_at=timezone.now(), metrics={"test": figures, "champion": {"run": 1, **figures}},
        data_hash="9f" * 32, code_version="1f2e3d4",
    )  # fmt: skip
    RunEvent.objects.create(run=run, text="Trained <b>in 31 s</b>")
    Promotion.objects.create(campaign=campaign, run=run, reason="The first")
    return run


def living_study() -> Study:
    """Two people who disagree on everything, three runs, and videos with awkward texts."""
    campaign = campaign_with_pairs(5, labels_per_pair=3)
    person, colleague = UserFactory(role=Role.ASSISTANT), UserFactory(first_name="Amélie")
    first, second = Video.objects.order_by("pk")[:2]
    Video.objects.update(description=LONG, transcript="Good morning. " * 600, duration_s=761)
    Video.objects.filter(pk=first.pk).update(title="<script>alert(1)</script> & <b>bold</b>")
    Video.objects.filter(pk=second.pk).update(title="مكياج خفيف لصباح العيد", language="ar")
    VideoTwin.objects.create(video=first, twin=second, methods=["text", "title"], score=0.97)
    labels = [label_all(person, "similar", 3), label_all(colleague, "not_similar", 3)]
    changed = Answer(verdict="unsure", comment="On a second look " + LONG, flagged=True)
    revised = revise(
        assistant=person, label_id=labels[0][0].pk, submission=uuid4(), answer=changed
    ).label
    asked_again(colleague, labels[1][1])
    refresh_consensus(campaign=campaign)
    AgreementReport.objects.create(campaign=campaign, last_label=revised.pk - 1, figures=FIGURES)
    refresh_reliability(campaign=campaign)
    contest(campaign=campaign, person=person, figure="consensus", text="Why? " + LONG)
    active = RunFactory(
        campaign=campaign, recipe="unified", status="running", progress=0.4, attempt=1,
        started_at=timezone.now() - timedelta(minutes=2), message="Epoch 2 of 4",
        heartbeat_at=timezone.now(),
    )  # fmt: skip
    finished = [finished_run(campaign, auroc) for auroc in (0.7, 0.8)][-1]
    return Study(
        campaign, person, revised, revised.pair, Video.objects.get(pk=first.pk),
        Video.objects.get(pk=second.pk), active, finished,
    )  # fmt: skip


def label_all(person: User, verdict: str, count: int) -> list[Label]:
    reasons = ("similar_subject", "other") if verdict == "similar" else ()
    answer = Answer(verdict=verdict, reasons=reasons, comment="Because.", seconds=31)
    return [
        submit(assistant=person, assignment_id=assignment.pk, answer=answer).label
        for _ in range(count)
        for assignment in claim(assistant=person)
    ]


def asked_again(person: User, first: Label) -> Label:
    """The same person, who says something else this time."""
    again = Assignment.objects.create(
        campaign=repeats_of(first.campaign), pair=first.pair, assistant=person,
        policy=first.policy, strategy="repeat",
        lease_expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    return submit(assistant=person, assignment_id=again.pk, answer=Answer("unsure")).label


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client
