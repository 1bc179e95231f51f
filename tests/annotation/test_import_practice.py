"""Pairs of practice and qualification, from a file and in the admin."""

from typing import Any

import pytest
from django.core.management import CommandError

from annotation.models import Campaign, GoldAnswer, LearningPair, Role
from annotation.services import training_queue
from tests.annotation.imports import reasons_of, run, write_jsonl
from tests.factories import PairFactory, UserFactory, campaign_with_pairs, queue_of
from tests.learning import PRACTICE, go_through
from tests.studies import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    messages: list[str] = []
    monkeypatch.setattr(
        training_queue.current_app, "send_task", lambda name, **options: messages.append(name)
    )
    return messages


@pytest.fixture
def campaign() -> Campaign:
    return campaign_with_pairs(2)


def practice(campaign: Campaign, file: object, *options: object) -> Any:
    return run("import_practice", file, "--campaign", campaign.slug, *options)


def row(pair_id: str = "p1", **fields: object) -> dict[str, object]:
    found = {"round": "practice", "verdict": "not_similar", "explanation": "Two matters."}
    return {"pair_id": pair_id, **found, **fields}


def test_rounds_are_imported_by_pair_or_by_videos_in_the_order_of_the_file(
    campaign, tmp_path
) -> None:
    one, two = PairFactory(pair_id="p1"), PairFactory(pair_id="p2")
    csv = tmp_path / "rounds.csv"
    csv.write_text(
        "pair_id,video_a,video_b,round,verdict,reasons,explanation,position\n"
        "p1,,,practice,similar|unsure,same_persons similar_subject, One speaker. ,\n"
        f",{two.rejected.video_id},{two.recommended.video_id},Qualification,0,,Plainly not.,7\n"
    )
    result = practice(campaign, csv)
    assert result.counts == {"read": 2, "created": 2}
    first, second = LearningPair.objects.order_by("pk")
    assert (first.pair, first.round, first.position) == (one, "practice", 1)
    assert first.verdicts == ["similar", "unsure"]
    assert first.reasons == ["same_persons", "similar_subject"]
    assert first.explanation == "One speaker."
    assert (second.pair, second.round, second.position) == (two, "qualification", 7)
    assert second.verdicts == ["not_similar"]
    assert "none is asked until the admin says" in result.stderr
    assert practice(campaign, csv).counts == {"read": 2, "unchanged": 2}


def test_rows_that_cannot_be_used_come_back_with_their_line_and_field(campaign, tmp_path) -> None:
    for name in ("p1", "p2", "gold"):
        PairFactory(pair_id=name)
    gold = LearningPair._meta.get_field("pair").related_model.objects.get(pair_id="gold")
    GoldAnswer.objects.create(campaign=campaign, pair=gold, verdict="similar")
    file = write_jsonl(
        tmp_path / "rounds.jsonl",
        row(),
        row("p2", verdict="similar"),
        row("p2", reasons=["same_persons"]),
        row("p2", verdict="alike", round="exam", explanation=" ", reasons="fun", position="x"),
        row("p1", explanation="Another."),
        row("p9"),
        row("gold"),
        {**row(""), "video_a": "test:none", "video_b": "test:gone"},
    )
    result = practice(campaign, file)
    assert result.counts == {"read": 8, "created": 1, "rejected": 7}
    assert reasons_of(result) == [
        (2, "reasons", "is empty; a similar pair needs a way"),
        (3, "reasons", "goes with the verdict similar only"),
        (
            4,
            "round, verdict, reasons, explanation, position",
            "round is none of practice, qualification; verdict is none of similar, not_similar, "
            "unsure; reasons has fun, which is none of similar_subject, similar_opinion, "
            "same_controversy, same_persons, same_undesirable_content, other; explanation is "
            "empty; position is not a whole number such as 3",
        ),
        (5, "pair_id", "stands already, with other content, on line 1"),
        (6, "pair_id", "is no known pair; import the pairs first"),
        (
            7,
            "pair_id",
            "is a known answer of the campaign, which nobody may be told; take another",
        ),
        (8, "video_b", "is in no known pair with test:none rejected; import the pair first"),
    ]


