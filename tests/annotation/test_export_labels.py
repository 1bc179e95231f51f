import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from annotation.models import Assignment, Campaign, Label, Pair, PoolPair, Verdict
from annotation.queries.export import majority
from annotation.services.consensus import refresh_consensus
from annotation.services.labels import Answer, revise, submit
from modeling.records import read_pairs
from tests.annotation.imports import run
from tests.factories import CampaignFactory, PairFactory, RunFactory, UserFactory, VideoFactory

pytestmark = pytest.mark.django_db

SIMILAR = Answer("similar", ("same_persons", "similar_subject"), comment='=1+1, "two"\nlines')


def export(*arguments: object) -> tuple[list[dict], dict]:
    """What the command writes to standard output as JSON Lines, and its summary."""
    out, err = io.StringIO(), io.StringIO()
    call_command("export_labels", "--format", "jsonl", *map(str, arguments), stdout=out, stderr=err)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    return rows, json.loads(err.getvalue().splitlines()[-1])


def label(pair: Pair, campaign: Campaign, answer: Answer, **fields: object) -> Label:
    PoolPair.objects.get_or_create(
        campaign=campaign, pair=pair, defaults={"held_out": pair.held_out}
    )
    defaults = {
        "assistant": fields.get("assistant") or UserFactory(),
        "strategy": "random",
        "policy": campaign.policy,
        "lease_expires_at": timezone.now() + timedelta(hours=1),
    }
    assignment = Assignment.objects.create(campaign=campaign, pair=pair, **(defaults | fields))
    return submit(assistant=assignment.assistant, assignment_id=assignment.pk, answer=answer).label


@pytest.fixture
def campaign() -> Campaign:
    return CampaignFactory(slug="spring")


@pytest.fixture
def pair() -> Pair:
    return PairFactory(
        pair_id="p1",
        rejected=VideoFactory(video_id="a", title="<b>One</b>", channel="Same", transcript="Hm."),
        recommended=VideoFactory(video_id="b", title="=CMD()", channel="same"),
    )


def test_raw_labels_tell_how_each_one_came_about(campaign, pair) -> None:
    run_ = RunFactory(campaign=campaign)
    ada = UserFactory(username="ada")
    given_label = label(
        pair, campaign, SIMILAR, assistant=ada, strategy="uncertainty", run=run_, score=0.48
    )
    [row], summary = export()
    assert summary["rows"] == 1
    assert row["created_at"] == given_label.created_at.isoformat()
    assert row | {"created_at": None} == {
        "label_id": given_label.pk, "campaign": "spring", "pair_id": "p1", "rejected": "a",
        "recommended": "b", "held_out": pair.held_out, "assistant": "ada",
        "policy": campaign.policy.version, "verdict": "similar",
        "reasons": given_label.reasons, "comment": given_label.comment, "flagged": False,
        "seconds": 0.0, "strategy": "uncertainty", "run": run_.pk, "score": 0.48, "late": False,
        "marked_shared": False,
        "supersedes": None, "superseded_by": None, "created_at": None,
    }  # fmt: skip


def test_raw_labels_keep_what_was_corrected_and_the_consensus_does_not(campaign, pair) -> None:
    first = label(pair, campaign, SIMILAR)
    second = revise(
        assistant=first.assistant, label_id=first.pk,
        submission="0d3c1f4e-6d3a-4c5b-9c57-3d6a1f0b2e11", answer=Answer("not_similar"),
    ).label  # fmt: skip
    rows, _ = export()
    assert [(row["label_id"], row["supersedes"], row["superseded_by"]) for row in rows] == [
        (first.pk, None, second.pk),
        (second.pk, first.pk, None),
    ]
    [row], _ = export("--kind", "consensus")
    assert (row["verdict"], row["labels"], row["reasons"]) == ("not_similar", 1, {})


def test_the_consensus_is_the_majority_with_its_votes_and_the_pairs_texts(campaign, pair) -> None:
    for answer in (SIMILAR, Answer("similar", ("same_persons",)), Answer("not_similar"),
                   Answer("unsure")):  # fmt: skip
        label(pair, campaign, answer)
    [row], _ = export("--kind", "consensus")
    assert (row["pair_id"], row["label"], row["verdict"], row["labels"]) == ("p1", 1, "similar", 4)
    assert row["similar_share"] == pytest.approx(2 / 3)
    assert [row[f"votes_{each}"] for each in Verdict.values] == [2, 1, 1]
    assert row["reasons"] == {"same_persons": 2, "similar_subject": 1}
    assert row["held_out"] == pair.held_out
    assert (row["regret_id"], row["regret_title"], row["regret_transcript"]) == (
        "a", "<b>One</b>", "Hm.",
    )  # fmt: skip
    assert (row["recommendation_title"], row["recommendation_transcript"]) == ("=CMD()", None)
    assert row["channel_sim"] == 1


