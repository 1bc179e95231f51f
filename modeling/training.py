"""The training loop of the unified model: planned on the time there is, resumable anywhere."""

from __future__ import annotations

import logging
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from modeling.checkpoints import Checkpoint, CheckpointStore, pack_optimizer, unpack_optimizer
from modeling.errors import TrainingCancelled
from modeling.fused_training import fused_layers, unfit_to_train
from modeling.optimization import make_accelerator, make_optimizer, schedule
from modeling.progress import Ticker, in_words
from modeling.scoring import validation_score
from modeling.tokenization import EncodedPairs, PairCollator, length_bucketed_batches

if TYPE_CHECKING:
    from modeling.config import TrainingConfig
    from modeling.models.unified_model import Network

logger = logging.getLogger(__name__)

MAX_GRADIENT_NORM = 1.0


@dataclass(slots=True)
class LoopState:
    """Where the loop is; everything needed, with tensors and generators, to go on from there."""

    step: int = 0
    epoch: int = 0
    batch: int = 0
    elapsed: float = 0.0
    stepping: float = 0.0
    validating: float = 0.0
    best_score: tuple[float, float] | None = None
    best_step: int = 0
    best_file: str | None = None
    validated_step: int = 0
    stale: int = 0  # validations since the best one
    done: bool = False


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """How the loop went; `best_step` is the step whose weights were kept."""

    steps: int
    best_step: int
    seconds: float
    examples_per_s: float


