"""The README of a saved model."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from modeling.evaluation.table import figure

if TYPE_CHECKING:
    from modeling.prediction import PairModel

_ORDER = ("title", "description", "transcript")
_CARD = """---
library_name: likewise
tags:
- video-similarity
---

# Video similarity model

Given {texts} of two videos, and whether they are of one channel, this model
answers how probable it is that people judge the videos to be similar.

- Recipe: {recipe}; variants: {variants}; base encoder: `{encoder}`.
{origin}

```python
from modeling.hub import VideoSimilarityModel

model = VideoSimilarityModel.from_pretrained("this folder, or the name on the hub")
model.predict([{{"regret_title": "…", "recommendation_title": "…", "channel_sim": 1}}])
```

Columns: `regret_title`, `regret_description`, `regret_transcript`, the same with `recommendation_`,
and `channel_sim` (1 for the same channel, else 0). A missing text is read as empty.
"""


# What somebody has edited is theirs, and stays where a model is replaced.
_SIGNATURE = "\n<!-- Replaced with the model, unless it was edited: {} -->\n"


def is_as_written(file: Path) -> bool:
    """Whether `file` holds a card as `model_card` wrote it."""
    try:
        written = file.read_bytes()
    except OSError:
        return False
    text, mark, _ = written.rpartition(_SIGNATURE.partition("{")[0].encode())
    return bool(mark) and written == _signed(text)


def _signed(text: bytes) -> bytes:
    return text + _SIGNATURE.format(sha256(text).hexdigest()).encode()


def model_card(model: PairModel) -> str:
    """Markdown: what the model is, how it did where that is known, how to use it."""
    reads = {text for variant in model.variants.values() for text in variant.text_types}
    described = next(iter(model.variants.values())).describe()
    card = _CARD.format(
        texts=", ".join(f"{text}s" for text in _ORDER if text in reads),
        recipe=model.recipe,
        variants=", ".join(sorted(model.variants)),
        encoder=described["encoder"],
        origin=_origin(model),
    )
    return _signed(card.encode()).decode()


def _origin(model: PairModel) -> str:
    if "published" in model.manifest:
        kind = "- In the format of the study's authors, with their names of the weights."
        # Their format has no word for it.
        cleaned = "- To be loaded with `clean_text=True`, which this folder cannot say."
        return f"{kind}\n{cleaned}" if model.clean_text else kind
    lines = [f"- Texts cleaned of URLs, emoji and HTML: {'yes' if model.clean_text else 'no'}."]
    metrics = model.manifest.get("metrics", {})
    for split in ("test", "validation"):
        auroc = metrics.get(split, {}).get("overall", {}).get("auroc")
        if auroc:
            lines.append(f"- AUROC on the {split} pairs: {figure(auroc)}.")
    return "\n".join(lines)
