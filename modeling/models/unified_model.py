"""The networks that are fine-tuned as a whole: the unified model, and its second version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from modeling.encoders import load_bi_encoder, load_cross_encoder, untrained
from modeling.models.published_network import PublishedV2
from modeling.models.stacking import Told, fit_logistic
from modeling.tokenization import Batch

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NetworkShape:
    """What a network is built of, besides its encoder.

    scalars: columns beside the texts, channel equality first.
    masked: the last columns say which text is missing, in the order of `text_types`.
    shared: one encoder reads all text types.
    """

    text_types: tuple[str, ...]
    scalars: int = 1
    masked: bool = False
    shared: bool = False
    channel_dimensions: int = 0


class UnifiedModel(nn.Module):
    """A cross-encoder a text type, each with one logit, joined with the scalars by `linear`.

    Model card, section "Model description"; masks, a shared encoder and further scalars are ours.
    """

    # The last layer has a handful of weights far from where they start; at the encoders' rate it
    # would not move within a run.
    HEADS, HEAD_RATE, MAX_HEAD_RATE = ("linear.",), 100.0, 1e-2

    def __init__(self, shape: NetworkShape, encoders: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.shape, self.text_types, self.channel_dimensions = shape, shape.text_types, 0
        self.encoders = nn.ModuleDict(encoders)
        self.linear = nn.Linear(len(shape.text_types) + shape.scalars, 1)

    @classmethod
    def pretrained(cls, shape: NetworkShape, encoder: Path) -> Self:
        """With the weights of the encoder in that folder, and new heads."""
        return cls(shape, {key: load_cross_encoder(encoder) for key in _encoder_keys(shape)})

    @classmethod
    def empty(cls, shape: NetworkShape, config: Any) -> Self:
        """With random weights, for an encoder of this configuration."""
        from transformers import AutoModelForSequenceClassification

        encoders = {
            key: untrained(AutoModelForSequenceClassification, config)
            for key in _encoder_keys(shape)
        }
        return cls(shape, encoders)

    def forward(self, batch: Batch) -> Tensor:
        """Logits (b,)."""
        features = {t: self.text_features(t, batch.texts[t]) for t in self.text_types}
        return self.join(features, batch.scalars, batch.channels)

    def text_features(self, text_type: str, inputs: Mapping[str, Tensor]) -> Tensor:
        """One logit of each text pair, (b, 1)."""
        key = _encoder_keys(self.shape)[0] if self.shape.shared else text_type
        return torch.as_tensor(self.encoders[key](**inputs).logits[:, :1])

    def join(self, features: Mapping[str, Tensor], scalars: Tensor, channels: Tensor) -> Tensor:
        """Logits (b,); channel vectors are not read."""
        parts = _unmasked(self.shape, features, scalars)
        joined = torch.cat([*parts, scalars.to(parts[0].dtype)], dim=1)
        return torch.as_tensor(self.linear(joined)[:, 0])

    def start(self, scalars: Floats, targets: Floats, weights: Floats) -> None:
        """Begin as what the scalars (n, k) alone predict, so that the encoders learn the rest (of a
        judgement among them, where it is wrong)."""
        guess = fit_logistic(Told(scalars, targets, weights, few=()), seed=0)
        with torch.no_grad():
            self.linear.weight.fill_(1.0)
            self.linear.weight[0, len(self.text_types) :] = torch.from_numpy(guess.coefficients)
            self.linear.bias.fill_(guess.intercept)

    def read_encoders(self) -> Iterator[Any]:
        """Each encoder once."""
        return iter(cast(Any, self.encoders).values())


class UnifiedV2(PublishedV2):
    """Mean-pooled encoders, scalars and channel embeddings into a perceptron of three layers."""

    HEADS, HEAD_RATE, MAX_HEAD_RATE = ("fc", "norm", "channel_emb_fc"), 10.0, 1e-3

    def __init__(self, shape: NetworkShape, encoders: Mapping[str, nn.Module], width: int) -> None:
        super().__init__(
            {t: encoders[t if t in encoders else next(iter(encoders))] for t in shape.text_types},
            width=width,
            scalars=shape.scalars,
            channel_dimensions=shape.channel_dimensions,
        )
        self.shape = shape

    @classmethod
    def pretrained(cls, shape: NetworkShape, encoder: Path) -> Self:
        """With the weights of the encoder in that folder, and new layers after it."""
        encoders = {key: load_bi_encoder(encoder) for key in _encoder_keys(shape)}
        return cls(shape, encoders, next(iter(encoders.values())).config.hidden_size)

    @classmethod
    def empty(cls, shape: NetworkShape, config: Any) -> Self:
        """With random weights, for an encoder of this configuration."""
        from transformers import AutoModel

        encoders = {key: untrained(AutoModel, config) for key in _encoder_keys(shape)}
        return cls(shape, encoders, config.hidden_size)

    def join(self, features: Mapping[str, Tensor], scalars: Tensor, channels: Tensor) -> Tensor:
        """Logits (b,)."""
        parts = _unmasked(self.shape, features, scalars)
        return super().join(dict(zip(self.text_types, parts, strict=True)), scalars, channels)

    def start(self, scalars: Floats, targets: Floats, weights: Floats) -> None:
        """Begin with the log odds of the classes; the perceptron learns the rest."""
        share = float((weights * targets).sum() / weights.sum())
        with torch.no_grad():
            self.fc3.bias.fill_(float(np.log(share / (1 - share))))


Network = UnifiedModel | UnifiedV2
NETWORKS: dict[str, type[UnifiedModel] | type[UnifiedV2]] = {
    "unified": UnifiedModel,
    "unified-v2": UnifiedV2,
}


def freeze(network: Network, what: str) -> None:
    """As `TrainingConfig.freeze` says.

    Most words never occur in the labels, yet their vectors are most of the parameters: frozen, they
    cost neither optimiser state nor the time to update them.
    """
    for encoder in network.read_encoders():
        if what == "encoders":
            for name, parameter in encoder.base_model.named_parameters():
                # A pooler is part of the head, and a new one where the encoder came without.
                parameter.requires_grad_("pooler." in name)
        elif what == "words":
            encoder.get_input_embeddings().requires_grad_(False)


def _encoder_keys(shape: NetworkShape) -> tuple[str, ...]:
    return shape.text_types[:1] if shape.shared else shape.text_types


def _unmasked(shape: NetworkShape, features: Mapping[str, Tensor], scalars: Tensor) -> list[Tensor]:
    """The features by text type, (b, f) each, 0 where the text is missing."""
    parts = [features[text_type] for text_type in shape.text_types]
    if not shape.masked:
        return parts
    missing = scalars[:, -len(parts) :].to(parts[0].dtype)
    return [part * (1 - missing[:, i, None]) for i, part in enumerate(parts)]
