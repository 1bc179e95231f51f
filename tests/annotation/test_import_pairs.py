import pytest

from annotation.models import Pair, Video
from annotation.models.pairs import is_held_out
from tests.annotation.imports import reasons_of, run, write_jsonl
from tests.factories import VideoFactory

pytestmark = pytest.mark.django_db

CARD = {
    "regret_title": "A bad video",
    "regret_channel": "Shouting",
    "regret_description": "Loud.",
    "regret_transcript": None,
    "regret_language": "en",
    "recommendation_title": "A worse video",
    "recommendation_channel": "Shouting",
    "recommendation_description": "Louder.",
    "recommendation_transcript": "AAAH",
    "recommendation_language": "de",
    "recommendation_thumbnail_url": "https://img.example/worse.jpg",
}
AB = {"pair_id": "p1", "video_a": "a", "video_b": "b", "source": "random"}


@pytest.fixture
def pairs(tmp_path):
    """Import these rows from a file of JSON Lines."""

    def import_rows(*rows, arguments=()):
        return run("import_pairs", write_jsonl(tmp_path / "pairs.jsonl", *rows), *arguments)

    return import_rows


@pytest.fixture
def _videos():
    for video_id in "abcd":
        VideoFactory(video_id=video_id)


@pytest.mark.usefixtures("_videos")
class TestPairsOfKnownVideos:
    def test_video_a_is_the_rejected_one_and_video_b_the_recommended(self, pairs) -> None:
        assert pairs(AB).counts == {"read": 1, "created": 1}
        pair = Pair.objects.get()
        assert (pair.pair_id, pair.source) == ("p1", "random")
        assert (pair.rejected.video_id, pair.recommended.video_id) == ("a", "b")

    def test_which_pairs_are_held_out_follows_from_their_ids_alone(self, pairs) -> None:
        for number in range(40):
            VideoFactory(video_id=f"v{number}")
        rows = [{"pair_id": f"p{n}", "video_a": "a", "video_b": f"v{n}"} for n in range(40)]
        pairs(*rows)
        stored = dict(Pair.objects.values_list("pair_id", "held_out"))
        assert stored == {f"p{n}": is_held_out(f"p{n}") for n in range(40)}
        assert set(stored.values()) == {True, False}

    def test_without_a_pair_id_the_same_videos_give_the_same_id(self, pairs) -> None:
        row = {"video_a": "a", "video_b": "b"}
        pairs(row)
        first = Pair.objects.get().pair_id
        assert pairs(row, {"video_a": "b", "video_b": "a"}).counts == {
            "read": 2, "created": 1, "unchanged": 1,
        }  # fmt: skip
        assert Pair.objects.filter(pair_id=first).exists()

    def test_without_a_pair_id_a_stored_pair_is_found_by_its_videos(self, pairs) -> None:
        pairs(AB)
        assert pairs({"video_a": "a", "video_b": "b"}).counts == {"read": 1, "unchanged": 1}

    def test_the_same_file_again_changes_nothing(self, pairs) -> None:
        rows = [AB, {**AB, "pair_id": "p2", "video_b": "c"}]
        pairs(*rows)
        before = list(Pair.objects.order_by("id").values())
        assert pairs(*rows).counts == {"read": 2, "unchanged": 2}
        assert list(Pair.objects.order_by("id").values()) == before

    def test_another_source_is_an_update_and_no_source_keeps_the_one_there(self, pairs) -> None:
        pairs(AB)
        assert pairs({**AB, "source": "tfidf"}).counts == {"read": 1, "updated": 1}
        without = {name: AB[name] for name in ("pair_id", "video_a", "video_b")}
        assert pairs(without).counts == {"read": 1, "unchanged": 1}
        assert Pair.objects.get().source == "tfidf"

    @pytest.mark.parametrize(
        ("row", "field", "reason"),
        [
            ({**AB, "video_b": "nobody"}, "video_b", "is no known video; import the videos first"),
            ({**AB, "video_b": "a"}, "video_b", "is the same video as the rejected one"),
            ({**AB, "video_a": "x y"}, "video_a", "is not an id such as dQw4w9WgXcQ or site:name"),
            ({**AB, "pair_id": "x" * 501}, "pair_id", "is 501 characters long; the limit is 500"),
            ({**AB, "pair_id": 17}, "pair_id", "must be text, not a number"),
            ({**AB, "source": "x" * 65}, "source", "is 65 characters long; the limit is 64"),
            ({"pair_id": "p", "video_a": "a"}, "video_b", "is missing"),
        ],
    )
    def test_a_bad_pair_is_refused_and_the_good_one_kept(self, pairs, row, field, reason) -> None:
        result = pairs({**AB, "pair_id": "good", "video_a": "c"}, row)
        assert result.counts == {"read": 2, "created": 1, "rejected": 1}
        assert reasons_of(result) == [(2, field, reason)]

    def test_a_pair_id_never_moves_to_other_videos(self, pairs) -> None:
        pairs(AB)
        result = pairs({**AB, "video_b": "c"})
        reason = "is stored already, for the videos a and b"
        assert reasons_of(result) == [(1, "pair_id", reason)]
        assert Pair.objects.get().recommended.video_id == "b"

    def test_a_stored_pair_takes_no_second_id(self, pairs) -> None:
        pairs(AB)
        result = pairs({**AB, "pair_id": "p2"})
        reason = "is a second id for a pair that is stored as p1"
        assert reasons_of(result) == [(1, "pair_id", reason)]

    @pytest.mark.parametrize("batch", [1, 100])
    def test_within_a_file_the_first_of_two_contradicting_rows_wins(self, pairs, batch) -> None:
        rows = [AB, AB, {**AB, "video_b": "c"}, {**AB, "pair_id": "p2"}]
        result = pairs(*rows, arguments=("--batch", batch))
        assert result.counts == {"read": 4, "created": 1, "unchanged": 1, "rejected": 2}
        assert [line for line, _, _ in reasons_of(result)] == [3, 4]
        assert Pair.objects.get().recommended.video_id == "b"

    def test_labels_in_the_file_are_not_imported_and_that_is_said(self, pairs) -> None:
        result = pairs({**AB, "label": "similar", "split": "train"})
        assert "Ignored columns: label, split." in result.stderr
        assert "Labels in the file are not imported" in result.stderr

    def test_it_says_how_to_serve_the_pairs(self, pairs) -> None:
        assert 'open_campaign "NAME" --source SOURCE' in pairs(AB).stderr
        assert "open_campaign" not in pairs(AB, arguments=("--dry-run",)).stderr


