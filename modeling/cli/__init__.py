"""The shell commands: progress to standard error, one JSON object as the last line of output."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

from modeling.cli import agreement, channel_vectors, consensus, evaluate, plan, predict, train
from modeling.cli.ending import Ended, ended_by_signals
from modeling.errors import ModelingError, out_of_memory

COMMANDS = (train, predict, evaluate, agreement, consensus, plan, channel_vectors)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did what it says, 1 with a sentence on stderr when it did not."""
    options = _parser().parse_args(arguments)
    try:
        with ended_by_signals():
            said = json.dumps(options.run(options), allow_nan=False)
    except Ended as ended:
        print(f"ended by {ended.signal.name}", file=sys.stderr)
        return 128 + ended.signal
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        if out_of_memory(error):
            what = f"{options.command} needs more memory than there is"
            return _failed(f"{what}; {options.less_memory}")
        if not isinstance(error, (ModelingError, OSError, ValueError)):
            raise
        return _failed(str(error))
    return _say(said)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m modeling", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in COMMANDS:
        name = module.__name__.rsplit(".", 1)[-1].replace("_", "-")
        command = commands.add_parser(name, help=module.__doc__, description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(run=module.run, command=name, less_memory=module.LESS_MEMORY)
    return parser


def _failed(sentence: str) -> int:
    print(f"error: {sentence}", file=sys.stderr)
    return 1


def _say(line: str) -> int:
    """On standard output, which may be full, or closed by whoever was to read it."""
    try:
        print(line, flush=True)
    except OSError as error:
        # Python writes out what is left at its end, and would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _failed(f"standard output: {error.strerror}; the last line is lost: {line}")
    return 0
