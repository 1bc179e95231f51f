"""What a shell, its disk or its memory may do to a command is told in a sentence, too."""

import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modeling.cli import COMMANDS, main
from modeling.row_files import read_rows
from tests.modeling.commands import NT, PAIR, refused, run, write

LABELS = [{"unit": f"u{i}", "annotator": f"a{i % 3}", "label": "similar"} for i in range(6)]
COUNTS = [
    {"channel_a": a, "channel_b": b, "count": n}
    for a, b, n in [("a", "b", 4), ("c", "d", 3), ("a", "c", 1)]
]


@pytest.fixture
def labels(tmp_path) -> Path:
    return write(tmp_path / "labels.jsonl", *LABELS)


@pytest.fixture
def vectors(tmp_path) -> Path:
    return write(tmp_path / "vectors.jsonl", {"channel": "a", "vector": [1.0]})


def test_channel_vectors_for_a_model_that_reads_none_are_refused(tmp_path, capsys, there, vectors):
    source = write(tmp_path / "in.jsonl", PAIR | {"label": 1})
    sentence = "--channel-vectors: the model (recipe unified) does not read them"
    assert sentence in refused(
        capsys, "predict", "--model", NT, "--input", source, "--output", there,
        "--channel-vectors", vectors,
    )  # fmt: skip
    assert there.read_text() == "precious"
    assert sentence in refused(
        capsys, "evaluate", "--model", NT, "--compare", NT, "--data", source,
        "--channel-vectors", vectors,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "command"),
    [
        (MemoryError(), "consensus"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 1 B"), "predict"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "train"),
        (RuntimeError("std::bad_alloc"), "channel-vectors"),
        (OSError(12, "Cannot allocate memory"), "plan"),
        (ImportError("x.so: failed to map segment from shared object"), "evaluate"),
        (MemoryError(), "agreement"),
    ],
)
def test_a_lack_of_memory_is_told_with_what_takes_less(monkeypatch, capsys, error, command):
    def lacking(options):
        raise error

    name = command.replace("-", "_")
    module = next(m for m in COMMANDS if m.__name__.endswith(f".{name}"))
    monkeypatch.setattr(module, "run", lacking)
    monkeypatch.setattr(module, "add_arguments", lambda parser: None)
    told = refused(capsys, command)
    assert f"error: {command} needs more memory than there is; {module.LESS_MEMORY}" in told


