"""How large an encoder may be: a configuration that asks for more was damaged, and to build what it
asks for would take all memory there is before any weight is looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modeling.errors import ArtefactError
from modeling.field_values import shown

CONFIG = "config.json"
# By the names that families of encoders have for it; the greatest there are have a tenth of this.
_MOST = {
    **dict.fromkeys(("num_hidden_layers", "num_layers", "n_layers", "n_layer"), 1_000),
    **dict.fromkeys(("hidden_size", "d_model", "dim", "n_embd", "embedding_size"), 65_536),
    **dict.fromkeys(("intermediate_size", "hidden_dim", "d_ff", "n_inner"), 1_000_000),
    **dict.fromkeys(("num_attention_heads", "n_heads", "n_head", "num_heads"), 65_536),
    **dict.fromkeys(("max_position_embeddings", "n_positions", "vocab_size"), 10_000_000),
    **dict.fromkeys(("type_vocab_size", "num_labels"), 100_000),
}


def require_sensible(folder: Path) -> None:
    """Raises ArtefactError where the folder's configuration names a number that no encoder has.
    Whether it can be read at all is for others to say."""
    file = Path(folder) / CONFIG
    try:
        config = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return
    for name, value in _fields(config):
        if name in _MOST and type(value) in (int, float) and not 0 <= value <= _MOST[name]:
            raise ArtefactError(
                f"{file}: {name} is {shown(value)}, which no encoder has: at most {_MOST[name]:,}"
            )


def _fields(config: Any) -> Iterator[tuple[str, Any]]:
    """Those of the encoders inside it, too, where it is one of several."""
    for name, value in config.items() if isinstance(config, dict) else ():
        yield name, value
        yield from _fields(value)
