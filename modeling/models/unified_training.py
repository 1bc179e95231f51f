"""How one variant of the unified family is trained: its network is put together, fed, run within
its share of the time, and weighed with the basic model's judgement where that is asked."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from modeling.checkpoints import FOLDERS, CheckpointStore
from modeling.dataset import Splits
from modeling.encoders import Encoder, load_tokenizer, pick_device, require_reads
from modeling.models.fusion import Fusion
from modeling.models.pair_scalars import PairScalars
from modeling.models.unified_model import NETWORKS, Network, NetworkShape, UnifiedModel, freeze
from modeling.models.unified_variant import UnifiedVariant
from modeling.progress import Ticker
from modeling.schema import PairExample
from modeling.scoring import compute_logits, seconds_per_pair
from modeling.tokenization import EncodedPairs, PairCollator, encode_pairs
from modeling.training import LoopState, Trainer
from modeling.vector_store import VectorStore, open_store

if TYPE_CHECKING:
    from modeling.config import TrainingConfig

# Enough to choose between epochs; the figures that are reported use every validation pair.
_VALIDATION_IN_LOOP = 1000
_MAX_EVALUATION_SHARE = 0.4


@dataclass(slots=True)
class UnifiedTraining:
    """What the variants of one training have in common."""

    splits: Splits
    config: TrainingConfig
    recipe: str
    encoder: Encoder
    started: float
    store: VectorStore = field(init=False)
    read_by: dict[str, str] = field(init=False, default_factory=dict)  # ids of other encoders

    def __post_init__(self) -> None:
        self.store = open_store(self.config.embeddings)


def fit_variant(
    name: str,
    examples: Sequence[PairExample],
    job: UnifiedTraining,
    scalars: PairScalars,
    *,
    share: float,
    ticker: Ticker,
) -> UnifiedVariant:
    """Train `name`, "nt" or "wt", on these examples in this share of the time that is left."""
    config = job.config
    torch.manual_seed(config.seed)
    ticker.report(0.0, f"loading {job.encoder.name} for the {name.upper()} model")
    device, tokenizer = pick_device(config.device), load_tokenizer(job.encoder.path)
    held = _validation_sample(job.splits.validation, "nt" if config.missing_masks else name)
    scalars, told = scalars.fitted(examples, job.store, ticker.quiet(), seed=config.seed)
    seen = scalars
    if config.fusion == "late":
        seen = scalars.without_guess
        told = seen.matrix(examples, job.store, ticker.quiet())
    module = _start(job, seen, examples, told)
    trainer = Trainer(
        module,
        _encoded(examples, told, module, tokenizer, config),
        _encoded(held, seen.matrix(held, job.store, ticker.quiet()), module, tokenizer, config),
        PairCollator.for_tokenizer(tokenizer, device),
        config,
        budget_s=None,
        checkpoints=_checkpoints(name, examples, held, job),
        ticker=ticker,
    )
    report = _run(trainer, job, share)
    if config.fusion == "late":
        basic = scalars.guessed(held, job.store, ticker.quiet())
        module, report["fusion"] = _fused(trainer, basic)
    return UnifiedVariant(
        module.eval(), tokenizer, job.encoder.name, config.max_length, device, report,
        scalars=scalars,
    )  # fmt: skip


def _encoded(
    pairs: Sequence[PairExample],
    scalars: NDArray[np.float64],
    module: Network,
    tokenizer: Any,
    config: TrainingConfig,
) -> EncodedPairs:
    return encode_pairs(
        pairs,
        tokenizer,
        module.text_types,
        config.max_length,
        channel_dimensions=module.channel_dimensions,
        scalars=scalars,
    )


def _run(trainer: Trainer, job: UnifiedTraining, share: float) -> dict[str, Any]:
    """Train in a share of the time that is left, and say how it went."""
    trainer.budget_s = _budget(job, share, trainer.model, trainer.train, trainer.collator)
    report = trainer.run()
    # What an attempt before this one had spent of the time budget is not there again for the next.
    job.started -= trainer.resumed_at_s
    return asdict(report)


def _fused(trainer: Trainer, basic: NDArray[np.float64]) -> tuple[UnifiedModel, dict[str, float]]:
    """The trained network with the basic model's logits of the validation pairs, as they weigh."""
    assert isinstance(trainer.model, UnifiedModel)
    held = trainer.validation
    texts = compute_logits(
        trainer.model, held, trainer.collator, trainer.config.batch_size, trainer.ticker.quiet()
    )
    fusion = Fusion.fit(texts, basic, held.targets.astype(float), held.weights.astype(float))
    return fusion.apply(trainer.model), fusion.as_dict()


def _budget(
    job: UnifiedTraining, share: float, module: Network, train: EncodedPairs, collator: PairCollator
) -> float:
    """Seconds to train in: this share of what is left, less what the evaluation will take."""
    if job.config.time_budget_s is None:
        return float("inf")
    left = job.config.time_budget_s - (time.monotonic() - job.started)
    evaluation = len(job.splits.validation) + len(job.splits.test)
    evaluation_s = 1.2 * evaluation * seconds_per_pair(module, train, collator)
    return share * (left - min(evaluation_s, _MAX_EVALUATION_SHARE * left))


def _start(
    job: UnifiedTraining,
    scalars: PairScalars,
    examples: Sequence[PairExample],
    told: NDArray[np.float64],
) -> Network:
    vectors = (v.channel_vector for e in examples for v in (e.left, e.right))
    shape = NetworkShape(
        scalars.text_types,
        scalars=told.shape[1],
        masked=scalars.masked,
        shared=job.config.shared_encoder,
        channel_dimensions=max(map(len, vectors), default=0) if job.recipe == "unified-v2" else 0,
    )
    module = NETWORKS[job.recipe].pretrained(shape, job.encoder.path)
    freeze(module, job.config.freeze)
    module.start(
        told,
        np.array([e.target for e in examples], dtype=float),
        np.array([e.weight for e in examples]),
    )
    for encoder in module.read_encoders():
        require_reads(encoder.eval(), job.config.max_length, job.encoder.path)
    return module


def _validation_sample(validation: Sequence[PairExample], variant: str) -> list[PairExample]:
    fitting = [e for e in validation if variant == "nt" or e.has_transcripts]
    order = np.random.default_rng(0).permutation(len(fitting))[:_VALIDATION_IN_LOOP]
    return [fitting[i] for i in sorted(order.tolist())]


def _checkpoints(
    name: str,
    examples: Sequence[PairExample],
    validation: Sequence[PairExample],
    job: UnifiedTraining,
) -> CheckpointStore | None:
    config = job.config
    if config.work_dir is None:
        return None
    settings = config.as_dict() | {"encoder": job.encoder.id, "variant": name, "recipe": job.recipe}
    # A state with other fields than this version's is not gone on from, either.
    settings |= job.read_by | {"loop": sorted(LoopState.__dataclass_fields__)}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for part in (examples, validation):
        for example in part:
            digest.update(repr(example).encode("utf-8", "surrogatepass"))
        digest.update(b"|")
    return CheckpointStore(config.work_dir / FOLDERS[name], digest.hexdigest())
