"""The option of those commands that may give models vectors of channels."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from modeling.channel_vectors import ChannelVectors, read_channel_vectors

if TYPE_CHECKING:
    from modeling.prediction import PairModel
    from modeling.schema import PairExample


def add_channel_option(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--channel-vectors", type=Path, metavar="FILE",
        help="that the command channel-vectors wrote; unified-v2 reads them",
    )  # fmt: skip


def require_reader(options: argparse.Namespace, models: Iterable[PairModel]) -> None:
    """Raises ValueError where vectors were given and none of the `models` reads them."""
    recipes: dict[str, None] = {}
    for model in models if options.channel_vectors else ():
        if any(variant.channel_dimensions for variant in model.variants.values()):
            return
        recipes[model.recipe] = None
    if recipes:
        raise ValueError(
            f"--channel-vectors: the model (recipe {', '.join(recipes)}) does not read them"
        )


def chosen_vectors(options: argparse.Namespace) -> ChannelVectors:
    return read_channel_vectors(options.channel_vectors) if options.channel_vectors else {}


def require_placed(
    options: argparse.Namespace, placed: ChannelVectors, examples: Iterable[PairExample]
) -> None:
    """Raises ValueError where vectors were given and none is of a channel of the `examples`."""
    videos = (video for pair in examples for video in (pair.left, pair.right))
    if placed and not any(v.channel_id in placed or v.channel in placed for v in videos):
        raise ValueError(
            f"--channel-vectors: no channel of {options.channel_vectors} is in {options.data}, by "
            "id or by name"
        )
