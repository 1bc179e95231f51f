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
        return nn.functional.normalize(mean_of_tokens(states, inputs), dim=1)


def mean_of_tokens(states: Tensor, inputs: Mapping[str, Tensor]) -> Tensor:
    """Mean (b, d) of the states (b, t, d) of tokens that are not padding."""
    mask = inputs["attention_mask"][..., None].to(states.dtype)
    return (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
