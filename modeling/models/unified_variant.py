"""How a network of the unified family judges pairs, and how it is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from modeling.encoder_config import require_sensible
from modeling.encoders import load_tokenizer, pick_device, require_reads
from modeling.engines import DEFAULT
from modeling.errors import ArtefactError
from modeling.models.pair_features import PairFeatures
from modeling.models.pair_scalars import PairScalars
from modeling.models.stacking import Stacked
from modeling.models.stored_features import describe_features, stored_features
from modeling.models.unified_model import NETWORKS, Network, NetworkShape
from modeling.pair_tokenizer import PairTokenizer
from modeling.prediction import Logits, Variant
from modeling.progress import Ticker
from modeling.schema import PairExample
from modeling.scoring import PairScorer
from modeling.tokenization import PairCollator
from modeling.vector_store import VectorStore

TERMS, GUESS = "terms.safetensors", "{}_guess.safetensors"


@dataclass(frozen=True, slots=True)
class UnifiedVariant:
    """A trained unified model, of ours or a published one, with what it takes to feed it.

    `module` says its `text_types` and `channel_dimensions`; `prepare` is that of `encode_pairs`.
    Without `scalars`, channel equality is all that it is told beside the texts.
    """

    module: Any
    tokenizer: Any
    encoder: str
    max_length: int
    device: str
    report: dict[str, Any]
    prepare: Callable[[str | None], str] | None = None
    scalars: PairScalars | None = None
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
    def pair_features(self) -> PairFeatures | None:
        """The similarities that it is told, if any."""
        return self.scalars.similarities if self.scalars else None

    @property
    def text_types(self) -> tuple[str, ...]:
        return tuple(self.module.text_types)

    @property
    def channel_dimensions(self) -> int:
        return int(self.module.channel_dimensions)

    def logits(
        self,
        pairs: Sequence[PairExample],
        *,
        batch_size: int,
        store: VectorStore,
        ticker: Ticker,
        engine: str = DEFAULT,
    ) -> Logits:
        """Shape (len(pairs),); `store` keeps the embeddings that the scalars may need."""
        told = self.scalars.matrix(pairs, store, ticker.quiet()) if self.scalars else None
        return self.scorer.logits(
            pairs, batch_size=batch_size, ticker=ticker, engine=engine, scalars=told
        )

    def tensors(self) -> dict[str, Any]:
        """By name; weights that several parts share, once."""
        state = _each_once(self.module)
        return {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}

    def describe(self) -> dict[str, Any]:
        described: dict[str, Any] = {
            "encoder": self.encoder,
            "text_types": list(self.text_types),
            "max_length": self.max_length,
            "training": self.report,
        }
        if self.scalars is not None:
            described["shape"] = asdict(self.module.shape)
            read = self.pair_features
            described["similarities"] = describe_features(read) if read else None
        return described


def _each_once(module: nn.Module) -> dict[str, Tensor]:
    """The state of `module`; a tensor with several names under the first of them."""
    found: dict[int, tuple[str, Tensor]] = {}
    for name, tensor in module.state_dict().items():
        found.setdefault(tensor.data_ptr(), (name, tensor))
    return dict(found.values())


def save(folder: Path, variants: dict[str, UnifiedVariant]) -> None:
    """Weights of each variant and of its guess, once the encoder's configuration and tokenizer, and
    the weights of words where similarities are read."""
    from safetensors.numpy import save_file as save_arrays
    from safetensors.torch import save_file

    for name, variant in variants.items():
        save_file(variant.tensors(), folder / f"{name}.safetensors")
        if variant.scalars is not None and variant.scalars.guess is not None:
            save_arrays(variant.scalars.guess.tensors(), folder / GUESS.format(name))
    any_one = next(iter(variants.values()))
    next(any_one.module.read_encoders()).config.save_pretrained(folder / "encoder")
    any_one.tokenizer.save_pretrained(folder / "encoder")
    similarities = any_one.pair_features
    if similarities is not None and similarities.terms is not None:
        save_arrays(similarities.terms.idf, folder / TERMS)


def load(path: Path, manifest: dict[str, Any]) -> dict[str, Variant]:
    """The stored variants, on a CUDA device where there is one."""
    tokenizer, device = load_tokenizer(path / "encoder"), pick_device("auto")
    variants: dict[str, Variant] = {}
    for name, described in manifest["variants"].items():
        shape = described["shape"]
        shape = NetworkShape(**(shape | {"text_types": tuple(shape["text_types"])}))
        scalars = _scalars(path, name, shape, described["similarities"])
        module = _load_module(path, name, manifest["recipe"], shape).to(device).eval()
        _require_length(path, name, module, described["max_length"])
        variants[name] = UnifiedVariant(
            module,
            tokenizer,
            described["encoder"],
            described["max_length"],
            device,
            described["training"],
            scalars=scalars,
        )
    return variants


def _require_length(path: Path, name: str, module: Network, tokens: int) -> None:
    """Tried out where it is beyond the positions, which some encoders do without."""
    encoder = next(module.read_encoders())
    if tokens > (getattr(encoder.config, "max_position_embeddings", None) or tokens):
        require_reads(encoder, tokens, f"{path}: the manifest's variants.{name}.max_length")


def _scalars(
    path: Path, name: str, shape: NetworkShape, described: dict[str, Any] | None
) -> PairScalars:
    if described is None:
        return PairScalars(shape.text_types, masked=shape.masked)
    from safetensors.numpy import load_file

    features = stored_features(path, described, shape.text_types, load_file(path / TERMS))
    guess = Stacked.from_tensors(load_file(path / GUESS.format(name)))
    if guess.columns != len(features.names):
        raise ArtefactError(
            f"{path}: the manifest's variants.{name}.similarities are not those that its guess was "
            "fitted to: image_encoder or report_gap"
        )
    return PairScalars(shape.text_types, features, shape.masked, guess)


def _load_module(path: Path, name: str, recipe: str, shape: NetworkShape) -> Network:
    from safetensors.torch import load_file
    from transformers import AutoConfig

    require_sensible(path / "encoder")
    module = NETWORKS[recipe].empty(shape, AutoConfig.from_pretrained(path / "encoder"))
    try:
        result = module.load_state_dict(load_file(path / f"{name}.safetensors"), strict=False)
    except RuntimeError as error:
        raise ArtefactError(f"{path}: weights of {name} do not fit the model: {error}") from error
    lost = sorted(set(result.missing_keys) & _each_once(module).keys())
    if lost or result.unexpected_keys:
        raise ArtefactError(
            f"{path}: weights of {name} do not fit the model: missing {lost[:5]}, "
            f"not known {sorted(result.unexpected_keys)[:5]}"
        )
    return module
