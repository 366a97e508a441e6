"""Difference hashes of pictures, made where a file is cleaned: nearly the same ones are near each other, others are not."""

import io
import random
from functools import cache
from itertools import combinations

import pytest
from PIL import Image, ImageFilter

from bot.desk.card.service import MOST_DIFFERENT
from bot.safety.cleaning import images
from bot.safety.cleaning.cleaner import Cleaned, clean
from tests.bot.safety.cleaning.samples import sample

SEEDS = range(40)


@cache
def scene(seed: int) -> Image.Image:
    """A picture of light and dark shapes, as a photo has."""
    rng = random.Random(seed)
    small = Image.new("RGB", (12, 9))
    small.putdata([tuple(rng.randrange(256) for _ in range(3)) for _ in range(12 * 9)])
    return small.resize((640, 480), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(4))


def saved(picture: Image.Image, kind: str = "JPEG", **how: int) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def hashed(content: bytes) -> str:
    """The hash that the confined process gives."""
    found = clean(content)
    assert isinstance(found, Cleaned)
    return found.picture


def apart(one: str, other: str) -> int:
    """Differing bits."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


@pytest.mark.parametrize(
    "other",
    [
        saved(scene(1), quality=35),
        saved(scene(1), "PNG"),
        saved(scene(1), "WEBP", quality=60),
        saved(scene(1).resize((320, 240))),
        saved(scene(1).resize((1280, 960)), quality=80),
        saved(scene(1).crop((6, 5, 634, 476))),
        saved(scene(1).point(lambda value: min(255, value + 25))),
        saved(scene(1).convert("L")),
    ],
    ids=["pressed", "png", "webp", "smaller", "larger", "cropped", "brighter", "grey"],
)
def test_a_picture_that_was_sent_on_is_near_the_first(other: bytes) -> None:
    """Also after a messenger or an editor changed it. The hash has 64 bits."""
    first = hashed(saved(scene(1)))
    assert len(first) == 16
    assert apart(first, hashed(other)) <= MOST_DIFFERENT


def test_a_turned_photo_is_hashed_as_it_is_seen() -> None:
    """A camera's orientation is applied by the cleaning, before."""
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    scene(1).transpose(Image.Transpose.ROTATE_90).save(out, "JPEG", exif=exif)
    assert apart(hashed(saved(scene(1))), hashed(out.getvalue())) <= MOST_DIFFERENT


def test_different_pictures_are_far_apart() -> None:
    """Of forty no two are taken for each other."""
    hashes = [images.picture_hash(saved(scene(seed))) for seed in SEEDS]
    assert all(hashes)
    assert min(apart(one, other) for one, other in combinations(hashes, 2)) > MOST_DIFFERENT


@pytest.mark.parametrize("plain", ["white", "black", "gradient"])
def test_a_plain_picture_has_no_hash(plain: str) -> None:
    """It would be like all others."""
    if plain == "gradient":
        picture = Image.linear_gradient("L").resize((300, 200))
    else:
        picture = Image.new("RGB", (300, 200), plain)
    assert hashed(saved(picture)) == ""


@pytest.mark.parametrize("name", ["order.pdf", "memo.amr"])
def test_only_pictures_have_one(name: str) -> None:
    """Not what merely holds some."""
    assert hashed(sample(name)) == ""
