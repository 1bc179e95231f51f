"""The unified model: a cross-encoder for each text type and channel equality, one linear layer.

The study's published model (model card, "Model description"; study, section "Unified model"): NT
reads titles and descriptions, WT transcripts too, and each is trained as a whole on pair labels.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import torch

from modeling.checkpoints import PREFIX, CheckpointStore
from modeling.dataset import Splits, transcript_examples
from modeling.embeddings import MemoryStore
from modeling.encoders import (
    Encoder,
    load_cross_encoder,
    load_tokenizer,
    pick_device,
    resolve_encoder,
)
from modeling.models.pair_features import TEXT_TYPES
from modeling.models.unified_network import UnifiedModel, UnifiedVariant, load, save
from modeling.prediction import Fitted, Variant
from modeling.progress import Ticker
from modeling.schema import PairExample
from modeling.tokenization import EncodedPairs, PairCollator, encode_pairs
from modeling.training import Trainer

if TYPE_CHECKING:
    from modeling.config import TrainingConfig

__all__ = ["fit", "load", "save"]

# Enough to choose between epochs; the figures that are reported use every validation pair.
_VALIDATION_IN_LOOP = 1000
_MAX_EVALUATION_SHARE = 0.4


def fit(splits: Splits, config: TrainingConfig, *, ticker: Ticker, started: float) -> Fitted:
    """Train NT on all pairs and, where there is enough for it, WT on those with transcripts.

    A time budget is shared by expected work, less what the final evaluation will take.
    """
    encoder = resolve_encoder(config.encoder)
    chosen = {"nt": splits.train, "wt": transcript_examples(splits.train)}
    work = {name: _work(examples, name) for name, examples in chosen.items() if examples}
    variants: dict[str, Variant] = {}
    done = 0.0
    for name in work:
        share = work[name] / sum(w for n, w in work.items() if n not in variants)
        part = ticker.part(done, done + work[name] / sum(work.values()))
        variants[name] = _fit_variant(
            name, chosen[name], splits, encoder, config, started=started, share=share, ticker=part
        )
        done += work[name] / sum(work.values())
    return Fitted(variants, splits, MemoryStore())


def _work(examples: Sequence[PairExample], variant: str) -> float:
    """Relative cost of an epoch: encoder passes, and transcripts fill all tokens."""
    return len(examples) * (4.0 if variant == "wt" else 2.0)


def _fit_variant(
    name: str,
    examples: Sequence[PairExample],
    splits: Splits,
    encoder: Encoder,
    config: TrainingConfig,
    *,
    started: float,
    share: float,
    ticker: Ticker,
) -> UnifiedVariant:
    torch.manual_seed(config.seed)
    ticker.report(0.0, f"loading {encoder.name} for the {name.upper()} model")
    types, device = TEXT_TYPES[name], pick_device(config.device)
    module = _start(types, encoder, examples, config.freeze)
    tokenizer = load_tokenizer(encoder.path)
    collator = PairCollator.for_tokenizer(tokenizer, device)
    train = encode_pairs(examples, tokenizer, types, config.max_length)
    held = _validation_sample(splits.validation, name)
    validation = encode_pairs(held, tokenizer, types, config.max_length)
    store = _checkpoints(name, examples, held, encoder, config)
    trainer = Trainer(
        module, train, validation, collator, config,
        budget_s=None, checkpoints=store, ticker=ticker,
    )  # fmt: skip
    if config.time_budget_s is not None:
        left = config.time_budget_s - (time.monotonic() - started)
        evaluation = len(splits.validation) + len(splits.test)
        evaluation_s = 1.2 * evaluation * _seconds_per_pair(module, train, collator)
        trainer.budget_s = share * (left - min(evaluation_s, _MAX_EVALUATION_SHARE * left))
    report = trainer.run()
    return UnifiedVariant(
        module.eval(), tokenizer, encoder.name, config.max_length, device, asdict(report)
    )


def _start(
    text_types: Sequence[str], encoder: Encoder, examples: Sequence[PairExample], freeze: str
) -> UnifiedModel:
    module = UnifiedModel({text_type: load_cross_encoder(encoder.path) for text_type in text_types})
    module.freeze(freeze)
    module.start_from_channels(examples)
    return module


def _validation_sample(validation: Sequence[PairExample], variant: str) -> list[PairExample]:
    fitting = [e for e in validation if variant == "nt" or e.has_transcripts]
    order = np.random.default_rng(0).permutation(len(fitting))[:_VALIDATION_IN_LOOP]
    return [fitting[i] for i in sorted(order.tolist())]


def _seconds_per_pair(module: UnifiedModel, pairs: EncodedPairs, collator: PairCollator) -> float:
    """Of a forward pass, measured on typical pairs after one to warm up."""
    middle = np.argsort(pairs.lengths)[len(pairs) // 2 :][:16]
    seconds = 0.0
    for _ in range(2):
        began = time.monotonic()
        with torch.inference_mode():
            batch = collator(pairs, middle)
            module.to(collator.device).eval()(batch).cpu()
        seconds = time.monotonic() - began
    return seconds / len(middle)


def _checkpoints(
    name: str,
    examples: Sequence[PairExample],
    validation: Sequence[PairExample],
    encoder: Encoder,
    config: TrainingConfig,
) -> CheckpointStore | None:
    if config.work_dir is None:
        return None
    settings = config.as_dict() | {"encoder": encoder.id, "variant": name}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for part in (examples, validation):
        for example in part:
            digest.update(repr(example).encode("utf-8", "surrogatepass"))
        digest.update(b"|")
    return CheckpointStore(config.work_dir / f"{PREFIX}{name}", digest.hexdigest())
