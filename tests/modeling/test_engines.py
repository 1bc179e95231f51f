"""Networks run by different engines: the same answers, in order, whatever the machine has."""

import json
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from transformers.utils import logging as transformers_logging

from modeling.bi_encoder import INPUT_NAMES
from modeling.cli import main
from modeling.engines import ENGINES
from modeling.engines.making import make_engine
from modeling.engines.openvino_engine import load_openvino
from modeling.engines.picking import EnginePicker
from modeling.errors import ModelingError, TrainingCancelled
from modeling.models.published_network import PublishedV2
from modeling.progress import TrainingCallback
from modeling.recipes import load_model
from modeling.records import to_pair
from modeling.schema import PairExample

NT = Path(__file__).parent / "published_nt"
# The fixture has weights that are larger than those of a trained network.
WITHIN = {"f32": 1e-5, "bf16": 0.05}
ON_A_PROCESSOR = [name for name in ENGINES if not name.startswith("triton")]
engines = pytest.mark.parametrize("engine", ON_A_PROCESSOR)


@pytest.fixture(scope="module")
def pairs() -> list[PairExample]:
    cases = json.loads((NT / "expected.json").read_text())["cases"]
    return [to_pair(c["input"], fallback_id=str(i), labelled=False) for i, c in enumerate(cases)]


@pytest.fixture
def model():
    return load_model(NT)


@engines
def test_an_engine_gives_the_probabilities_of_pytorch_in_the_order_of_the_pairs(
    engine, model, pairs
) -> None:
    expected = list(model.predict(pairs, engine="torch-f32"))
    found = list(model.predict(iter(pairs), engine=engine, batch_size=4))
    assert [p.pair_id for p in found] == [p.pair_id for p in expected]
    assert [p.probability for p in found] == pytest.approx(
        [p.probability for p in expected], abs=WITHIN[engine.split("-")[1]]
    )
    assert np.std([p.logit for p in expected]) > 0


