"""The networks of the published models, with the authors' names of their parameters.

Sources: the model card, section "Model description", and the authors' code for the second version
(mean-pooled encoders, channel equality and channel embeddings into a perceptron of three layers).
`published_names` has the authors' name of each parameter that was loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from modeling.bi_encoder import mean_of_tokens
from modeling.encoders import untrained
from modeling.tokenization import Batch

# Whose vector each name in a configuration's `channel_embeddings` is: of the first or second video.
CHANNEL_SIDES = {"regret_channel_emb": 0, "recommendation_channel_emb": 1}


class PublishedUnified(nn.Module):
    """`cross_encoders` by text type, their logits and channel equality joined by `lin1`."""

    def __init__(self, encoders: Mapping[str, nn.Module], labels: int, scalars: int) -> None:
        super().__init__()
        self.cross_encoders = nn.ModuleDict(encoders)
        self.lin1 = nn.Linear(len(encoders) * labels + scalars, 1)
        self.scalars = scalars
        self.text_types, self.channel_dimensions = tuple(encoders), 0
        self.published_names: dict[str, str] = {}

    def read_encoders(self) -> Iterator[Any]:
        """Each encoder once."""
        return iter(self.cross_encoders.values())

    @classmethod
    def from_config(cls, config: Mapping[str, Any], encoder: Path) -> Self:
        """With random weights; `encoder`: the folder of the base encoder's configuration."""
        from transformers import AutoConfig, AutoModelForSequenceClassification

        base = AutoConfig.from_pretrained(encoder)
        encoders = {
            text: untrained(AutoModelForSequenceClassification, base)
            for text in config["text_types"]
        }
        return cls(encoders, base.num_labels, len(config["scalar_features"]))

    def forward(self, batch: Batch) -> Tensor:
        """Logits (b,)."""
        features = {text: self.text_features(text, batch.texts[text]) for text in self.text_types}
        return self.join(features, batch.scalars, batch.channels)

    def text_features(self, text_type: str, inputs: Mapping[str, Tensor]) -> Tensor:
        """Logits (b, labels) of text pairs."""
        return torch.as_tensor(self.cross_encoders[text_type](**inputs).logits)

    def join(self, features: Mapping[str, Tensor], scalars: Tensor, channels: Tensor) -> Tensor:
        """Logits (b,); channel vectors are not read."""
        parts = [features[text] for text in self.text_types]
        if self.scalars:
            parts.append(scalars.to(parts[0].dtype))
        return torch.as_tensor(self.lin1(torch.cat(parts, 1))[:, 0])

    @staticmethod
    def parameter_name(name: str) -> str:
        """Ours for the published one: the same."""
        return name

    @staticmethod
    def may_lack(name: str) -> bool:
        """No parameter may be missing."""
        return False


class PublishedV2(nn.Module):
    """`transformer_models` by text type, mean-pooled, with the channels, into a perceptron."""

    def __init__(
        self,
        encoders: Mapping[str, nn.Module],
        *,
        width: int,
        scalars: int,
        channel_dimensions: int,
        channel_sides: Sequence[int] = (0, 1),
    ) -> None:
        super().__init__()
        self.transformer_models = nn.ModuleDict(encoders)
        self.scalars, self.channel_dimensions = scalars, channel_dimensions
        self.channel_sides = tuple(channel_sides)
        self.text_types = tuple(encoders)
        self.published_names: dict[str, str] = {}
        if channel_dimensions:
            self.channel_emb_fc = nn.Linear(
                len(channel_sides) * channel_dimensions, channel_dimensions
            )
        inputs = len(encoders) * width + scalars + channel_dimensions
        self.norm1, self.fc1 = nn.LayerNorm(inputs, eps=1e-5), nn.Linear(inputs, 1024)
        self.norm2, self.fc2 = nn.LayerNorm(1024, eps=1e-5), nn.Linear(1024, 256)
        self.fc3 = nn.Linear(256, 1)

    def read_encoders(self) -> Iterator[Any]:
        """Each encoder once, also where text types share one."""
        return iter(dict.fromkeys(self.transformer_models.values()))

    @classmethod
    def from_config(cls, config: Mapping[str, Any], encoder: Path) -> Self:
        """With random weights; `encoder`: the folder of the base encoder's configuration."""
        from transformers import AutoConfig, AutoModel

        base = AutoConfig.from_pretrained(encoder)
        encoders = {text: untrained(AutoModel, base) for text in config["text_types"]}
        sides = [CHANNEL_SIDES[name] for name in config.get("channel_embeddings") or ()]
        return cls(
            encoders,
            width=base.hidden_size,
            scalars=len(config["scalar_features"]),
            channel_dimensions=int(config.get("channel_embedding_dim") or 0) * bool(sides),
            channel_sides=sides,
        )

    def forward(self, batch: Batch) -> Tensor:
        """Logits (b,)."""
        features = {text: self.text_features(text, batch.texts[text]) for text in self.text_types}
        return self.join(features, batch.scalars, batch.channels)

    def text_features(self, text_type: str, inputs: Mapping[str, Tensor]) -> Tensor:
        """Mean (b, d) of the states of text pairs."""
        states = self.transformer_models[text_type](**inputs).last_hidden_state
        return mean_of_tokens(states, inputs)

    def join(self, features: Mapping[str, Tensor], scalars: Tensor, channels: Tensor) -> Tensor:
        """Logits (b,)."""
        parts = [features[text] for text in self.text_types]
        if self.channel_dimensions:
            by_side = channels.unflatten(1, (2, -1))[:, self.channel_sides].flatten(1)
            parts.append(nn.functional.gelu(self.channel_emb_fc(by_side)))
        if self.scalars:
            parts.append(scalars.to(parts[0].dtype))
        hidden = nn.functional.gelu(self.fc1(self.norm1(torch.cat(parts, 1))))
        hidden = nn.functional.gelu(self.fc2(self.norm2(hidden)))
        return torch.as_tensor(self.fc3(hidden)[:, 0])

    @staticmethod
    def parameter_name(name: str) -> str:
        """Ours for the published one, which names the wrapper of sentence-transformers too."""
        parts: Sequence[str] = name.split(".")
        if parts[0] == "transformer_models" and parts[2:3] in (["auto_model"], ["model"]):
            parts = [*parts[:2], *parts[3:]]
        return ".".join(parts)

    @staticmethod
    def may_lack(name: str) -> bool:
        """The encoders' own poolers are never read."""
        return name.startswith("transformer_models.") and ".pooler." in name
