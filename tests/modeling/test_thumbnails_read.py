"""How pictures are read: large, turned, deep and damaged ones."""

import numpy as np
import pytest
from PIL import Image

from modeling.encoders import load_image_encoder
from modeling.perceptual import perceptual_vector
from modeling.picture_files import HELD_PIXELS
from modeling.thumbnails import ThumbnailEncoder
from modeling.vector_store import MemoryStore
from tests.modeling.pictures import picture, write_image_encoder, write_picture

ORIENTATION = 0x112


def embedded(*paths, name="perceptual"):
    """Vectors of the files, which can all be read."""
    found = ThumbnailEncoder(name).embed([str(path) for path in paths], MemoryStore())
    return [found[str(path)].astype(float) for path in paths]


def grey_levels(topic=1):
    return np.asarray(picture(topic).convert("L")).astype(float)


def large(topic, size=(3201, 1797)):
    """With grain, as a photograph has it."""
    drawn = np.asarray(picture(topic).resize(size, Image.Resampling.BICUBIC)).astype(float)
    grain = np.random.default_rng(topic).normal(0, 12, drawn.shape)
    return Image.fromarray((drawn + grain).clip(0, 255).astype(np.uint8))


@pytest.fixture
def held(monkeypatch):
    """The pictures that vectors were made of."""
    pictures, see = [], ThumbnailEncoder._vectors

    def note(self, batch):
        pictures.extend(batch)
        return see(self, batch)

    monkeypatch.setattr(ThumbnailEncoder, "_vectors", note)
    return pictures


def test_of_a_large_picture_no_more_is_held_than_is_looked_at(tmp_path, held):
    sizes = [(5000, 4000), (4001, 4000), (3_000_000, 1), (1, 60_000), (1920, 1080), (160, 90)]
    for i, size in enumerate(sizes):
        Image.new("L", size, 20 * i + 60).save(tmp_path / f"{i}.png")
    embedded(*(tmp_path / f"{i}.png" for i in range(len(sizes))))
    assert len(held) == len(sizes)
    assert max(small.width * small.height for small in held) <= HELD_PIXELS
    assert [small.size for small in held[-2:]] == sizes[-2:]


def test_an_ordinary_picture_has_the_features_of_all_its_pixels(tmp_path):
    ordinary = large(1, size=(1280, 720))
    ordinary.save(tmp_path / "a.png")
    [found] = embedded(tmp_path / "a.png")
    assert np.array_equal(found, perceptual_vector(ordinary).astype(np.float16))


@pytest.mark.parametrize("topic", [1, 2, 3])
def test_a_large_picture_has_nearly_the_features_of_all_its_pixels(tmp_path, topic):
    whole = large(topic)
    whole.save(tmp_path / "a.png", compress_level=0)
    [found] = embedded(tmp_path / "a.png")
    assert found @ perceptual_vector(whole) > 0.997


@pytest.mark.parametrize("side", [224, 512])
def test_an_image_encoder_sees_nearly_the_same_of_a_large_picture(tmp_path, held, side):
    folder = write_image_encoder(tmp_path / "vit")
    whole = large(1)
    whole.save(tmp_path / "a.png", compress_level=0)
    embedded(tmp_path / "a.png", name=str(folder))
    processor, _ = load_image_encoder(folder)
    size = {"height": side, "width": side}
    shrunk, plain = (
        np.asarray(processor(images=[p], size=size, return_tensors="pt")["pixel_values"])
        for p in (held[0], whole)
    )
    assert shrunk.shape == (1, 3, side, side)
    assert np.abs(shrunk - plain).mean() < 2 / 255  # of values from -1 to 1: one level


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("16 bits.png", lambda grey: (grey * 257).astype(np.uint16)),
        ("16 bits.tif", lambda grey: (grey * 257).astype(np.uint16)),
        ("16 of 32 bits.tif", lambda grey: (grey * 257).astype(np.int32)),
        ("32 bits.tif", lambda grey: (grey * (2**31 // 256)).astype(np.int32)),
        ("8 of 32 bits.tif", lambda grey: grey.astype(np.int32)),
        ("shares.tif", lambda grey: (grey / 255).astype(np.float32)),
        ("8 bits as fractions.tif", lambda grey: grey.astype(np.float32)),
    ],
)
def test_grey_of_more_than_8_bits_is_scaled(tmp_path, name, levels):
    grey = (grey_levels() / grey_levels().max() * 255).round()
    Image.fromarray(levels(grey)).save(tmp_path / name)
    Image.fromarray(grey.astype(np.uint8)).save(tmp_path / "plain.png")
    deep, plain = embedded(tmp_path / name, tmp_path / "plain.png")
    assert deep @ plain > 0.999


def test_a_dark_picture_of_16_bits_stays_dark(tmp_path):
    Image.fromarray(np.full((90, 160), 200, np.uint16)).save(tmp_path / "dark.png")
    Image.new("L", (160, 90), 1).save(tmp_path / "black.png")
    deep, black = embedded(tmp_path / "dark.png", tmp_path / "black.png")
    assert deep @ black == pytest.approx(1, abs=0.01)


def test_numbers_that_are_none_spoil_no_deep_picture(tmp_path):
    levels = (grey_levels() / 255).astype(np.float32)
    levels[0, 0], levels[0, 1] = np.nan, -3
    Image.fromarray(levels).save(tmp_path / "a.tif")
    Image.fromarray(grey_levels().astype(np.uint8)).save(tmp_path / "plain.png")
    deep, plain = embedded(tmp_path / "a.tif", tmp_path / "plain.png")
    assert deep @ plain > 0.99


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tif"])
def test_a_picture_is_turned_as_its_file_says(tmp_path, kind):
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned clockwise by a quarter
    lying = picture(1).transpose(Image.Transpose.ROTATE_90)
    lying.save(tmp_path / f"lying.{kind}", exif=exif, quality=95)
    picture(1).save(tmp_path / "upright.png")
    turned, upright = embedded(tmp_path / f"lying.{kind}", tmp_path / "upright.png")
    assert turned @ upright > 0.98


def test_a_damaged_note_on_the_orientation_harms_no_picture(tmp_path):
    picture(1).save(tmp_path / "a.jpg", exif=b"Exif\0\0no such header", quality=95)
    noted, plain = embedded(tmp_path / "a.jpg", write_picture(tmp_path / "b.jpg", 1))
    assert noted @ plain > 0.98
