"""Files of a model on the hub, kept in the hub's own cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modeling.errors import ArtefactError


@dataclass(frozen=True, slots=True)
class HubAccess:
    """How to ask the hub: as huggingface_hub's arguments of these names."""

    revision: str | None = None
    cache_dir: Path | None = None
    token: str | bool | None = None
    local_files_only: bool = False
    force_download: bool = False
    endpoint: str | None = None


def download(name: str, patterns: Sequence[str], access: HubAccess | None = None) -> Path:
    """The folder with those files of the model called `name` that match one of `patterns`.

    Raises:
        ArtefactError: no such model, not for this token, or no network and not in the cache.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HTTPError

    access = access or HubAccess()
    try:
        folder = snapshot_download(
            name,
            revision=access.revision,
            cache_dir=access.cache_dir,
            token=access.token,
            local_files_only=access.local_files_only,
            force_download=access.force_download,
            endpoint=access.endpoint,
            allow_patterns=list(patterns),
        )
    except (HTTPError, OSError, ValueError) as error:
        raise ArtefactError(
            f"{name!r} is neither a folder nor a model that the hub gave. Check the name and the "
            "network; where there is none, fetch the model elsewhere and name its folder. "
            f"({in_short(error)})"
        ) from error
    return Path(folder)


def in_short(error: Exception) -> str:
    """The first 300 characters of what the hub's library says, on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
