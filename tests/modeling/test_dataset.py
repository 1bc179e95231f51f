import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.dataset import prepare_splits
from modeling.schema import PairExample, VideoText
from modeling.splitting import split_by_video, video_keys
from modeling.text import clean, clip
from modeling.tokenization import encode_pairs, length_bucketed_batches

ROOT = Path(__file__).resolve().parents[2]
graphs = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=80)


def pair(index, left, right, **kwargs):
    texts = {"left": VideoText(f"t{left}"), "right": VideoText(f"t{right}")}
    return PairExample(
        f"p{index}", **texts, target=1.0, left_id=f"v{left}", right_id=f"v{right}", **kwargs
    )


@given(graphs, st.integers(0, 99), st.floats(0, 0.5))
@settings(max_examples=200, deadline=None)
def test_no_video_stands_on_both_sides_of_a_split(edges, seed, share):
    examples = [pair(i, a, b) for i, (a, b) in enumerate(edges)]
    kept, held, cut = split_by_video(examples, share=share, seed=seed)
    assert len(kept) + len(held) + cut == len(examples)
    ours, theirs = ({k for e in side for k in video_keys(e)} for side in (kept, held))
    assert ours.isdisjoint(theirs)


def test_loose_pairs_split_at_the_share_without_loss():
    examples = [pair(i, 2 * i, 2 * i + 1) for i in range(1000)]
    _, held, cut = split_by_video(examples, share=0.15, seed=0)
    assert cut == 0
    assert 140 <= len(held) <= 165


def test_one_large_component_is_cut_rather_than_leaving_no_validation():
    rng = np.random.default_rng(0)
    chain = [pair(i, i, i + 1 + int(rng.integers(2))) for i in range(500)]
    kept, held, cut = split_by_video(chain, share=0.15, seed=0)
    assert len(held) >= 60
    assert cut < 20
    assert len(kept) > 380


def test_rejected_videos_that_share_recommendations_leave_most_pairs_to_train_on():
    rng = np.random.default_rng(0)
    for rejected, each, recommended in ((20, 50, 800), (300, 10, 2500)):
        ends = [(v, 10_000 + int(r)) for v in range(rejected)
                for r in rng.choice(recommended, each, replace=False)]  # fmt: skip
        examples = [pair(i, a, b) for i, (a, b) in enumerate(ends)]
        kept, held, _ = split_by_video(examples, share=0.15, seed=0)
        assert 0.14 * len(ends) <= len(held) <= 0.2 * len(ends)
        assert len(kept) >= 0.6 * len(ends)


