"""An encoder of single texts as a network that the engines can run."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

TEXT = "text"
INPUT_NAMES = ("input_ids", "attention_mask")


class MeanPooledEncoder(nn.Module):
    """The mean of an encoder's last states, at unit length (Reimers & Gurevych 2019)."""

    text_types: tuple[str, ...] = (TEXT,)

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def text_features(self, text_type: str, inputs: Mapping[str, Tensor]) -> Tensor:
        """Vectors (b, d) of texts whose `INPUT_NAMES` are (b, t)."""
        states = self.encoder(**inputs).last_hidden_state.float()
        weights = inputs["attention_mask"].unsqueeze(-1).float()
        pooled = (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
        return nn.functional.normalize(pooled, dim=1)