def test_a_row_of_the_model_card_brings_its_videos(pairs) -> None:
    result = pairs(CARD)
    assert result.counts == {"read": 1, "created": 1}
    assert result.summary["videos_created"] == 2
    pair = Pair.objects.get()
    assert (pair.rejected.title, pair.rejected.transcript) == ("A bad video", None)
    assert (pair.recommended.title, pair.recommended.transcript) == ("A worse video", "AAAH")
    assert pair.recommended.language == "de"
    assert pair.recommended.thumbnail_url == "https://img.example/worse.jpg"
    assert pair.rejected.video_id.startswith("card:")
    assert pairs(CARD).counts == {"read": 1, "unchanged": 1}


def test_the_same_text_without_an_id_is_the_same_video_in_every_row(pairs) -> None:
    other = {**CARD, "recommendation_title": "A third video"}
    result = pairs(CARD, other)
    assert result.counts == {"read": 2, "created": 2}
    assert result.summary["videos_created"] == Video.objects.count() == 3


def test_ids_of_the_model_card_are_kept_and_its_videos_updated(pairs) -> None:
    VideoFactory(video_id="aaaaaaaaaaa", title="Old", country="DE")
    row = {**CARD, "regret_id": "aaaaaaaaaaa", "recommendation_id": "bbbbbbbbbbb"}
    result = pairs(row)
    assert (result.summary["videos_created"], result.summary["videos_updated"]) == (1, 1)
    video = Video.objects.get(video_id="aaaaaaaaaaa")
    assert (video.title, video.country) == ("A bad video", "DE")
    assert pairs({"regret_id": "aaaaaaaaaaa", "recommendation_id": "bbbbbbbbbbb"}).counts == {
        "read": 1, "unchanged": 1,
    }  # fmt: skip


def test_a_video_that_two_rows_tell_differently_is_refused_the_second_time(pairs) -> None:
    row = {**CARD, "regret_id": "a", "recommendation_id": "b"}
    result = pairs(row, {**row, "recommendation_id": "c", "regret_title": "Changed"})
    assert result.counts == {"read": 2, "created": 1, "rejected": 1}
    assert reasons_of(result)[0][2] == "stands already, with other content, on line 1"
    assert not Video.objects.filter(video_id="c").exists()


def test_a_refused_pair_leaves_no_video_behind(pairs) -> None:
    result = pairs(CARD, {**CARD, "regret_title": "Fine", "recommendation_title": ""})
    assert reasons_of(result) == [(2, "recommendation_title", "is empty")]
    assert Video.objects.count() == 2


@pytest.mark.parametrize("batch", [1, 100])
def test_a_dry_run_counts_pairs_and_their_videos_and_writes_nothing(pairs, batch) -> None:
    rows = [
        {**CARD, "regret_id": "a", "recommendation_id": "b"},
        {**CARD, "regret_id": "a", "recommendation_id": "c"},
        {"video_a": "a", "video_b": "b"},
        {"video_a": "b", "video_b": "c"},
        {"video_a": "c", "video_b": "z"},
    ]
    dry = pairs(*rows, arguments=("--dry-run", "--batch", batch))
    assert (Pair.objects.count(), Video.objects.count()) == (0, 0)
    assert dry.counts == {"read": 5, "created": 3, "unchanged": 1, "rejected": 1}
    assert dry.summary["videos_created"] == 3
    assert pairs(*rows, arguments=("--batch", batch)).counts == dry.counts