def test_a_pool_of_threads_that_cannot_start_is_a_lack_of_memory(monkeypatch, capsys):
    """As Python 3.11 does: its pool ends threads that never began, and says no more of the first
    error than that this was being seen to."""

    def no_thread(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(COMMANDS[0], "run", lambda options: ThreadPool(2))
    monkeypatch.setattr(COMMANDS[0], "add_arguments", lambda parser: None)
    monkeypatch.setattr(threading.Thread, "start", no_thread)
    assert "error: train needs more memory than there is" in refused(capsys, "train")


def test_other_errors_of_a_library_stay_what_they_are(monkeypatch):
    def failing(options):
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(COMMANDS[0], "run", failing)
    monkeypatch.setattr(COMMANDS[0], "add_arguments", lambda parser: None)
    with pytest.raises(RuntimeError, match="shapes"):
        main(["train"])


@pytest.mark.parametrize(
    "more",
    [
        ["agreement"],
        *(["consensus", "--method", name] for name in ("dawid-skene", "glad", "mace")),
    ],
    ids=str,
)
def test_free_text_in_the_place_of_labels_is_told_before_tables_of_it_are_made(
    tmp_path, capsys, more
):
    rows = [
        {"unit": f"u{i}", "annotator": who, "label": f"{who} said {i}"}
        for i in range(300)
        for who in "ab"
    ]
    path = write(tmp_path / "labels.jsonl", *rows)
    output = [] if more == ["agreement"] else ["--output", tmp_path / "out.csv"]
    told = refused(capsys, *more, "--labels", path, *output)
    assert "labels.jsonl: column label: 600 different ones, where at most 500" in told
    assert not (tmp_path / "out.csv").exists()


def test_the_majority_may_be_of_any_labels(tmp_path, capsys):
    rows = [row | {"label": f"{i}"} for i, row in enumerate(LABELS * 100)]
    path = write(tmp_path / "labels.jsonl", *rows)
    status, _, _ = run(
        capsys, "consensus", "--method", "majority", "--labels", path,
        "--output", tmp_path / "out.csv",
    )  # fmt: skip
    assert status == 0


def test_reasons_that_are_free_text_are_told(tmp_path, capsys):
    rows = [row | {"unit": i, "reasons": f"because {i}"} for i, row in enumerate(LABELS * 400)]
    told = refused(capsys, "agreement", "--labels", write(tmp_path / "labels.jsonl", *rows))
    assert "labels.jsonl: column reasons: 2,400 different ones, where at most 2,000" in told


@pytest.mark.parametrize("dimensions", [10**10, 4097])
def test_more_dimensions_than_anything_reads_are_refused(tmp_path, capsys, there, dimensions):
    source = write(tmp_path / "counts.jsonl", *COUNTS)
    told = refused(
        capsys, "channel-vectors", "--input", source, "--output", there,
        "--dimensions", dimensions,
    )  # fmt: skip
    assert "dimensions must be at most 4,096" in told
    assert there.read_text() == "precious"


@pytest.mark.parametrize("count", [1e308, 1e16])
def test_a_count_that_nobody_can_have_counted_is_told(tmp_path, capsys, there, count):
    source = write(tmp_path / "counts.jsonl", *[COUNTS[0] | {"count": count}] * 2)
    told = refused(capsys, "channel-vectors", "--input", source, "--output", there)
    assert f"line 1: field count: {count!r} is not a number of 0 or more, and at most 10^15" in told
    assert there.read_text() == "precious"


@pytest.mark.parametrize("scale", [1e-200, 1e-320, 1e14])
def test_only_how_counts_compare_is_of_matter(tmp_path, capsys, scale):
    found = []
    for times in (1, scale):
        rows = [row | {"count": row["count"] * times} for row in COUNTS]
        source, target = write(tmp_path / "counts.jsonl", *rows), tmp_path / "out.jsonl"
        status, _, _ = run(capsys, "channel-vectors", "--input", source, "--output", target)
        assert status == 0
        found.append({row["channel"]: row["vector"][:4] for _, row in read_rows(target)})
    assert len(found[0]) == 4
    for channel, numbers in found[0].items():
        assert found[1][channel] == pytest.approx(numbers, abs=1e-2)


def test_a_probability_of_four_hundred_digits_is_told(tmp_path, capsys, labels):
    known = write(tmp_path / "known.jsonl", {"unit": "u0", "similar": 10**400})
    told = refused(
        capsys, "consensus", "--method", "crowdlab", "--labels", labels,
        "--probabilities", known, "--output", tmp_path / "out.csv",
    )  # fmt: skip
    assert "known.jsonl, line 1: field similar: 1000" in told
    assert "is not a probability from 0 to 1" in told
    assert len(told) < 400


def test_batches_of_more_pairs_than_there_are_anywhere_are_refused(tmp_path, capsys, there):
    source = write(tmp_path / "in.jsonl", PAIR)
    told = refused(
        capsys, "predict", "--model", NT, "--input", source, "--output", there,
        "--batch-size", 10**21,
    )  # fmt: skip
    assert "batch_size must be at most 1,000,000, not 1000000000000000000000" in told
    assert there.read_text() == "precious"


def test_a_sentence_stands_on_a_line_of_its_own_below_the_bar(tmp_path, capsys, labels):
    known = write(tmp_path / "known.jsonl", {"unit": "q", "similar": 0.5})
    _, _, complaints = run(
        capsys, "consensus", "--method", "crowdlab", "--labels", labels,
        "--probabilities", known, "--output", tmp_path / "out.csv",
    )  # fmt: skip
    [*_, last] = complaints.splitlines()
    assert last.startswith("error: ")
    assert "labels/s" in complaints


def test_a_time_in_the_place_of_a_title_is_the_same_to_every_output(tmp_path, capsys):
    title = pa.array([10**18 + 1], pa.timestamp("ns"))
    source = tmp_path / "in.parquet"
    pq.write_table(pa.table({"regret_title": title, "recommendation_title": ["b"]}), source)
    found = []
    for name in ("out.jsonl", "out.parquet"):
        status, _, _ = run(
            capsys, "predict", "--model", NT, "--input", source, "--output", tmp_path / name
        )
        assert status == 0
        found += [row["probability"] for _, row in read_rows(tmp_path / name)]
    assert found[0] == found[1]
    assert pq.read_table(tmp_path / "out.parquet")["regret_title"].type == title.type


def test_a_vector_of_another_width_is_told_with_its_pair_and_field(tmp_path):
    from modeling.errors import InputError
    from modeling.schema import PairExample, VideoText
    from modeling.tokenization import encode_pairs

    right = VideoText("b", channel_vector=(1.0, 2.0))
    pair = PairExample("p7", VideoText("a", channel_vector=(1.0,) * 3), right)
    with pytest.raises(InputError) as error:
        encode_pairs([pair], None, [], 5, channel_dimensions=2)
    sentence = "pair p7: field regret_channel_emb (or left_channel_emb): 3 numbers, where the"
    assert sentence in str(error.value)


def test_thumbnail_vectors_of_two_widths_are_told_with_their_fields():
    from modeling.errors import InputError
    from modeling.progress import Ticker
    from modeling.schema import PairExample, VideoText
    from modeling.thumbnails import ThumbnailEncoder, thumbnail_columns
    from modeling.vector_store import open_store

    left, right = (VideoText("a", thumbnail_vector=(1.0,) * n) for n in (2, 3))
    pairs = [PairExample("p7", left, right)]
    with pytest.raises(InputError, match="pair p7: fields regret_thumbnail_emb and recommendat"):
        thumbnail_columns(pairs, ThumbnailEncoder("perceptual"), open_store(None), Ticker())


def started(*arguments, **options) -> subprocess.Popen:
    command = [sys.executable, "-m", "modeling", *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, **options)


@pytest.mark.parametrize("kind", ["full", "closed"])
def test_an_output_that_takes_no_last_line_is_told(labels, kind):
    if kind == "full":
        with open("/dev/full", "w") as full:
            process = started("agreement", "--labels", labels, "--resamples", 2, stdout=full)
    else:
        reading, writing = os.pipe()
        os.close(reading)
        process = started("agreement", "--labels", labels, "--resamples", 2, stdout=writing)
        os.close(writing)
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "error: standard output: " in complaints
    assert "Traceback" not in complaints
    assert "Exception ignored" not in complaints


@pytest.mark.parametrize("after", [0.05, 0.15, 0.3])
def test_interrupted_while_it_starts_a_command_says_no_more(labels, after):
    process = started("agreement", "--labels", labels, stdout=subprocess.PIPE)
    waiting_for_python(process.pid)
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    said, complaints = process.communicate(timeout=60)
    # Once it has said all, Python, which is ending, may be ended by the signal itself.
    assert process.returncode in ((0, 130, -signal.SIGINT) if said else (0, 130))
    assert "Traceback" not in complaints


def waiting_for_python(pid: int) -> None:
    """Until it has got as far as this package, before which Python itself answers."""
    while "libscipy" not in (maps := Path(f"/proc/{pid}/maps").read_text()):
        if "numpy" in maps:
            return
        time.sleep(0.005)


def test_predictions_that_are_no_numbers_are_no_predictions(tmp_path, monkeypatch):
    import numpy as np

    from modeling.models.unified_variant import UnifiedVariant
    from modeling.recipes import load_model
    from modeling.schema import PairExample, VideoText

    def lost(self, pairs, **options):
        return np.array([0.0, np.nan])

    model = load_model(NT)
    monkeypatch.setattr(UnifiedVariant, "logits", lost)
    pairs = [PairExample(name, VideoText("a"), VideoText("b")) for name in ("p1", "p2")]
    with pytest.raises(ValueError, match="pair p2: the model gives no number"):
        list(model.predict(pairs))
