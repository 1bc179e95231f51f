"""Models as the study's authors published them on the hub: a state dict and a `config.json`.

The unified model, without transcripts or with them, and its experimental second version. Weights
are read without running any code that comes with them; texts are prepared and encoded as the
authors' own code does, so that the probabilities are theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from modeling.artefact_files import MANIFEST
from modeling.downloads import HubAccess, in_short
from modeling.encoder_config import require_sensible
from modeling.encoders import describing_files, load_tokenizer, pick_device, require_reads
from modeling.errors import ArtefactError, out_of_memory
from modeling.models.published_network import CHANNEL_SIDES, PublishedUnified, PublishedV2
from modeling.models.unified_variant import UnifiedVariant
from modeling.prediction import PairModel
from modeling.text import first_words

CONFIG, BASE = "config.json", "base"
MAX_LENGTH = 128
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
# Buffers that carry no weights: positions of older encoders, and the loss's own.
_IGNORED = ("position_ids", "loss.pos_weight")
_ENCODER_KEYS = {"unified": "cross_encoder_model_name_or_path", "unified-v2": "model_name_or_path"}


def is_published(path: Path) -> bool:
    """Whether `path` holds a configuration of the authors' kind."""
    try:
        _check(path, config := _config(Path(path)))
    except ArtefactError:
        return False
    return _recipe(config) is not None and not (Path(path) / MANIFEST).exists()


def files_of_published(path: Path) -> set[str] | None:
    """Names of the files that `save_published` replaces, None where no such model is in `path`."""
    if not is_published(path):
        return None
    described = (f for f in (path / BASE).glob("*") if f.suffix in (".json", ".txt", ".model"))
    return {CONFIG, *WEIGHTS, *(f"{BASE}/{file.name}" for file in described)}


def looks_published(path: Path) -> bool:
    """Whether `path` holds anything that a folder of the authors would hold."""
    return any((Path(path) / name).is_file() for name in (CONFIG, *WEIGHTS))


def load_published(path: Path, access: HubAccess | None = None) -> PairModel:
    """The model in `path`, on a CUDA device where there is one.

    Configuration and tokenizer of its base encoder lie there too, or the hub has them.

    Raises:
        ArtefactError: configuration, base encoder or weights are missing, damaged or do not fit.
    """
    path = Path(path)
    config = _config(path)
    recipe = _recipe(config)
    if recipe is None:
        raise ArtefactError(f"{path / CONFIG} names no {' or '.join(_ENCODER_KEYS.values())}")
    _check(path, config)
    name = str(config[_ENCODER_KEYS[recipe]])
    encoder = _base_encoder(path, name, access or HubAccess())
    module = _load_module(path, config, encoder, recipe)
    for reading in module.read_encoders():
        require_reads(reading.eval(), MAX_LENGTH, encoder)
    device = pick_device("auto")
    variant = UnifiedVariant(
        module.to(device).eval(),
        load_tokenizer(encoder),
        name,
        MAX_LENGTH,
        device,
        report={},
        prepare=partial(first_words, words=MAX_LENGTH),
    )
    route = "wt" if "transcript" in variant.text_types else "nt"
    return PairModel(recipe=recipe, manifest={"published": config}, variants={route: variant})


def save_published(folder: Path, model: PairModel) -> None:
    """The authors' own configuration and names of weights, as safetensors; and in `base` what is
    needed of the base encoder, so that the folder is enough to load the model anywhere."""
    from safetensors.torch import save_file

    [variant] = model.variants.values()
    assert isinstance(variant, UnifiedVariant)
    names: dict[str, str] = variant.module.published_names
    weights = {names[name]: w.clone() for name, w in variant.tensors().items() if name in names}
    save_file(weights, folder / WEIGHTS[0])
    config = json.dumps(model.manifest["published"], indent=2, ensure_ascii=False)
    (folder / CONFIG).write_text(config, encoding="utf-8")
    next(variant.module.read_encoders()).config.save_pretrained(folder / BASE)
    variant.tokenizer.save_pretrained(folder / BASE)


def _recipe(config: Mapping[str, Any]) -> str | None:
    return next((r for r, key in _ENCODER_KEYS.items() if config.get(key)), None)


