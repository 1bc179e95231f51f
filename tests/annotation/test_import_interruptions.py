"""Imports that are stopped half-way, and imports that run side by side."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError
from django.db import connections

from annotation.management.commands import _import
from annotation.models import Pair, Video
from tests.annotation.imports import run, write_jsonl

VIDEOS = [{"video_id": f"v{n}", "title": f"Video {n}", "language": "en"} for n in range(60)]
CARDS = [
    {"regret_id": f"v{n}", "regret_title": f"Video {n}",
     "recommendation_id": f"v{n + 1}", "recommendation_title": f"Video {n + 1}"}
    for n in range(59)
]  # fmt: skip


@pytest.mark.django_db
def test_an_interrupted_import_keeps_its_finished_batches_and_can_be_run_again(
    tmp_path, monkeypatch
) -> None:
    path = write_jsonl(tmp_path / "v.jsonl", {"video_id": "bad"}, *VIDEOS)

    def interrupt_after(bar, source):
        def advance(report):
            if report.read >= 20:
                raise KeyboardInterrupt

        return advance

    with monkeypatch.context() as patched:
        patched.setattr(_import, "_advance", interrupt_after)
        with pytest.raises(CommandError, match="run the same command again") as caught:
            run("import_videos", path, "--batch", 10)
    assert caught.value.returncode == 130
    assert Video.objects.count() == 19
    assert [each.name for each in tmp_path.iterdir()] == ["v.jsonl"]
    assert run("import_videos", path).counts == {
        "read": 61, "created": 41, "unchanged": 19, "rejected": 1,
    }  # fmt: skip


def _import_in_a_thread(path) -> dict[str, int]:
    try:
        return run("import_pairs", path, "--batch", 7).summary
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_the_same_rows_at_once_create_each_row_once(tmp_path) -> None:
    forwards = write_jsonl(tmp_path / "f.jsonl", *CARDS)
    backwards = write_jsonl(tmp_path / "b.jsonl", *reversed(CARDS))
    with ThreadPoolExecutor(2) as pool:
        summaries = list(pool.map(_import_in_a_thread, [forwards, backwards]))
    assert sum(each["created"] for each in summaries) == Pair.objects.count() == len(CARDS)
    assert sum(each["videos_created"] for each in summaries) == Video.objects.count() == 60
    assert [each["created"] + each["unchanged"] for each in summaries] == [len(CARDS)] * 2
