"""The sample study: invented, and complete enough that a newcomer sees a living system."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from annotation.importers.reading import read_table
from annotation.importers.rejects import Rejects
from annotation.importers.sources import open_source
from annotation.models import Assignment, Campaign, Label, Pair, Strategy, TrainingRun, User
from annotation.services import campaigns, content_warnings, figures, policies, queue, runs
from annotation.services.importing import import_practice

FOLDER = Path(__file__).resolve().parent.parent / "sample"
NAME, SLUG, SOURCE = "Sample study", "sample-study", "sample"


def sample_campaign() -> Campaign | None:
    return Campaign.objects.filter(slug=SLUG).first()


@transaction.atomic
def open_sample_study() -> Campaign:
    """The campaign over the imported sample pairs, with the labels of its invented assistants."""
    campaign = campaigns.open_campaign(
        name=NAME,
        policy=policies.add_policy(folder=FOLDER),
        source=SOURCE,
        relabelling=Campaign.Relabelling.FIXED,
        labels_per_pair=3,
        retrain_every=50,
        time_budget_s=300,
    )
    _add_labels(campaign)
    content_warnings.note_all_flags()
    queue.rerank(campaign=campaign, run=None)
    figures.refresh_figures(campaign=campaign)
    return campaign


def offer_practice(*, campaign: Campaign) -> None:
    """Practice and qualification for those who like, six of the twelve pairs in an attempt. Nothing
    is required: the demo's assistant, and programs that act as one, can judge pairs at once."""
    with open_source(str(FOLDER / "practice.jsonl")) as source:
        table = read_table(source)
        rejects = Rejects(settings.DATA_DIR / "practice.rejects.jsonl", table)
        import_practice(campaign=campaign, table=table, rejects=rejects)
        rejects.discard()
    campaign.practice = campaign.qualification = Campaign.Stage.OFFERED
    campaign.qualification_pairs = 6
    campaign.save(update_fields=["practice", "qualification", "qualification_pairs"])


def train_sample_model(*, campaign: Campaign) -> str | None:
    """A first model by the basic recipe, here and now; returns the run's status."""
    from annotation.services.training import execute_run

    run = _interrupted_run(campaign) or TrainingRun.objects.create(
        campaign=campaign,
        recipe=TrainingRun.Recipe.BASIC,
        trigger=TrainingRun.Trigger.COMMAND,
        time_budget_s=campaign.time_budget_s,
        label_count=Label.objects.filter(campaign=campaign).count(),
    )
    runs.note(run, "Requested (sample study)")
    return execute_run(run_id=run.pk, worker="sample study")


def _interrupted_run(campaign: Campaign) -> TrainingRun | None:
    """The run of a first start that was killed, put back to where it can be taken again."""
    run = campaign.runs.filter(recipe="basic", status__in=TrainingRun.ACTIVE).first()
    if run is not None:
        run.status = TrainingRun.Status.REQUESTED
        run.save(update_fields=["status"])
    return run


def _add_labels(campaign: Campaign) -> None:
    people = {
        name: User.objects.get_or_create(username=name)[0]
        for name in sorted({row["assistant"] for row in _rows("labels")})
    }
    for person in people.values():
        person.set_unusable_password()
        person.save(update_fields=["password"])
    pairs = dict(Pair.objects.filter(source=SOURCE).values_list("pair_id", "pk"))
    now = timezone.now()
    rows = sorted(_rows("labels"), key=lambda row: -row["minutes_ago"])
    made = [_judgement(campaign, row, people, pairs, now) for row in rows]
    Assignment.objects.bulk_create([assignment for assignment, _ in made])
    Label.objects.bulk_create([label for _, label in made])


def _judgement(
    campaign: Campaign,
    row: dict[str, Any],
    people: dict[str, User],
    pairs: dict[str, int],
    now: datetime,
) -> tuple[Assignment, Label]:
    at = now - timedelta(minutes=row["minutes_ago"])
    assignment = Assignment(
        campaign=campaign,
        pair_id=pairs[row["pair_id"]],
        assistant=people[row["assistant"]],
        policy=campaign.policy,
        state=Assignment.State.LABELLED,
        strategy=Strategy.RANDOM,
        served_at=at - timedelta(seconds=row["seconds"]),
        lease_expires_at=at + timedelta(seconds=campaign.lease_seconds),
    )
    label = Label(
        submission=assignment.pk,
        assignment=assignment,
        campaign=campaign,
        pair_id=assignment.pair_id,
        assistant=assignment.assistant,
        policy=campaign.policy,
        verdict=row["verdict"],
        reasons=sorted(row["reasons"]),
        comment=row["comment"],
        flagged=row["flagged"],
        seconds=row["seconds"],
        strategy=Strategy.RANDOM,
        created_at=at,
    )
    return assignment, label


def _rows(name: str) -> Iterator[dict[str, Any]]:
    with (FOLDER / f"{name}.jsonl").open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
