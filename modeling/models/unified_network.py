"""The network of the unified model, how it judges pairs, and how it is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from modeling.embeddings import VectorStore
from modeling.encoders import load_tokenizer, pick_device
from modeling.engines import DEFAULT
from modeling.errors import ArtefactError
from modeling.pair_tokenizer import PairTokenizer
from modeling.prediction import Logits, Variant
from modeling.progress import Ticker
from modeling.schema import PairExample
from modeling.scoring import PairScorer
from modeling.tokenization import Batch, PairCollator


class UnifiedModel(nn.Module):
    """`encoders` by text type, each with one logit, joined with channel equality by `linear`."""

    def __init__(self, encoders: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.encoders = nn.ModuleDict(encoders)
        self.linear = nn.Linear(len(encoders) + 1, 1)
        self.text_types, self.channel_dimensions = tuple(encoders), 0

    def forward(self, batch: Batch) -> Tensor:
        """Logits (b,)."""
        features = {t: self.text_features(t, batch.texts[t]) for t in self.text_types}
        return self.join(features, batch.same_channel, batch.channels)

    def text_features(self, text_type: str, inputs: Mapping[str, Tensor]) -> Tensor:
        """One logit of each text pair, (b, 1)."""
        return torch.as_tensor(self.encoders[text_type](**inputs).logits[:, :1])

    def join(
        self, features: Mapping[str, Tensor], same_channel: Tensor, channels: Tensor
    ) -> Tensor:
        """Logits (b,); channel vectors are not read."""
        parts = [features[text_type] for text_type in self.text_types]
        joined = torch.cat([*parts, same_channel[:, None].to(parts[0].dtype)], dim=1)
        return torch.as_tensor(self.linear(joined)[:, 0])

    def freeze(self, what: str) -> None:
        """As `TrainingConfig.freeze` says.

        Most words never occur in the labels, yet their vectors are most of the parameters: frozen,
        they cost neither optimiser state nor the time to update them.
        """
        for encoder in self.encoders.values():
            trained = cast(Any, encoder)
            if what == "encoders":
                for name, parameter in trained.base_model.named_parameters():
                    # A pooler is part of the head, and a new one where the encoder came without.
                    parameter.requires_grad_("pooler." in name)
            elif what == "words":
                trained.get_input_embeddings().requires_grad_(False)

    def start_from_channels(self, examples: Sequence[PairExample]) -> None:
        """Begin as what channel equality alone predicts, so that the encoders learn the rest."""
        odds = {same: _smoothed_log_odds(examples, same) for same in (False, True)}
        with torch.no_grad():
            self.linear.weight.fill_(1.0)
            self.linear.weight[0, -1] = odds[True] - odds[False]
            self.linear.bias.fill_(odds[False])


def _smoothed_log_odds(examples: Sequence[PairExample], same_channel: bool) -> float:
    chosen = [e for e in examples if e.same_channel == same_channel and e.target is not None]
    similar = sum(e.weight * e.target for e in chosen if e.target is not None) + 1.0
    different = sum(e.weight * (1 - e.target) for e in chosen if e.target is not None) + 1.0
    return float(np.log(similar / different))


@dataclass(frozen=True, slots=True)
class UnifiedVariant:
    """A trained unified model, of ours or a published one, with what it takes to feed it.

    `module` says its `text_types` and `channel_dimensions`; `prepare` is that of `encode_pairs`.
    """

    module: Any
    tokenizer: Any
    encoder: str
    max_length: int
    device: str
    report: dict[str, Any]
    prepare: Callable[[str | None], str] | None = None
    scorer: PairScorer = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        scorer = PairScorer(
            self.module,
            PairCollator.for_tokenizer(self.tokenizer, self.device),
            PairTokenizer(self.tokenizer, self.max_length),
            self.prepare,
        )
        object.__setattr__(self, "scorer", scorer)

    @property
    def text_types(self) -> tuple[str, ...]:
        return tuple(self.module.text_types)

    def logits(
        self,
        pairs: Sequence[PairExample],
        *,
        batch_size: int,
        store: VectorStore,
        ticker: Ticker,
        engine: str = DEFAULT,
    ) -> Logits:
        """Shape (len(pairs),); nothing is kept in `store`, there are no embeddings here."""
        return self.scorer.logits(pairs, batch_size=batch_size, ticker=ticker, engine=engine)

    def tensors(self) -> dict[str, Any]:
        return {k: v.detach().cpu().contiguous() for k, v in self.module.state_dict().items()}

    def describe(self) -> dict[str, Any]:
        return {
            "encoder": self.encoder,
            "text_types": list(self.text_types),
            "max_length": self.max_length,
            "training": self.report,
        }


def save(folder: Path, variants: dict[str, UnifiedVariant]) -> None:
    """Weights of each variant, and once the encoder's configuration and tokenizer."""
    from safetensors.torch import save_file

    for name, variant in variants.items():
        save_file(variant.tensors(), folder / f"{name}.safetensors")
    cast(Any, variants["nt"].module.encoders["title"]).config.save_pretrained(folder / "encoder")
    variants["nt"].tokenizer.save_pretrained(folder / "encoder")


def load(path: Path, manifest: dict[str, Any]) -> dict[str, Variant]:
    """The stored variants, on a CUDA device where there is one."""
    tokenizer, device = load_tokenizer(path / "encoder"), pick_device("auto")
    variants: dict[str, Variant] = {}
    for name, described in manifest["variants"].items():
        module = _load_module(path, name, described["text_types"])
        variants[name] = UnifiedVariant(
            module.to(device).eval(),
            tokenizer,
            described["encoder"],
            described["max_length"],
            device,
            described["training"],
        )
    return variants


def _load_module(path: Path, name: str, text_types: Sequence[str]) -> UnifiedModel:
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModelForSequenceClassification

    config = AutoConfig.from_pretrained(path / "encoder")
    module = UnifiedModel(
        {text: AutoModelForSequenceClassification.from_config(config) for text in text_types}
    )
    try:
        module.load_state_dict(load_file(path / f"{name}.safetensors"))
    except RuntimeError as error:
        raise ArtefactError(f"{path}: weights of {name} do not fit the model: {error}") from error
    return module