def mixed_graph(seed):
    """Two fifths of the pairs hang together, a tenth of them similar; of the others half are."""
    rng = np.random.default_rng(seed)
    linked = [(i, i + 1 + int(rng.integers(3))) for i in range(800)]
    alone = [(10_000 + 2 * i, 10_001 + 2 * i) for i in range(1200)]
    return [
        replace(pair(i, a, b), target=float(rng.random() < (0.1 if a < 10_000 else 0.5)))
        for i, (a, b) in enumerate(linked + alone)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_largest_component_has_its_share_of_what_is_held_out(seed):
    examples = mixed_graph(seed)
    _, held, cut = split_by_video(examples, share=0.15, seed=seed)
    assert 0.14 * 2000 <= len(held) <= 0.165 * 2000
    assert cut < 40
    assert 0.35 < np.mean([int(e.left_id[1:]) < 10_000 for e in held]) < 0.45
    assert np.mean([e.target for e in held]) == pytest.approx(
        np.mean([e.target for e in examples]), abs=0.04
    )


def test_a_component_that_would_be_most_of_what_is_held_out_is_not_held_out_whole():
    linked = [pair(i, i, i + 1) for i in range(26)]
    examples = linked + [pair(i, 1000 + 2 * i, 1001 + 2 * i) for i in range(26, 250)]
    for seed in range(20):
        _, held, _ = split_by_video(examples, share=0.15, seed=seed)
        assert sum(e in linked for e in held) <= 6, seed


def test_the_many_pairs_of_one_rejected_video_are_trained_on_where_others_can_be_held_out():
    star = [pair(i, 0, i + 1) for i in range(300)]
    examples = star + [pair(i, 1000 + 2 * i, 1001 + 2 * i) for i in range(300, 1000)]
    kept, held, cut = split_by_video(examples, share=0.15, seed=0)
    assert cut == 0
    assert 95 <= len(held) <= 116
    assert {e.pair_id for e in star} <= {e.pair_id for e in kept}


def test_a_split_does_not_depend_on_how_a_process_hashes():
    code = """
import numpy as np
from modeling.schema import PairExample, VideoText
from modeling.splitting import split_by_video
found = []
for seed in range(12):
    rng = np.random.default_rng(seed)
    ends = rng.integers(150, size=(400, 2)).tolist()
    pairs = [PairExample(str(i), VideoText("a"), VideoText("b"), 1.0, left_id=f"v{a}",
                         right_id=f"v{b}") for i, (a, b) in enumerate(ends)]
    found.append([pair.pair_id for pair in split_by_video(pairs, share=0.15, seed=seed)[1]])
print(found)
"""
    found = {
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": str(seed)},
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout
        for seed in (0, 1, 2)
    }  # fmt: skip
    assert len(found) == 1


@given(graphs, st.integers(0, 99))
@settings(max_examples=200, deadline=None)
def test_half_of_the_pairs_of_any_graph_are_trained_on(edges, seed):
    examples = [pair(i, a, b) for i, (a, b) in enumerate(edges)]
    assert len(split_by_video(examples, share=0.15, seed=seed)[0]) >= len(examples) / 2


def all_with_all(videos):
    return [pair(f"{a}-{b}", a, b) for a in range(videos) for b in range(a)]


def chain(links):
    return [pair(f"c{i}", 500 + i, 501 + i) for i in range(links)]


def test_a_component_gives_most_of_its_pairs_only_where_no_other_can_give_some():
    kept, held, cut = split_by_video(all_with_all(10) + chain(44), share=0.15, seed=0)
    assert (len(kept), len(held), cut) == (75, 13, 1)


def grid(side):
    """Videos in rows and columns, each with its neighbours."""
    ends = [(side * r + c, side * r + c + 1) for r in range(side) for c in range(side - 1)]
    ends += [(side * r + c, side * r + c + side) for r in range(side - 1) for c in range(side)]
    return [pair(i, a, b) for i, (a, b) in enumerate(ends)]


@pytest.mark.parametrize("loose", [0, 3, 4, 10])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "linked",
    [
        pytest.param([pair(i, 0, i + 1) for i in range(300)], id="star"),
        pytest.param([pair(i, i // 10, 500 + i % 10) for i in range(300)], id="all-with-all"),
        pytest.param(grid(6), id="grid"),
        pytest.param(all_with_all(6) + chain(9), id="two-components"),
    ],
)
def test_at_least_half_of_the_pairs_are_trained_on_however_they_hang_together(linked, loose, seed):
    examples = linked + [pair(900 + i, 1000 + 2 * i, 1001 + 2 * i) for i in range(loose)]
    splits = prepare_splits(examples, seed=seed)
    assert len(splits.train) >= len(examples) / 2


def test_of_two_rejected_videos_the_pairs_of_one_are_held_out_where_there_are_no_others():
    examples = [pair(i, i % 2, i + 2) for i in range(200)]
    kept, held, cut = split_by_video(examples, share=0.15, seed=0)
    assert (len(kept), len(held), cut) == (100, 100, 0)


def test_languages_and_labels_keep_their_shares_in_what_is_held_out():
    rng = np.random.default_rng(0)
    examples = [
        replace(
            pair(i, 2 * i, 2 * i + 1),
            language=("en", "en", "en", "de", "fa")[int(rng.integers(5))],
            target=float(rng.random() < 0.25),
        )
        for i in range(1000)
    ]
    _, held, _ = split_by_video(examples, share=0.2, seed=1)
    for language in ("en", "de", "fa"):
        for target in (0.0, 1.0):
            whole, part = (
                sum(e.language == language and e.target == target for e in side)
                for side in (examples, held)
            )
            assert abs(part - 0.2 * whole) <= 1, (language, target)


def test_the_same_seed_gives_the_same_split():
    examples = [pair(i, i % 50, 50 + i) for i in range(200)]
    first, again = (split_by_video(examples, share=0.2, seed=4) for _ in range(2))
    assert first == again


def test_videos_without_ids_are_known_by_their_texts():
    shared = VideoText("a talk", "about bees")
    test = PairExample("t", shared, VideoText("x"), 1.0, split="test")
    leak = PairExample("l", VideoText("y"), shared, 0.0)
    splits = prepare_splits([test, leak])
    assert splits.train == ()
    assert splits.dropped["dropped_shared_with_test"] == 1


def test_a_video_with_an_id_in_one_column_alone_is_the_same_in_the_other():
    shared = VideoText("a talk", "about bees")
    test = PairExample("t", shared, VideoText("x"), 1.0, split="test", left_id="v1")
    leak = PairExample("l", VideoText("y"), shared, 0.0, left_id="v2")
    splits = prepare_splits([test, leak])
    assert splits.train == ()
    assert splits.dropped["dropped_shared_with_test"] == 1


def test_a_marked_validation_split_is_honoured_and_unlabelled_pairs_left_out():
    examples = [pair(i, 2 * i, 2 * i + 1) for i in range(10)]
    marked = [*examples[:8], replace(examples[8], split="validation")]
    splits = prepare_splits([*marked, replace(examples[9], target=None)])
    assert [e.pair_id for e in splits.validation] == ["p8"]
    assert len(splits.train) == 8
    assert splits.dropped["unlabelled"] == 1


def test_two_empty_channels_are_not_the_same():
    assert not PairExample("p", VideoText("a"), VideoText("b")).same_channel
    same = VideoText("a", channel="c")
    assert PairExample("p", same, same).same_channel


def test_a_blank_transcript_is_none():
    spoken, blank = VideoText("a", transcript="hello"), VideoText("b", transcript="  ")
    assert PairExample("p", spoken, spoken).has_transcripts
    assert not PairExample("p", spoken, blank).has_transcripts


@pytest.mark.parametrize(
    "wrong", [{"target": 1.5}, {"target": float("nan")}, {"weight": -1.0}, {"split": "valid"}]
)
def test_an_impossible_example_is_refused(wrong):
    with pytest.raises(ValueError, match="pair p"):
        PairExample("p", VideoText("a"), VideoText("b"), **wrong)


@given(st.text())
def test_cleaning_is_idempotent_and_leaves_no_control_characters(text):
    once = clean(text)
    assert clean(once) == once
    assert not any(ord(c) < 32 for c in once)
    once.encode("utf-8")


def test_cleaning_keeps_joined_emoji_and_composes_accents():
    assert (
        clean("  cafe\u0301\n\n\x00 \U0001f469\u200d\U0001f680 ")
        == "caf\u00e9 \U0001f469\u200d\U0001f680"
    )
    assert clean(None) == ""


@given(st.lists(st.integers(1, 100), max_size=200), st.integers(1, 17), st.integers(0, 9))
def test_batches_hold_each_index_once(lengths, batch_size, seed):
    for rng in (None, np.random.default_rng(seed)):
        batches = length_bucketed_batches(np.array(lengths, dtype=np.int64), batch_size, rng)
        assert sorted(i for b in batches for i in b.tolist()) == list(range(len(lengths)))
        assert all(len(b) <= batch_size for b in batches)


def test_bucketed_batches_waste_little_padding():
    lengths = np.random.default_rng(0).integers(5, 128, size=2000)
    batches = length_bucketed_batches(lengths, 16, np.random.default_rng(1))
    padded = sum(lengths[b].max() * len(b) for b in batches)
    assert padded < 1.05 * lengths.sum()


def test_clipping_a_long_text_does_not_change_its_tokens(tiny_encoder):
    from modeling.encoders import load_tokenizer

    tokenizer = load_tokenizer(tiny_encoder)
    long = " ".join(["rocket", "knight", "tomato"] * 500)
    example = PairExample("p", VideoText("t", long), VideoText("t", "lawn rose"))
    encoded = encode_pairs([example], tokenizer, ["description"], 32)
    whole = tokenizer(long, "lawn rose", truncation="longest_first", max_length=32)
    assert encoded.fields["description"]["input_ids"][0].tolist() == whole["input_ids"]
    assert len(clip(long, 32)) < len(long)
