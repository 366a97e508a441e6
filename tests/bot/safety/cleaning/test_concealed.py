"""Images and documents in which something is hidden: nothing of it is in the clean copy, and what is shown still is."""

import io
import re
import zlib
from collections.abc import Iterator

import pikepdf
import pytest
from PIL import Image, ImageSequence

from bot.safety.cleaning import documents, images
from bot.safety.cleaning.cleaner import type_of
from tests.bot.safety.cleaning.concealed import DOCUMENTS, IMAGES, RED, document, image
from tests.bot.safety.cleaning.planted import WORD


def cleaned(content: bytes) -> bytes:
    """The clean copy, made here and not in a process of its own, which would take most of the time."""
    kind = type_of(content)
    assert kind is not None
    room = documents if kind.name == "PDF" else images
    if kind.name != "PDF" or not documents._loaded:
        room.prepare()
    copy: bytes = room.clean(content, kind)[0]
    return copy


def colours(content: bytes) -> set[tuple[int, ...]]:
    """All colours of all frames, those that are not seen among them."""
    with Image.open(io.BytesIO(content)) as found:
        frames = [frame.convert("RGBA") for frame in ImageSequence.Iterator(found)]
    return {colour[:3] for frame in frames for _, colour in frame.getcolors(1 << 20) or []}  # type: ignore[index] # of RGBA


def is_red(colour: tuple[int, ...]) -> bool:
    """Whether it is what was hidden, as far as encoders change it."""
    return colour[0] > colour[2] + 60 and colour[0] > colour[1] + 60


def said(content: bytes) -> bytes:
    """The bytes of a file with what is compressed in it, each shade of its pixels among them."""
    opened = b"".join(
        _inflated(content, found.start()) for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", content)
    )
    return content + opened + _shades(content)


def _inflated(content: bytes, place: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(content[place:], 1 << 20)
    except zlib.error:
        return b""


def _shades(content: bytes) -> bytes:
    if content.startswith(b"%PDF"):
        return b""
    with Image.open(io.BytesIO(content)) as found:
        shown = found.convert("RGBA") if found.mode != "I;16" else found
        return b"".join(bytes(shown.tobytes()[place::step]) for step in (2, 4) for place in range(step))


@pytest.mark.parametrize("name", IMAGES)
def test_no_pixel_that_is_not_seen_is_in_a_clean_image(name: str) -> None:
    """Neither under what is clear, nor in what a screen does not show, nor in other pictures of the file."""
    copy = cleaned(image(name))
    assert not any(map(is_red, colours(copy)))
    assert WORD.encode() not in said(copy)
    if name not in {"grey-alpha.png", "deep.png"}:
        assert any(colour[2] > 150 > colour[0] for colour in colours(copy)), "the blue half is seen"


def pictures(content: bytes) -> Iterator[Image.Image]:
    """All pictures in a document, whether a page shows them or not."""
    with pikepdf.open(io.BytesIO(content)) as found:
        for one in found.objects:
            if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image":
                yield pikepdf.PdfImage(one).as_pil_image().convert("RGB")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_that_a_page_does_not_show_is_in_a_clean_document(name: str) -> None:
    """One picture a page, without a red pixel; no words, wherever they stood."""
    copy = cleaned(document(name))
    assert WORD.encode() not in said(copy)
    (picture,) = pictures(copy)
    found = {colour for _, colour in picture.getcolors(1 << 20) or [] if isinstance(colour, tuple)}
    assert not any(map(is_red, found))
    assert any(colour[2] > 200 and colour[0] < 60 for colour in found), "the blue box is seen"


def test_enough_is_hidden_in_enough_ways() -> None:
    """Words or red pixels are found in nearly each of the originals by the same search."""
    assert len(DOCUMENTS) + len(IMAGES) >= 50
    blind = [
        name
        for name in IMAGES
        if not (WORD.encode() in said(image(name)) or any(map(is_red, colours(image(name)))))
    ]
    assert set(blind) <= {"key.png", "behind.gif", "behind.png", "behind.jpg", "small.jpg", "cut.png", "clear.gif", "clear-moving.gif", "alpha-lossy.webp", "alpha-moving.webp", "alpha.heic"}  # fmt: skip
    without = [name for name in DOCUMENTS if not hides(document(name))]
    assert without == []


def hides(content: bytes) -> bool:
    """Whether the search finds words or red pixels in a document, compressed or not."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as found:
        found.save(out, qdf=True, compress_streams=False)
    searched = said(content) + out.getvalue()
    return any(mark in searched for mark in (WORD.encode(), WORD.encode().hex().encode(), bytes(RED) * 40))