def _config(path: Path) -> dict[str, Any]:
    """Raises ArtefactError where it is none of the authors' kind."""
    try:
        config = json.loads((path / CONFIG).read_bytes())
    except OSError as error:
        raise ArtefactError(f"{path} has no {CONFIG} that can be read: {error}") from error
    except ValueError as error:
        raise ArtefactError(f"{path / CONFIG} is damaged: {error}") from error
    absent = {"text_types", "scalar_features"} - (config if isinstance(config, dict) else {}).keys()
    if absent:
        raise ArtefactError(
            f"{path / CONFIG} lacks {' and '.join(sorted(absent))}: neither a model of ours, which "
            "has a manifest.json, nor one as the study published it"
        )
    return dict(config)


def _check(path: Path, config: Mapping[str, Any]) -> None:
    known = {
        "text_types": {"title", "description", "transcript"},
        "scalar_features": {"channel_sim"},
        "channel_embeddings": set(CHANNEL_SIDES),
    }
    for field, allowed in known.items():
        value = config.get(field)
        if field == "channel_embeddings" and value is None:  # the first version has none to name
            continue
        names = set(map(str, value)) if isinstance(value, list) else set()
        if not isinstance(value, list) or not names <= allowed or len(names) < len(value):
            raise ArtefactError(
                f"{path / CONFIG}: {field} is {value!r}, not a list out of {sorted(allowed)}, each "
                "once"
            )
    if not config["text_types"]:
        raise ArtefactError(f"{path / CONFIG}: text_types is empty, so there is nothing to read")
    width = config.get("channel_embedding_dim") or 0
    if not isinstance(width, int) or width < 0:
        raise ArtefactError(f"{path / CONFIG}: channel_embedding_dim is {width!r}, not a number")


def _base_encoder(path: Path, name: str, access: HubAccess) -> Path:
    """Configuration and tokenizer of the encoder: beside the weights, or where the name says."""
    near = [path / BASE, path / name, path / Path(name).name, path.parent / name, Path(name)]
    folder = next((f for f in near if (f / CONFIG).is_file()), None)
    return folder or describing_files(name, replace(access, revision=None))


def _load_module(
    path: Path, config: Mapping[str, Any], encoder: Path, recipe: str
) -> PublishedUnified | PublishedV2:
    network = PublishedUnified if recipe == "unified" else PublishedV2
    require_sensible(encoder)
    try:
        module = network.from_config(config, encoder)
    except Exception as error:  # each way of being damaged has an exception of its own
        if out_of_memory(error):
            raise
        raise ArtefactError(
            f"{encoder}: no configuration of an encoder: {in_short(error)}"
        ) from error
    _load_weights(module, path)
    return module


def _load_weights(module: PublishedUnified | PublishedV2, path: Path) -> None:
    stored = {k: v for k, v in _read_weights(path).items() if not k.endswith(_IGNORED)}
    module.published_names = {module.parameter_name(name): name for name in stored}
    weights = {module.parameter_name(name): tensor for name, tensor in stored.items()}
    try:
        result = module.load_state_dict(weights, strict=False)
    except RuntimeError as error:
        raise ArtefactError(
            f"{path}: the weights do not fit the configuration: {in_short(error)}"
        ) from error
    # Mean pooling reads no pooler; some encoders carry one all the same.
    lost = [name for name in result.missing_keys if not module.may_lack(name)]
    if lost or result.unexpected_keys:
        raise ArtefactError(
            f"{path}: the weights do not fit the configuration: missing {sorted(lost)[:5]}, "
            f"not known {sorted(result.unexpected_keys)[:5]}"
        )


def _read_weights(path: Path) -> dict[str, Tensor]:
    """The state dict, of finite numbers; nothing but tensors is unpickled."""
    file = next((path / name for name in WEIGHTS if (path / name).is_file()), None)
    if file is None:
        raise ArtefactError(f"{path} has no weights: neither {' nor '.join(WEIGHTS)} is there")
    try:
        if file.suffix == ".safetensors":
            from safetensors.torch import load_file

            loaded = load_file(file)
        else:
            loaded = torch.load(file, map_location="cpu", weights_only=True)
    except UnpicklingError as error:  # torch's own words advise to run what is in it
        raise ArtefactError(
            f"{file} is damaged, or holds more than weights; nothing else in it is read or run"
        ) from error
    except Exception as error:  # each way of being damaged has an exception of its own
        raise ArtefactError(
            f"{file} is damaged, or holds more than weights: {in_short(error)}"
        ) from error
    if not isinstance(loaded, dict) or not all(isinstance(v, Tensor) for v in loaded.values()):
        raise ArtefactError(f"{file} holds something other than weights by name")
    if odd := next((name for name, w in loaded.items() if not torch.isfinite(w).all()), None):
        raise ArtefactError(f"{file}: {odd} holds a number that is not finite")
    return loaded
