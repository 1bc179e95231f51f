"""Pictures of four topics for tests: those of one topic look alike, no two are the same file."""

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def picture(topic: int, seed: int = 0) -> Image.Image:
    """Shapes and colours of the topic, a few speckles of its own."""
    rng = np.random.default_rng(topic)
    drawn = Image.new("RGB", (160, 90), tuple(int(c) for c in rng.integers(40, 255, 3)))
    pen = ImageDraw.Draw(drawn)
    for _ in range(8):
        x, y = (int(n) for n in rng.integers(0, 120, 2))
        box = (x, y % 70, x + int(rng.integers(10, 60)), y % 70 + int(rng.integers(10, 40)))
        (pen.ellipse if rng.random() < 0.5 else pen.rectangle)(
            box, fill=tuple(int(c) for c in rng.integers(0, 255, 3))
        )
    return with_speckles(drawn, seed)


def with_speckles(drawn: Image.Image, seed: int) -> Image.Image:
    own, drawn = np.random.default_rng(seed), drawn.copy()
    pen = ImageDraw.Draw(drawn)
    for _ in range(5):
        x, y = int(own.integers(0, 155)), int(own.integers(0, 85))
        pen.rectangle((x, y, x + 4, y + 4), fill=tuple(int(c) for c in own.integers(0, 255, 3)))
    return drawn


def write_picture(path: Path, topic: int, seed: int = 0, quality: int = 80) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(topic, seed).save(path, quality=quality)
    return path


def write_image_encoder(folder: Path, seed: int = 0) -> Path:
    """A ViT of one narrow layer with random weights, and how its pictures are prepared."""
    import torch
    from transformers import ViTConfig, ViTModel

    torch.manual_seed(seed)
    config = ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        image_size=32, patch_size=8,
    )  # fmt: skip
    # As many are published: without the pooler's weights.
    ViTModel(config, add_pooling_layer=False).save_pretrained(folder)
    prepared = {
        "image_processor_type": "ViTImageProcessor", "do_resize": True, "do_rescale": True,
        "do_normalize": True, "size": {"height": 32, "width": 32}, "rescale_factor": 1 / 255,
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 2,
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(prepared))
    return folder