def test_a_pair_whose_answer_is_told_in_practice_becomes_no_known_answer(
    campaign, tmp_path
) -> None:
    PairFactory(pair_id="p1")
    practice(campaign, write_jsonl(tmp_path / "rounds.jsonl", row()))
    gold = write_jsonl(tmp_path / "gold.jsonl", {"pair_id": "p1", "verdict": "similar"})
    reason = "is a practice pair of the campaign: people are told its answer; take another"
    assert reasons_of(run("import_gold", campaign.slug, gold)) == [(1, "pair_id", reason)]
    admin = signed_in(UserFactory(role=Role.ADMIN))
    form = {"campaign": campaign.pk, "pair": "p1", "verdict": "similar", "rationale": ""}
    page = admin.post("/admin/annotation/goldanswer/add/", form)
    assert "People are told its answer in practice" in page.content.decode()
    assert not GoldAnswer.objects.exists()


def test_a_dry_run_writes_nothing_and_a_file_without_the_columns_is_refused(
    campaign, tmp_path
) -> None:
    PairFactory(pair_id="p1")
    file = write_jsonl(tmp_path / "rounds.jsonl", row())
    assert practice(campaign, file, "--dry-run").counts == {"read": 1, "created": 1}
    assert not LearningPair.objects.exists()
    other = write_jsonl(tmp_path / "other.jsonl", {"pair_id": "p1", "verdict": "similar"})
    with pytest.raises(CommandError, match="needs explanation and pair_id and round"):
        practice(campaign, other)
    with pytest.raises(CommandError, match="no campaign"):
        run("import_practice", file, "--campaign", "none")


def test_a_pair_that_is_told_leaves_the_queue_and_keeps_its_round_once_it_was_asked(
    campaign, tmp_path, sent, django_capture_on_commit_callbacks
) -> None:
    item = queue_of(campaign).items.select_related("pair").first()
    assert item is not None
    told = item.pair.pair_id
    with django_capture_on_commit_callbacks(execute=True):
        practice(campaign, write_jsonl(tmp_path / "a.jsonl", row(told)))
    assert not queue_of(campaign).items.filter(pair=item.pair).exists()
    assert sent == ["annotation.tasks.rank"]
    moved = write_jsonl(tmp_path / "b.jsonl", row(told, round="qualification"))
    assert practice(campaign, moved).counts == {"read": 1, "updated": 1}
    LearningPair.objects.update(round="practice")
    Campaign.objects.update(practice="offered")
    go_through(UserFactory(), Campaign.objects.get(), PRACTICE)
    assert reasons_of(practice(campaign, moved)) == [
        (1, "round", "is another round than the one in which it was asked already (practice)")
    ]


def test_a_pair_is_set_in_the_admin(campaign) -> None:
    client = signed_in(UserFactory(role=Role.ADMIN))
    PairFactory(pair_id="p1")
    form: dict[str, Any] = {
        "campaign": campaign.pk, "round": "practice", "position": 1, "pair": "p1",
        "answer": "similar", "also_right": ["unsure"], "explanation": "Why.", "in_use": "on",
    }  # fmt: skip
    add = "/admin/annotation/learningpair/add/"
    assert "A similar pair needs a way" in client.post(add, form).content.decode()
    assert client.post(add, form | {"reasons": ["other"]}).status_code == 302
    made = LearningPair.objects.get()
    assert (made.verdicts, made.reasons) == (["similar", "unsure"], ["other"])
    change = f"/admin/annotation/learningpair/{made.pk}/change/"
    assert client.get(change).status_code == 200
    assert client.post(change, form | {"reasons": ["other"], "answer": "unsure"}).status_code == 200
    assert client.post(change, form | {"answer": "unsure", "also_right": []}).status_code == 302
    made.refresh_from_db()
    assert (made.verdicts, made.reasons) == (["unsure"], [])
