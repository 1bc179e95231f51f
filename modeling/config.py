"""How a recipe is trained."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# Of two texts and what stands around them; shorter rows are not cut by every tokenizer.
SHORTEST = 5
CHOICES = {
    "features": ("lexical", "study"),
    "classifier": ("stacked", "logistic", "boosting"),
    "fusion": ("early", "late"),
    "freeze": ("words", "encoders", "nothing"),
    "precision": ("auto", "fp32", "bf16"),
    "device": ("auto", "cpu", "cuda"),
}


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Settings that all recipes share; each takes those that concern it.

    encoder: hub name or folder; None means the encoder that is installed as a wheel.
    time_budget_s: wall-clock seconds for training and evaluation together; None means no limit.
    max_length: tokens of an encoded text pair (unified) or at most of a text (basic).
    clean_text: leave addresses, emoji, HTML and the like out of the texts, here and in prediction.
    balance_classes: similar and not similar weigh the same in training, however often they occur.
    features: of the basic model: "study" is cosines of embeddings, missing texts and channel
        equality; "lexical" has the words that the texts share, too.
    classifier: of the basic model; "stacked" weighs logistic regressions and boosted trees by how
        they do on labels they have not seen.
    similarities: have the unified models read the basic model's judgement as a further scalar.
    fusion: "early" has the network begin as that judgement and learn from the texts what it does
        not know, "late" has it learn from the texts alone, and weighs both on validation pairs.
    sentence_encoder: whose embeddings those are; None means the one that is installed as a wheel.
    image_encoder: compare thumbnails, by "perceptual" (plain features of a picture), or by an image
        encoder of this hub name or folder; None leaves thumbnails alone.
    report_gap: read how much time lies between the reports of the two videos. It may tell more of
        the people who reported them than of the videos.
    shared_encoder: let one encoder read all text types: a half or a third of the memory.
    missing_masks: have one unified model read transcripts where there are some, told which texts
        are missing, instead of one for pairs with transcripts and one for pairs without.
    freeze: "words" keeps the word embeddings as they came, "encoders" trains no more than heads
        and what joins them, "nothing" trains all.
    patience: epochs without a better validation before training stops; None trains all epochs.
    accumulation: parts that a batch is cut into, one after another, where memory is short.
    precision: of matrix products in training; "auto" is bfloat16 where the hardware has units for
        it, else float32.
    kernels: train through kernels of our own where they fit: encoders of BERT's family, in bfloat16
        on a CUDA device, max_length of at most 128 and nothing of the layers frozen.
    work_dir: where checkpoints go; training resumes from one that fits the same data and settings.
    embedding_cache: sqlite file that keeps sentence embeddings between runs.
    device: "auto" (a CUDA device where there is one), "cpu" or "cuda".
    checkpoint_every_s: seconds between checkpoints, 0 for one at every step.

    Raises:
        ValueError: names the setting and what it may be.
    """

    encoder: str | None = None
    seed: int = 0
    time_budget_s: float | None = None
    epochs: int = 3
    batch_size: int = 16
    learning_rate: float = 5e-5
    max_length: int = 128
    clean_text: bool = False
    balance_classes: bool = False
    features: str = "lexical"
    classifier: str = "stacked"
    similarities: bool = True
    fusion: str = "early"
    sentence_encoder: str | None = None
    image_encoder: str | None = None
    report_gap: bool = False
    shared_encoder: bool = False
    missing_masks: bool = False
    freeze: str = "words"
    patience: int | None = None
    accumulation: int = 1
    precision: str = "auto"
    kernels: bool = True
    work_dir: Path | None = None
    embedding_cache: Path | None = None
    device: str = "auto"
    checkpoint_every_s: float = 60.0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "accumulation", "patience"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if self.max_length < SHORTEST:
            raise ValueError(f"max_length must be at least {SHORTEST}, not {self.max_length}")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"seed must be within 0 and {2**32 - 1}, not {self.seed}")
        for name in ("learning_rate", "time_budget_s"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise ValueError(f"{name} must be positive, not {value}")
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}"
                )

        for name in ("image_encoder", "report_gap"):
            if getattr(self, name) and not self.similarities:
                raise ValueError(f"{name} is one of the similarities, so leave those on")
        if self.fusion == "late" and not self.similarities:
            raise ValueError("fusion: late fusion joins the similarities, so leave those on")

    @property
    def embeddings(self) -> Path | None:
        """Where sentence embeddings are kept: between runs, or for a run that is resumed."""
        in_work_dir = self.work_dir / "embeddings.sqlite" if self.work_dir else None
        return self.embedding_cache or in_work_dir

    def as_dict(self) -> dict[str, Any]:
        """The settings that shape the model, without local paths; fit for JSON."""
        fields = asdict(self)
        for local in ("work_dir", "embedding_cache", "device", "checkpoint_every_s"):
            fields.pop(local)
        return fields