def test_mean_pooling_without_token_types_is_converted_too(tiny_encoder) -> None:
    torch.manual_seed(1)
    config = {"text_types": ["title"], "scalar_features": []}
    network = PublishedV2.from_config(config, tiny_encoder).eval()
    rng = np.random.default_rng(0)
    made = {name: make_engine(name, network, INPUT_NAMES, "cpu") for name in ON_A_PROCESSOR[::2]}
    for width in (3, 16, 40):
        mask = (np.arange(width) < np.array([[width], [2], [width // 2 + 1]])).astype(np.int64)
        inputs = {"input_ids": rng.integers(0, 30, (3, width)) * mask, "attention_mask": mask}
        one, other = (engine.features("title", inputs) for engine in made.values())
        assert one.shape == (3, 32)
        assert one == pytest.approx(other, abs=1e-5)


class TakesAnExampleForAll(nn.Module):
    """Its scale is a number of Python's, which a conversion takes for constant."""

    text_types = ("title",)

    def text_features(self, text_type: str, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        scale = float(inputs["attention_mask"].sum())
        return inputs["input_ids"].float().sum(1, keepdim=True) * scale


def test_a_network_that_says_something_else_once_converted_is_not_run_so() -> None:
    with pytest.raises(ModelingError, match="its features of title are off by"):
        make_engine("openvino-f32", TakesAnExampleForAll(), INPUT_NAMES, "cpu")


class NoNumbersOfWideRows(nn.Module):
    """As some kinds of attention do once converted: rows of over twenty tokens have no features."""

    text_types = ("title",)

    def text_features(self, text_type: str, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        sums = inputs["input_ids"].float().sum(1, keepdim=True)
        width = torch.ones_like(inputs["input_ids"][:1]).sum()
        wide = (width > 40) & torch.tensor(torch.jit.is_tracing())
        return torch.where(wide, torch.nan, sums)


def test_rows_that_only_pytorch_makes_numbers_of_go_through_it() -> None:
    network = NoNumbersOfWideRows()
    with pytest.raises(ModelingError, match="its features of title are off by nan"):
        make_engine("openvino-f32", network, INPUT_NAMES, "cpu", max_length=64)
    engine = make_engine("openvino-f32", network, INPUT_NAMES, "cpu", max_length=32)
    for width in (8, 50):
        rows = np.ones((2, width), dtype=np.int64)
        found = engine.features("title", {"input_ids": rows, "attention_mask": rows})
        assert found.tolist() == [[width], [width]]


def test_threads_get_the_features_of_their_own_rows(tiny_encoder) -> None:
    torch.manual_seed(1)
    config = {"text_types": ["title"], "scalar_features": []}
    network = PublishedV2.from_config(config, tiny_encoder).eval()
    engine = make_engine("openvino-f32", network, INPUT_NAMES, "cpu")
    mask = np.ones((4, 24), dtype=np.int64)

    def features(token: int) -> np.ndarray:
        ids = np.full_like(mask, token)
        return engine.features("title", {"input_ids": ids, "attention_mask": mask})

    expected = [features(token) for token in (5, 9)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(features, [5, 9] * 200))
    for row, features_of_row in enumerate(found):
        assert np.array_equal(features_of_row, expected[row % 2]), row


@pytest.mark.parametrize("engine", ["exact", "openvino-f32"])
def test_a_job_stops_between_batches(engine, model, pairs) -> None:
    class Stop(TrainingCallback):
        def should_stop(self) -> bool:
            return True

    with pytest.raises(TrainingCancelled):
        list(model.predict(pairs, engine=engine, batch_size=2, callback=Stop()))


def test_without_openvino_pytorch_goes_on_and_says_so(model, pairs, monkeypatch, caplog) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    expected = [p.logit for p in model.predict(pairs, engine="torch-f32", batch_size=2)]
    model.variants["nt"].scorer.picker.conversion_s = 0.0
    with caplog.at_level(logging.WARNING):
        found = [p.logit for p in model.predict(pairs, batch_size=2)]
    assert found == pytest.approx(expected, abs=1e-5)
    assert "OpenVINO is not installed" in caplog.text
    assert caplog.text.count("going on with torch-f32") == 1


def test_an_engine_asked_for_by_name_that_is_not_there_is_an_error(
    model, pairs, monkeypatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ModelingError, match="openvino-f32: OpenVINO is not installed"):
        list(model.predict(pairs, engine="openvino-f32"))


def test_the_kernels_of_a_card_are_not_for_a_processor(model, pairs) -> None:
    with pytest.raises(ModelingError, match=r"triton-bf16 runs on a CUDA device, .* is on cpu"):
        list(model.predict(pairs, engine="triton-bf16"))


def test_an_unknown_engine_is_named(model, pairs) -> None:
    with pytest.raises(ValueError, match="unknown engine 'quick'; known: exact, fast"):
        list(model.predict(pairs, engine="quick"))


def test_a_conversion_says_nothing_of_losses(model, pairs, caplog, monkeypatch) -> None:
    transformers_logging.warning_once.cache_clear()  # said once a process
    monkeypatch.setattr(logging.getLogger("transformers"), "propagate", True)
    list(model.predict(pairs, engine="openvino-f32"))
    assert "loss_type" not in caplog.text


def test_the_library_reports_to_nobody() -> None:
    openvino = load_openvino()
    assert openvino.tools.ovc.telemetry_utils.tm.__name__.endswith("telemetry_stub")


def test_the_command_runs_the_engine_it_is_told(pairs, tmp_path, capsys) -> None:
    rows = [c["input"] for c in json.loads((NT / "expected.json").read_text())["cases"]]
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = {}
    for engine in ("torch-f32", "openvino-f32"):
        target = tmp_path / f"{engine}.jsonl"
        arguments = ["predict", "--model", str(NT), "--input", str(source)]
        assert main([*arguments, "--output", str(target), "--engine", engine]) == 0
        lines = target.read_text().splitlines()
        found[engine] = [json.loads(line)["probability"] for line in lines]
    assert found["openvino-f32"] == pytest.approx(found["torch-f32"], abs=1e-5)
    assert found["openvino-f32"] != found["torch-f32"]


def picker(make=lambda name: SimpleNamespace(name=name), **options) -> EnginePicker:
    return EnginePicker(make, lambda choice: (f"ready {choice}", f"converted {choice}"), **options)


def take(picker: EnginePicker, tokens_left: int, seconds: dict[str, float]) -> str:
    """One batch of 1,000 tokens, at so many seconds by engine."""
    engine = picker.pick("exact", tokens_left)
    picker.record(engine, 1000, seconds[engine.name])
    return engine.name


def test_a_small_job_is_not_worth_a_conversion() -> None:
    made = picker(conversion_s=10.0)
    seconds = {"ready exact": 1.0}
    assert [take(made, left, seconds) for left in range(15_000, 0, -1000)] == ["ready exact"] * 15


def test_a_large_job_is_converted_once_pytorch_has_been_measured() -> None:
    made = picker(conversion_s=10.0)
    seconds = {"ready exact": 1.0, "converted exact": 0.5}
    found = [take(made, 100_000, seconds) for _ in range(20)]
    assert found == ["ready exact"] * 2 + ["converted exact"] * 18


def test_many_small_jobs_are_a_large_one() -> None:
    made = picker(conversion_s=10.0)
    seconds = {"ready exact": 1.0, "converted exact": 0.5}
    found = [take(made, 1000, seconds) for _ in range(40)]
    assert found[:20] == ["ready exact"] * 20
    assert found[30:] == ["converted exact"] * 10


def test_a_conversion_that_turns_out_slower_is_left() -> None:
    made = picker(conversion_s=0.0)
    seconds = {"ready exact": 1.0, "converted exact": 1.5}
    found = [take(made, 100_000, seconds) for _ in range(12)]
    assert found[2:7] == ["converted exact"] * 5
    assert found[7:] == ["ready exact"] * 5


def test_a_failed_conversion_is_tried_once() -> None:
    tries = []

    def make(name: str) -> SimpleNamespace:
        if name.startswith("converted"):
            tries.append(name)
            raise ModelingError("it cannot")
        return SimpleNamespace(name=name)

    made = picker(make, conversion_s=0.0)
    found = [take(made, 100_000, {"ready exact": 1.0}) for _ in range(8)]
    assert (found, tries) == (["ready exact"] * 8, ["converted exact"])
