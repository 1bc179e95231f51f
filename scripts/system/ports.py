"""A port for the website that nobody holds."""

import argparse
import socket
import sys

HOST = "127.0.0.1"


def number(text: str) -> int:
    """A port number from the command line."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def is_free(port: int) -> bool:
    """Whether `port` can be bound on this machine now.

    Raises:
        SystemExit: the operating system keeps it for root.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise SystemExit(f"Port {port} is kept for root: name one above 1023.") from None
        except OSError:
            return False
    return True


def any_free() -> int:
    """A free port that the operating system picks."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def choose(wanted: int) -> int:
    """`wanted`, or where it is taken the next free one, agreed to where somebody can be asked.

    Raises:
        SystemExit: the person declined, or no port is free.
    """
    if is_free(wanted):
        return wanted
    other = next((port for port in range(wanted + 1, min(wanted + 100, 65536)) if is_free(port)), 0)
    if not other:
        raise SystemExit(f"Port {wanted} is taken, and so are those after it: use --port.")
    if not sys.stdin.isatty():
        print(f"Port {wanted} is taken: using {other} instead.", flush=True)
        return other
    print(f"Port {wanted} is taken. Use {other} instead? [Y/n] ", end="", flush=True)
    # The end of the input (Ctrl-D) has no newline: it is no answer, and so not a yes.
    if sys.stdin.readline().lower() in {"\n", "y\n", "yes\n"}:
        return other
    raise SystemExit("Nothing was started. Name a port with --port.")
