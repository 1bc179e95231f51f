"""The option that cleans texts for a published model."""

from __future__ import annotations

from pathlib import Path

from modeling.errors import InputError
from modeling.prediction import PairModel
from modeling.recipes import load_model

CLEAN_TEXT = "leave out URLs, emoji, HTML; only for a published model, others know whether to"


def load_for_cleaning(path: Path, *, clean_text: bool) -> PairModel:
    """The model; a published one cleans texts if told to, one of ours as in its training.

    Raises:
        InputError: asked of a model of ours that was trained without.
    """
    model = load_model(path)
    if clean_text and not model.clean_text:
        if "published" not in model.manifest:
            raise InputError(
                f"{path} was trained on texts as they are, so it must read them so: leave out "
                "--clean-text, or train again with it"
            )
        model.clean_text = True
    return model
