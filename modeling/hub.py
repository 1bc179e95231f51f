"""Models from Python, in the ways of the hub: from_pretrained, save_pretrained, push_to_hub."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from modeling.artefact_files import MANIFEST, README
from modeling.downloads import HubAccess, download, in_short
from modeling.errors import ArtefactError, InputError
from modeling.field_values import FieldError
from modeling.model_card import model_card
from modeling.model_folder import replacing
from modeling.models.published import WEIGHTS, files_of_published, is_published, save_published
from modeling.models.stored_features import enclose_encoders
from modeling.prediction import PairModel
from modeling.records import to_pair
from modeling.registry import load_model, save_model
from modeling.schema import PairExample, PairPrediction

_SAFE = ["*.json", "*.safetensors", "*.txt", "*.model"]


class VideoSimilarityModel:
    """A trained model of ours, or one as the study's authors published it; `model` is the rest."""

    def __init__(self, model: PairModel) -> None:
        self.model = model

    @classmethod
    def from_pretrained(
        cls,
        model_id: str | Path,
        *,
        clean_text: bool = False,
        revision: str | None = None,
        cache_dir: Path | None = None,
        token: str | bool | None = None,
        local_files_only: bool = False,
        force_download: bool = False,
        endpoint: str | None = None,
    ) -> Self:
        """Load from a folder or the hub. `clean_text`: leave noise out of the texts that a
        published model reads; one of ours knows whether to. The others are huggingface_hub's.

        Raises:
            ArtefactError: not found, not to be had without a network, damaged or of another kind.
            InputError: `clean_text`, and the model is one of ours that was trained without.
        """
        access = HubAccess(revision, cache_dir, token, local_files_only, force_download, endpoint)
        folder = Path(model_id) if Path(model_id).is_dir() else _from_hub(str(model_id), access)
        model = load_model(folder, access=access)
        if clean_text:
            model.read_cleaned()
        return cls(model)

    def predict(self, rows: Any, *, batch_size: int = 64) -> NDArray[np.float64]:
        """Probabilities that the pairs are similar, shape (n,).

        `rows`: a data frame, a list of mappings, or one mapping, in the model card's columns or
        with `left` and `right`. A text that is missing is read as empty.

        Raises:
            InputError: names the row, counted from 0, and its field.
        """
        found = self.stream(rows, batch_size=batch_size)
        return np.array([prediction.probability for prediction in found], dtype=float)

    def stream(self, rows: Any, *, batch_size: int = 64) -> Iterator[PairPrediction]:
        """As `predict`, one after the other, with logits; `rows` may be without end."""
        return self.model.predict(_pairs(rows), batch_size=batch_size)

    def save_pretrained(self, folder: str | Path) -> Path:
        """Write safetensors, JSON, tokenizer and a short README, all or nothing; a published model
        keeps its format. `from_pretrained` loads the folder on any machine.

        Raises:
            ArtefactError: `folder` holds something that is no such model, or cannot be written.
        """
        folder, model = Path(folder), self.model
        card = model_card(model)
        if "published" in model.manifest:
            with replacing(folder, files_of_published) as new:
                save_published(new, model)
                (new / README).write_text(card, encoding="utf-8")
            return folder

        def beside(new: Path) -> None:
            (new / README).write_text(card, encoding="utf-8")
            for variant in model.variants.values():
                if variant.pair_features is not None:
                    enclose_encoders(new, variant.pair_features)

        save_model(folder, model, dict(model.manifest), beside=beside)
        return folder

    def push_to_hub(
        self,
        repo_id: str,
        *,
        private: bool | None = None,
        token: str | bool | None = None,
        revision: str | None = None,
        create_pr: bool = False,
        commit_message: str = "Upload a video similarity model",
        endpoint: str | None = None,
    ) -> str:
        """Save to the hub, in a repository that is made if need be; the address of the commit.

        Raises:
            ArtefactError: the hub was not reached or refused.
        """
        with tempfile.TemporaryDirectory() as scratch:
            folder = self.save_pretrained(Path(scratch) / "model")
            options = {
                "revision": revision,
                "create_pr": create_pr,
                "commit_message": commit_message,
            }
            return _upload(
                folder, repo_id, private, HubAccess(token=token, endpoint=endpoint), options
            )


def _upload(
    folder: Path,
    repo_id: str,
    private: bool | None,
    access: HubAccess,
    options: Mapping[str, Any],
) -> str:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError

    api = HfApi(endpoint=access.endpoint, token=access.token)
    try:
        api.create_repo(repo_id, private=private, exist_ok=True)
        commit = api.upload_folder(repo_id=repo_id, folder_path=folder, **options)
    except (HTTPError, OSError, ValueError) as error:
        raise ArtefactError(
            f"{repo_id!r} could not be stored on the hub. Check the network, the name and "
            f"that the token may write there. ({in_short(error)})"
        ) from error
    return str(commit.commit_url)


def _from_hub(name: str, access: HubAccess) -> Path:
    """The model's folder in the cache; a pickle is fetched only where there are no safetensors."""
    folder = download(name, _SAFE, access)
    if not (folder / MANIFEST).is_file() and is_published(folder):
        safe, pickled = WEIGHTS
        if not (folder / safe).is_file():
            return download(name, [*_SAFE, pickled], access)
    return folder


def _pairs(rows: Any) -> Iterator[PairExample]:
    for number, row in enumerate(_mappings(rows)):
        if not isinstance(row, Mapping):
            raise InputError(f"row {number}: {type(row).__name__} instead of values by column")
        try:
            yield to_pair(row, fallback_id=f"row {number}", labelled=False)
        except (FieldError, ValueError) as error:
            raise InputError(f"row {number}: {error}") from error


def _mappings(rows: Any) -> Iterable[Mapping[str, Any]]:
    if isinstance(rows, Mapping):
        return [rows]
    if hasattr(rows, "columns") and hasattr(rows, "to_dict"):
        if not rows.columns.is_unique:
            twice = sorted(set(rows.columns[rows.columns.duplicated()].map(str)))
            raise InputError(f"columns that are there twice: {', '.join(twice)}")
        records: list[dict[str, Any]] = rows.to_dict("records")
        return records
    return rows
