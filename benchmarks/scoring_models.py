"""The network that scores: one that is given, one trained for the purpose, or a random one."""

import argparse
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.scratch import scratch_folder
from modeling.encoders import load_tokenizer, resolve_encoder
from modeling.models.unified_model import NetworkShape, UnifiedModel
from modeling.models.unified_variant import UnifiedVariant
from modeling.recipes import TrainingConfig, load_model, train
from modeling.schema import PairExample

MAX_LENGTH = 128


@contextlib.contextmanager
def scored_model(
    options: argparse.Namespace, training: Sequence[PairExample]
) -> Iterator[UnifiedVariant]:
    """The variant that reads titles and descriptions."""
    with scratch_folder("likewise-scoring-") as scratch:
        if options.model:
            yield _loaded(options.model)
        elif training and (options.layers, options.width) == _shape_in_the_wheel():
            yield _trained(options, training, options.keep_model or scratch / "model")
        else:
            yield random_variant(options.layers, options.width)


def _loaded(folder: Path) -> UnifiedVariant:
    (variant,) = (v for name, v in load_model(folder).variants.items() if name == "nt")
    assert isinstance(variant, UnifiedVariant)
    return variant


def _shape_in_the_wheel() -> tuple[int, int]:
    config = _config()
    return config.num_hidden_layers, config.hidden_size


def _config() -> Any:
    from transformers import AutoConfig

    return AutoConfig.from_pretrained(resolve_encoder(None).path)


def _trained(
    options: argparse.Namespace, training: Sequence[PairExample], folder: Path
) -> UnifiedVariant:
    config = TrainingConfig(
        epochs=1,
        time_budget_s=options.training_s,
        seed=options.seed,
        max_length=MAX_LENGTH,
        similarities=False,
    )
    print(f"training on {len(training):,} pairs, at most {options.training_s:.0f} s", flush=True)
    train("unified", training, output=folder, config=config)
    return _loaded(folder)


def random_variant(layers: int, width: int) -> UnifiedVariant:
    """Of the given shape; what it answers means nothing, but takes as long."""
    torch.manual_seed(0)
    config = _config()
    config.num_hidden_layers, config.hidden_size, config.num_labels = layers, width, 1
    config.intermediate_size, config.num_attention_heads = 4 * width, width // 32
    # Wider than usual, so that the answers differ from pair to pair.
    config.initializer_range = 0.05
    tokenizer = load_tokenizer(resolve_encoder(None).path)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    module = UnifiedModel.empty(NetworkShape(("title", "description")), config)
    return UnifiedVariant(module.to(device).eval(), tokenizer, "random", MAX_LENGTH, device, {})