def test_a_tie_is_unsure_and_only_unsure_votes_give_no_share(campaign, pair) -> None:
    label(pair, campaign, SIMILAR)
    label(pair, campaign, Answer("not_similar"))
    other = PairFactory()
    label(other, campaign, Answer("unsure"))
    rows, _ = export("--kind", "consensus")
    assert [(row["label"], row["similar_share"]) for row in rows] == [
        ("unsure", 0.5), ("unsure", None),
    ]  # fmt: skip


@given(st.lists(st.sampled_from(Verdict.values), max_size=9))
def test_a_majority_has_more_votes_than_any_other_and_its_order_does_not_matter(verdicts) -> None:
    winner = majority(verdicts)
    assert winner == majority(reversed(verdicts))
    others = [verdicts.count(each) for each in Verdict.values if each != winner]
    assert winner == "unsure" or verdicts.count(winner) > max(others)


def test_only_the_labels_of_the_campaign_that_was_asked_for_are_written(campaign, pair) -> None:
    label(pair, campaign, SIMILAR)
    label(pair, CampaignFactory(slug="autumn"), Answer("not_similar"))
    assert [row["campaign"] for row in export("--campaign", "autumn")[0]] == ["autumn"]
    [row], _ = export("--campaign", "autumn", "--kind", "consensus")
    assert (row["label"], row["labels"]) == (0, 1)
    with pytest.raises(CommandError, match=r"Campaigns: .*autumn"):
        export("--campaign", "winter")


def test_an_empty_export_is_a_header_alone(capsys) -> None:
    call_command("export_labels")
    out, err = capsys.readouterr()
    assert out.startswith("label_id,campaign,pair_id,")
    assert (out.count("\n"), json.loads(err)["rows"]) == (1, 0)


def test_csv_values_are_not_altered_not_even_those_a_spreadsheet_would_run(
    campaign, pair, tmp_path
) -> None:
    label(pair, campaign, SIMILAR)
    path, out = tmp_path / "labels.csv", io.StringIO()
    call_command("export_labels", "--output", str(path), stdout=out)
    assert json.loads(out.getvalue())["rows"] == 1
    with path.open(newline="", encoding="utf-8") as file:
        [row] = csv.DictReader(file)
    assert row["comment"] == '=1+1, "two"\nlines'
    assert json.loads(row["reasons"]) == ["same_persons", "similar_subject"]
    assert (row["flagged"], row["score"]) == ("0", "")


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
def test_an_exported_consensus_can_be_imported_as_pairs_and_changes_nothing(
    campaign, pair, tmp_path, format_
) -> None:
    label(pair, campaign, SIMILAR)
    label(PairFactory(), campaign, Answer("not_similar"))
    path = tmp_path / f"consensus.{format_}"
    call_command("export_labels", "--kind", "consensus", "--format", format_, "--output",
                 str(path), stdout=io.StringIO())  # fmt: skip
    result = run("import_pairs", path)
    assert result.counts == {"read": 2, "unchanged": 2}
    assert (result.summary["videos_created"], result.summary["videos_updated"]) == (0, 0)


def test_a_failed_export_leaves_the_earlier_file_as_it_was(
    campaign, pair, tmp_path, monkeypatch
) -> None:
    label(pair, campaign, SIMILAR)
    path = tmp_path / "labels.csv"
    path.write_text("earlier")
    monkeypatch.setattr("annotation.exporters.writers._csv_value", lambda value: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        call_command("export_labels", "--output", str(path))
    assert path.read_text() == "earlier"
    assert [each.name for each in tmp_path.iterdir()] == ["labels.csv"]


@pytest.mark.django_db(transaction=True)
def test_a_slow_reader_of_an_export_keeps_nobody_from_the_consensus() -> None:
    campaign = CampaignFactory()
    label(PairFactory(), campaign, SIMILAR)
    computed: list[int] = []

    def label_and_compute() -> None:
        label(PairFactory(), campaign, SIMILAR)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        state = refresh_consensus(campaign=campaign)
        computed.append(state.labels if state else 0)
        connection.close()

    class SlowReader(io.StringIO):
        def write(self, text: str) -> int:
            if not computed:
                meanwhile = Thread(target=label_and_compute)
                meanwhile.start()
                meanwhile.join()
            return super().write(text)

    call_command("export_labels", "--kind", "consensus", stdout=SlowReader(), stderr=io.StringIO())
    assert computed == [2]


def test_an_output_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("export_labels", "--output", str(tmp_path / "none" / "labels.csv"))


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
def test_an_exported_consensus_can_be_trained_on(campaign, pair, tmp_path, format_) -> None:
    label(pair, campaign, SIMILAR)
    label(PairFactory(), campaign, Answer("not_similar"))
    label(PairFactory(), campaign, Answer("unsure"))
    path = tmp_path / f"consensus.{format_}"
    call_command("export_labels", "--kind", "consensus", "--format", format_, "--output",
                 str(path), stdout=io.StringIO())  # fmt: skip
    examples = [example for _, example in read_pairs(path, labelled=True)]
    assert [example.target for example in examples] == [1.0, 0.0, 0.5]
    assert (examples[0].left.title, examples[0].left.transcript) == ("<b>One</b>", "Hm.")
    assert (examples[0].pair_id, examples[0].right_id) == ("p1", "b")
