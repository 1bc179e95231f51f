"""The unified family: a cross-encoder for each text type, joined with what else is known.

The study's published model (model card, "Model description"; study, section "Unified model"): NT
reads titles and descriptions, WT transcripts too; each is trained as a whole on pair labels. The
experimental second version joins pooled embeddings by a perceptron instead of logits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from modeling.dataset import Splits, transcript_examples
from modeling.embeddings import SentenceEncoder
from modeling.encoders import resolve_encoder
from modeling.models.embedding_in_time import embed_in_time
from modeling.models.lexical import TermWeights
from modeling.models.pair_features import TEXT_TYPES, PairFeatures, documents
from modeling.models.pair_scalars import PairScalars
from modeling.models.unified_training import UnifiedTraining, fit_variant
from modeling.models.unified_variant import load, save
from modeling.prediction import Fitted, Variant
from modeling.progress import Ticker
from modeling.schema import PairExample

if TYPE_CHECKING:
    from modeling.config import TrainingConfig

__all__ = ["fit", "load", "save"]

# Of the time budget, where similarities are read.
_EMBEDDING_SHARE = 0.3


def fit(
    splits: Splits, config: TrainingConfig, *, recipe: str, ticker: Ticker, started: float
) -> Fitted:
    """Train NT on all pairs and, where there is enough for it, WT on those with transcripts; or,
    with masks, one model that reads transcripts where there are some.

    A time budget is shared by expected work, less what the final evaluation will take.

    Raises:
        ValueError: late fusion is asked of another recipe than "unified".
    """
    if config.fusion == "late" and recipe != "unified":
        raise ValueError(f"fusion: late fusion is not for recipe {recipe}")
    job = UnifiedTraining(splits, config, recipe, resolve_encoder(config.encoder), started)
    similarities = _similarities(job, ticker.part(0.0, _EMBEDDING_SHARE))
    splits, ticker = job.splits, ticker.part(_EMBEDDING_SHARE if similarities else 0.0, 1.0)
    chosen = {"nt": splits.train, "wt": transcript_examples(splits.train)}
    if config.missing_masks and chosen["wt"]:
        chosen = {"wt": splits.train}
    work = {name: _work(examples, name) for name, examples in chosen.items() if examples}
    variants: dict[str, Variant] = {}
    done = 0.0
    for name in work:
        share = work[name] / sum(w for n, w in work.items() if n not in variants)
        part = ticker.part(done, done + work[name] / sum(work.values()))
        scalars = PairScalars(TEXT_TYPES[name], similarities.get(name), config.missing_masks)
        variants[name] = fit_variant(name, chosen[name], job, scalars, share=share, ticker=part)
        done += work[name] / sum(work.values())
    return Fitted(variants, splits, job.store)


def _similarities(job: UnifiedTraining, ticker: Ticker) -> dict[str, PairFeatures]:
    """By variant, what they are made of in the store; none where the texts alone are to be read.
    Pairs that were not embedded in time are left out of the job's splits."""
    config = job.config
    if not config.similarities:
        return {}
    encoder = SentenceEncoder(resolve_encoder(config.sentence_encoder), device=config.device)
    until = job.started + _EMBEDDING_SHARE * (config.time_budget_s or float("inf"))
    job.splits = embed_in_time(job.splits, encoder, config, job.store, ticker=ticker, until=until)
    terms = TermWeights.fit(documents(job.splits.train))
    made = {
        name: PairFeatures.configured(encoder, text_types, config, terms)
        for name, text_types in TEXT_TYPES.items()
    }
    job.read_by = {"sentence encoder": encoder.encoder.id}
    if images := made["nt"].images:
        job.read_by["image encoder"] = images.encoder.id
    return made


def _work(examples: Sequence[PairExample], variant: str) -> float:
    """Relative cost of an epoch: encoder passes, and transcripts fill all tokens."""
    return len(examples) * (4.0 if variant == "wt" else 2.0)
