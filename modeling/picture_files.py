"""Pictures from files of any make: bounded, upright, in RGB."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

# Beyond these a file is no thumbnail, and may be made to exhaust the memory.
MAX_BYTES, MAX_PIXELS = 20_000_000, 40_000_000
HELD_PIXELS = 1920 * 1080  # of each in a batch, far more than an encoder looks at
# How pictures are read. Give it another name when that changes, lest old vectors be found again.
READ_AS = b"upright"


def read_picture(path: str) -> bytes:
    """Raises OSError or ValueError."""
    if "://" in path:
        raise ValueError("an address, and nothing is fetched: name a file")
    file = Path(path)
    if not file.is_file():
        raise ValueError("no such file")
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES // 1_000_000} MB")
    return file.read_bytes()


def open_picture(path: str) -> Any:
    """In RGB and upright, what is transparent on white; of several pictures the first. Of a large
    one the means over blocks of pixels."""
    from PIL import Image

    with Image.open(path) as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if opened.width * opened.height > MAX_PIXELS:
            raise ValueError(f"more than {MAX_PIXELS:,} pixels")
        deep = opened.mode.startswith(("I", "F"))
        see_through = opened.has_transparency_data and not deep
        mode = "F" if deep else "RGBA" if see_through else "RGB"
        picture = _upright(_shrunk(opened.convert(mode)))
        if deep:
            return _in_bytes(picture, opened.mode)
        if see_through:
            white = Image.new("RGBA", picture.size, "white")
            return Image.alpha_composite(white, picture).convert("RGB")
        return picture


def _shrunk(picture: Any) -> Any:
    factor = 1
    while -(-picture.width // factor) * -(-picture.height // factor) > HELD_PIXELS:
        factor += 1
    return picture.reduce(factor) if factor > 1 else picture


def _upright(picture: Any) -> Any:
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # what the camera noted is damaged, and the picture is not
        return picture


def _in_bytes(picture: Any, mode: str) -> Any:
    """In RGB from more than 8 bits, of which Pillow makes white all above 255. Only a file of 16
    says what white is, else it is the least of the usual numbers that none exceeds."""
    from PIL import Image

    levels = np.nan_to_num(np.asarray(picture)).clip(0)
    usual = {"F": (1, 255, 65535), "I": (255, 65535)}.get(mode, (65535,))
    white = next((level for level in usual if level >= levels.max()), levels.max())
    return Image.fromarray((levels / white * 255).round().astype(np.uint8)).convert("RGB")
