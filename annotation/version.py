import os
import subprocess
from functools import cache
from pathlib import Path


@cache
def code_version() -> str:
    """The commit this code is at: CODE_VERSION where it is set (an image), else asked of git."""
    if version := os.environ.get("CODE_VERSION"):
        return version
    root = Path(__file__).resolve().parent.parent
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