class Trainer:
    """Trains `model` in place and leaves it with the weights that validated best.

    `model(batch)` must give logits of shape (b,).
    """

    def __init__(
        self,
        model: Network,
        train: EncodedPairs,
        validation: EncodedPairs,
        collator: PairCollator,
        config: TrainingConfig,
        *,
        budget_s: float | None,
        checkpoints: CheckpointStore | None,
        ticker: Ticker,
    ) -> None:
        self.accelerator = make_accelerator(collator.device, config.precision)
        self.model = model.to(collator.device)
        self.train, self.validation, self.collator = train, validation, collator
        self.config, self.checkpoints, self.ticker = config, checkpoints, ticker
        self.budget_s = budget_s if budget_s is not None else float("inf")
        self.plain_optimizer = make_optimizer(model, config.learning_rate)
        self.rates = [group["lr"] for group in self.plain_optimizer.param_groups]
        self.optimizer = self.accelerator.prepare(self.plain_optimizer)
        self.mean_weight = max(float(train.weights.mean()), 1e-9)
        self.state = LoopState()
        self.best: dict[str, torch.Tensor] | None = None
        self.total_steps = config.epochs * -(-len(train) // config.batch_size)
        self.resumed_at_s = 0.0  # of training before this run
        self._clock = self._saved = time.monotonic()

    def run(self) -> TrainingReport:
        """Raises TrainingCancelled, with a checkpoint left behind."""
        self._resume()
        with fused_layers(self.model, self._through_kernels()):
            self._loop()
        self._restore_best()
        return TrainingReport(
            steps=self.state.step,
            best_step=self.state.best_step,
            seconds=self.state.elapsed,
            examples_per_s=self._steps_per_s() * self.config.batch_size,
        )

    def _loop(self) -> None:
        if self.state.step == 0:
            # What the model starts as may be better than all that a short training makes of it.
            self._validate()
        while not self.state.done and self.state.epoch < self.config.epochs:
            rng = np.random.default_rng([self.config.seed, self.state.epoch])
            batches = length_bucketed_batches(self.train.lengths, self.config.batch_size, rng)
            for rows in batches[self.state.batch :]:
                if self._out_of_time():
                    break
                self._step(rows)
                self._after_step()
            self._end_epoch(finished=self.state.batch == len(batches))

    def _through_kernels(self) -> bool:
        if not self.config.kernels or self.collator.device != "cuda":
            return False
        precision = str(self.accelerator.mixed_precision)
        reason = unfit_to_train(self.model, precision, self.config.max_length)
        if reason:
            logger.info("training without kernels of our own: %s", reason)
        return reason is None

    def planned_steps(self) -> int:
        """All steps, or as many as the measured speed says will fit in the time that is left."""
        state = self.state
        if state.step == 0 or self.budget_s == float("inf"):
            return self.total_steps
        left = self.budget_s - state.elapsed - self._validation_s()
        fitting = state.step + int(max(0.0, left) * state.step / state.stepping)
        return max(1, min(self.total_steps, fitting))

    def _step(self, rows: NDArray[np.int64]) -> None:
        began = time.monotonic()
        planned = self.planned_steps()
        factor = schedule(self.state.step, planned)
        for group, rate in zip(self.plain_optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * factor
        self.model.train()
        for part in np.array_split(rows, min(self.config.accumulation, len(rows))):
            self._add_gradient(part, len(rows))
        self.accelerator.clip_grad_norm_(self.model.parameters(), MAX_GRADIENT_NORM)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.state.step += 1
        self.state.batch += 1
        self.state.stepping += time.monotonic() - began

    def _add_gradient(self, rows: NDArray[np.int64], batch_size: int) -> None:
        batch = self.collator(self.train, rows)
        with self.accelerator.autocast():
            logits = self.model(batch)
        weights = batch.weights / (self.mean_weight * batch_size)
        loss = nn.functional.binary_cross_entropy_with_logits(
            logits.float(), batch.targets, weight=weights, reduction="sum"
        )
        self.accelerator.backward(loss)

    def _after_step(self) -> None:
        self._count_time()
        state, planned = self.state, self.planned_steps()
        speed = self._steps_per_s()
        if self.ticker.due():
            self.ticker.report(
                state.step / max(planned, state.step),
                f"epoch {state.epoch + 1} of {self.config.epochs}, "
                f"step {state.step:,} of {planned:,}, "
                f"{speed * self.config.batch_size:,.1f} examples a second, "
                f"{in_words((planned - state.step) / speed)} left",
            )
        if self.ticker.stopping():
            self._save_checkpoint()
            raise TrainingCancelled(f"cancelled on request at step {state.step:,}")
        if time.monotonic() - self._saved >= self.config.checkpoint_every_s:
            self._save_checkpoint()

    def _end_epoch(self, *, finished: bool) -> None:
        if self.state.step > self.state.validated_step:
            self._validate()
        if finished:
            self.state.epoch += 1
            self.state.batch = 0
        patience = self.config.patience or self.config.epochs
        self.state.done = (
            self._out_of_time()
            or self.state.epoch >= self.config.epochs
            or self.state.stale >= patience
        )
        self._count_time()
        self._save_checkpoint()

    def _validate(self) -> None:
        began = time.monotonic()
        self.state.validated_step, self.state.stale = self.state.step, self.state.stale + 1
        score = validation_score(self.model, self.validation, self.collator, self.config.batch_size)
        if self.state.best_score is None or score >= tuple(self.state.best_score):
            self.state.best_score, self.state.best_step = score, self.state.step
            self.state.stale = 0
            self.best = self._weights()
            if self.checkpoints is not None:
                self.state.best_file = self.checkpoints.save_best(self.best, self.state.step)
        self.state.validating = time.monotonic() - began

    def _steps_per_s(self) -> float:
        return self.state.step / max(self.state.stepping, 1e-9)

    def _validation_s(self) -> float:
        """Seconds that a validation takes: as measured, or a forward pass as a third of a step."""
        if self.state.validating or not self.state.step:
            return self.state.validating
        per_example = self.state.stepping / (self.state.step * self.config.batch_size)
        return len(self.validation) * per_example / 3

    def _out_of_time(self) -> bool:
        if self.state.step == 0:
            return False
        return self.state.elapsed + self._validation_s() >= self.budget_s

    def _count_time(self) -> None:
        now = time.monotonic()
        self.state.elapsed += now - self._clock
        self._clock = now

    def _weights(self) -> dict[str, torch.Tensor]:
        return {k: v.detach().cpu().clone() for k, v in self.model.state_dict().items()}

    def _save_checkpoint(self) -> None:
        if self.checkpoints is None:
            return
        tensors = pack_optimizer(self.plain_optimizer) | {"-1.torch": torch.get_rng_state()}
        if self.collator.device == "cuda":
            tensors["-1.cuda"] = torch.cuda.get_rng_state()
        checkpoint = Checkpoint(self._weights(), tensors, asdict(self.state))
        self.checkpoints.save(checkpoint, self.state.step)
        self._saved = time.monotonic()

    def _resume(self) -> None:
        checkpoint = self.checkpoints.load() if self.checkpoints is not None else None
        if checkpoint is None or self.checkpoints is None:
            return
        fields = {k: v for k, v in checkpoint.state.items() if k != "fingerprint"}
        self.state = LoopState(**fields)
        self.resumed_at_s = self.state.elapsed
        self.model.load_state_dict(checkpoint.model)
        tensors = dict(checkpoint.optimizer)
        torch.set_rng_state(tensors.pop("-1.torch"))
        cuda = tensors.pop("-1.cuda", None)
        if cuda is not None and self.collator.device == "cuda":
            torch.cuda.set_rng_state(cuda)
        unpack_optimizer(self.plain_optimizer, tensors)
        self.best = checkpoint.best
        self.ticker.report(0.0, f"resumed at step {self.state.step:,}")

    def _restore_best(self) -> None:
        if self.best is not None:
            self.model.load_state_dict(self.best)
