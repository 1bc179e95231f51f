"""The option of those commands that may give models vectors of channels."""

from __future__ import annotations

import argparse
from pathlib import Path

from modeling.channel_vectors import ChannelVectors, read_channel_vectors


def add_channel_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--channel-vectors", type=Path, metavar="FILE",
        help="that the command channel-vectors wrote; unified-v2 reads them",
    )  # fmt: skip


def chosen_vectors(options: argparse.Namespace) -> ChannelVectors:
    return read_channel_vectors(options.channel_vectors) if options.channel_vectors else {}
