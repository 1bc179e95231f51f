"""The shell commands: progress to standard error, one JSON object as the last line of output."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from modeling.cli import agreement, channel_vectors, consensus, evaluate, plan, predict, train
from modeling.cli.ending import Ended, ended_by_signals
from modeling.errors import ModelingError

COMMANDS = (train, predict, evaluate, agreement, consensus, plan, channel_vectors)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did what it says, 1 with a sentence on stderr when it did not."""
    parser = argparse.ArgumentParser(prog="python -m modeling", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in COMMANDS:
        name = module.__name__.rsplit(".", 1)[-1].replace("_", "-")
        command = commands.add_parser(name, help=module.__doc__, description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    options = parser.parse_args(arguments)
    try:
        with ended_by_signals():
            said = json.dumps(options.run(options), allow_nan=False)
    except (ModelingError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except Ended as ended:
        print(f"ended by {ended.signal.name}", file=sys.stderr)
        return 128 + ended.signal
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    print(said)
    return 0
