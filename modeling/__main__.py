"""`python -m modeling train | predict | evaluate | agreement | consensus | plan | …`.

Imports take a while, in which somebody may change their mind.
"""

import os
import signal
import sys
from types import FrameType


def leave(_number: int, _frame: FrameType | None) -> None:
    """Nothing has begun that would have to be tidied up, and some libraries catch what interrupts
    them while they are imported."""
    print("interrupted", file=sys.stderr, flush=True)
    os._exit(130)


# Whoever has the interrupt ignored, as a shell has for what runs in the background, means that.
heeded = signal.getsignal(signal.SIGINT) is signal.default_int_handler
if heeded:
    signal.signal(signal.SIGINT, leave)

from modeling.cli import main  # noqa: E402  (it takes a while)

if heeded:
    signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main())
