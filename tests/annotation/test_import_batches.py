"""How an import is cut into batches is nobody's business but the database's."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from annotation.models import Video
from tests.annotation.imports import reasons_of, run, write_jsonl
from tests.factories import PairFactory, VideoFactory

CARDS = st.fixed_dictionaries(
    {
        "regret_id": st.sampled_from("abcd"),
        "regret_title": st.sampled_from(["One", "Two"]),
        "recommendation_id": st.sampled_from("abcd"),
        "recommendation_title": st.sampled_from(["One", "Two"]),
    },
    optional={"pair_id": st.sampled_from("XYZ"), "source": st.sampled_from(["", "s"])},
)
BY_ID = st.fixed_dictionaries(
    {"video_a": st.sampled_from("cca"), "video_b": st.sampled_from("bbd")},
    optional={"pair_id": st.sampled_from("XYZ"), "source": st.sampled_from(["", "s"])},
)
VIDEOS = st.fixed_dictionaries(
    {"video_id": st.sampled_from("abcd"), "title": st.sampled_from(["One", "Two", ""])},
    optional={"channel": st.sampled_from(["", "C"])},
)
C_AND_B = {"video_a": "c", "video_b": "b"}
KEPT = ("read", "created", "updated", "unchanged", "rejected", "videos_created")


def outcome(command: str, path: Path, batch: int) -> tuple[dict[str, int], set[int]]:
    result = run(command, path, "--dry-run", "--batch", batch)
    refused = {line for line, _, _ in reasons_of(result)} if result.summary["rejects"] else set()
    return {name: result.summary[name] for name in KEPT}, refused


@pytest.mark.django_db
def test_a_pair_without_an_id_is_the_one_that_its_batch_has_just_brought(tmp_path) -> None:
    a, b = VideoFactory(), VideoFactory()
    plain = {"video_a": a.video_id, "video_b": b.video_id}
    path = write_jsonl(tmp_path / "p.jsonl", {"pair_id": "X", **plain}, plain)
    assert run("import_pairs", path).counts == {"read": 2, "created": 1, "unchanged": 1}


@pytest.mark.django_db
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    command_rows=st.one_of(
        st.tuples(st.just("import_pairs"), st.lists(CARDS | BY_ID, min_size=2, max_size=6)),
        st.tuples(st.just("import_videos"), st.lists(VIDEOS, min_size=2, max_size=6)),
    ),
    batch=st.integers(2, 6),
)
@example(
    command_rows=(
        "import_pairs",
        [{"pair_id": "X", **C_AND_B}, C_AND_B, {**C_AND_B, "source": "s"}],
    ),
    batch=3,
)
def test_the_size_of_a_batch_changes_nothing_about_which_rows_are_refused(
    command_rows, batch
) -> None:
    if not Video.objects.exists():
        videos = [VideoFactory(video_id=name, title="One") for name in "abc"]
        PairFactory(pair_id="Z", rejected=videos[0], recommended=videos[1])
    command, rows = command_rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)))
        assert outcome(command, path, 1) == outcome(command, path, batch)
