"""Clean copies: nothing that was planted is left, and what can be seen and heard still is."""

import io
from collections.abc import Iterator
from functools import cache
from typing import Any

import av
import exifread
import pikepdf
import pypdfium2  # type: ignore[import-untyped] # it has none
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from bot.safety.cleaning import documents, images
from bot.safety.cleaning.cleaner import TYPES, Cleaned, Loss, NoCopyReason, Refused, clean, type_of
from tests.bot.safety.cleaning import planted, recorded
from tests.bot.safety.cleaning.samples import NAMES, sample

IMAGES = [name for name in NAMES if name.endswith((".jpg", ".png", ".webp", ".gif", ".heic"))]
RECORDINGS = [name for name in NAMES if name not in IMAGES and name != "order.pdf"]
WITHOUT_WORDS = {"memo.amr", "memo.aac"}
"""Their types have no room for any."""
MARKS = [planted.WORD.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
MARKS += [b"x264 - core", b"2025:06:07", b"20250607", b"Photoshop", b"Exif\0"]


@cache
def cleaned(content: bytes) -> Cleaned:
    """The clean copy."""
    found = clean(content)
    assert isinstance(found, Cleaned), found
    return found


def readings(content: bytes) -> Iterator[bytes]:
    """The bytes of a file, and of a PDF also what stands compressed in it."""
    yield content
    if content.startswith(b"%PDF"):
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(content)) as document:
            document.save(
                out,
                qdf=True,
                compress_streams=False,
                stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            )
        yield out.getvalue()


def marks_in(content: bytes) -> set[bytes]:
    """What of the planted data is found."""
    return {mark for reading in readings(content) for mark in MARKS if mark in reading}


def test_there_is_a_sample_of_every_type() -> None:
    """What can be cleaned is tried here, and with broken files elsewhere."""
    found = {type_.name for type_ in map(type_of, map(sample, NAMES)) if type_ is not None}
    assert found == set(TYPES)


@pytest.mark.parametrize("name", NAMES)
def test_a_clean_copy_holds_nothing_that_was_planted(name: str) -> None:
    """In no place of the file and no encoding; its type stays, but that a HEIC becomes a JPEG. The search finds what is there."""
    content = sample(name)
    assert name in WITHOUT_WORDS or marks_in(content)
    copy = cleaned(content)
    assert marks_in(copy.content) == set()
    assert copy.type == type_of(copy.content)
    before = type_of(content)
    assert before is not None
    assert copy.type.name == (before.becomes or before.name)


@pytest.mark.parametrize("name", IMAGES)
def test_a_clean_image_shows_the_same_upright_and_says_nothing(name: str) -> None:
    """By exifread, which is no part of the program; the camera was held upright, so the dark half is above."""
    copy = cleaned(sample(name))
    assert exifread.process_file(io.BytesIO(copy.content)) == {}
    with Image.open(io.BytesIO(copy.content)) as image:
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "loop", "background", "duration", "timestamp", "version", "extension", "default_image", "disposal", "blend", "bbox", "transparency"}  # fmt: skip
        moving = name.startswith("moving")
        assert getattr(image, "n_frames", 1) == (3 if moving else 1)
        if moving:
            return
        assert image.size == ((48, 64) if name == "photo.heic" else (16, 24))
        seen = image.convert("L")
        above: Any = seen.getpixel((8, 2))
        below: Any = seen.getpixel((8, image.height - 3))
        assert below - above > 60


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_way_to_hold_a_camera_is_turned_upright(turn: int) -> None:
    """As Pillow itself turns a picture by its EXIF. What the process is held by makes no difference to this."""
    content = planted.jpeg(orientation=turn)
    with Image.open(io.BytesIO(content)) as image:
        wanted = ImageOps.exif_transpose(image).convert("L")
    with Image.open(io.BytesIO(images.clean(content, TYPES["JPEG"])[0])) as image:
        found = image.convert("L")
        assert found.size == wanted.size
        for place in ((2, 2), (found.width - 3, found.height - 3)):
            here: Any = found.getpixel(place)
            there: Any = wanted.getpixel(place)
            assert abs(here - there) < 40


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_clean_recording_has_pictures_and_sound_alone(name: str) -> None:
    """No tags, chapters, covers, subtitles, data or attachments; every frame is there and can be decoded."""
    copy = cleaned(sample(name))
    with av.open(io.BytesIO(copy.content), "r") as found, av.open(io.BytesIO(sample(name)), "r") as before:
        assert dict(found.metadata).keys() <= {
            "major_brand",
            "minor_version",
            "compatible_brands",
            "encoder",
            "ENCODER",
            "language",
        }
        assert found.metadata.get("encoder", "") in {"", "ffmpeg", "Lavf"}
        assert found.chapters() == []
        wanted = [
            one
            for one in before.streams
            if one.type in {"video", "audio"} and not one.disposition & av.stream.Disposition.attached_pic
        ]
        assert [one.type for one in found.streams] == [one.type for one in wanted]
        for stream in found.streams:
            assert set(stream.metadata) <= {"language", "handler_name", "vendor_id", "encoder", "DURATION"}
            assert stream.metadata.get("handler_name", "") in {"", "VideoHandler", "SoundHandler"}
            assert stream.metadata.get("encoder", "") in {"", "ffmpeg"}
            assert stream.metadata.get("language", "und") in {"und", "eng"}
    pictures, samples = decoded(sample(name))
    assert decoded(copy.content)[0] == pictures
    assert decoded(copy.content)[1] >= samples  # what a player would skip at the beginning is heard


def test_a_recording_whose_tags_are_in_no_known_encoding_is_cleaned_too() -> None:
    """Old recorders write them as their country does; they are thrown away anyway."""
    content = sample("screen.mkv").replace(b"title", b"\xcf\xf0\xe8\xe2\xff")
    assert content != sample("screen.mkv")
    assert marks_in(cleaned(content).content) == set()


def decoded(content: bytes) -> tuple[int, int]:
    """How many pictures and samples of sound can be decoded."""
    pictures = samples = 0
    with av.open(io.BytesIO(content), "r") as found:
        cover = av.stream.Disposition.attached_pic
        for packet in found.demux(
            [one for one in found.streams if one.type in {"video", "audio"} and not one.disposition & cover]
        ):
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    pictures += 1
                elif isinstance(frame, av.AudioFrame):
                    samples += frame.samples
    return pictures, samples


def test_a_video_stays_turned_as_it_was_filmed() -> None:
    """The turn is no secret, and without it the picture lies on its side."""
    content = recorded.recording("mp4", "libx264", "", turned=90, frames=2)
    assert rotation(cleaned(content).content) == rotation(content) != 0


def rotation(content: bytes) -> int:
    """Degrees by which a player turns the picture."""
    with av.open(io.BytesIO(content), "r") as found:
        return next(frame.rotation for frame in found.decode(video=0))


def page_of(content: bytes) -> Image.Image:
    """The first page of a document as a reader shows it."""
    with pypdfium2.PdfDocument(content) as document:
        document.init_forms()
        drawn: Image.Image = document[0].render(scale=1).to_pil()
        return drawn.convert("RGB")


def test_a_clean_document_is_drawn_as_before() -> None:
    """Hidden layers stay hidden; notes and fields are drawn where they were."""
    before, after = page_of(sample("order.pdf")), page_of(cleaned(sample("order.pdf")).content)
    assert after.size == before.size
    differences = ImageStat.Stat(ImageChops.difference(before, after))
    assert max(differences.mean) < 2
    assert before.getpixel((125, 75)) == after.getpixel((125, 75)) == (255, 255, 255), "the layer is hidden"
    noted: Any = after.getpixel((155, 185))
    assert max(noted) < 60, "the note is seen"


def test_a_clean_document_has_a_picture_for_each_page_and_nothing_else() -> None:
    """No text, font, form, note, layer or property; the pictures are told to be what their text was lost for."""
    copy = cleaned(sample("order.pdf"))
    assert copy.loss is Loss.TEXT
    with pikepdf.open(io.BytesIO(copy.content)) as found:
        assert set(found.trailer) <= {"/Root", "/Size"}
        assert set(found.Root.keys()) == {"/Type", "/Pages"}
        (page,) = found.pages
        assert set(page.obj.keys()) == {"/Type", "/Parent", "/Contents", "/Resources", "/MediaBox"}
        assert len(found.objects) == 5
        picture = page.Resources.XObject.P
        assert exifread.process_file(io.BytesIO(picture.read_raw_bytes())) == {}


def test_letters_of_a_font_that_a_document_does_not_hold_are_drawn_or_it_is_refused() -> None:
    """Old programs leave common fonts out. Cyrillic is drawn in another; what no font at hand has would be missing unseen."""
    drawn = cleaned(planted.pdf_without_its_font("afii10017"))
    assert min(drawn_colours(drawn.content)) < 60
    assert clean(planted.pdf_without_its_font("uni4E2D")) == Refused(NoCopyReason.KIND, TYPES["PDF"])


def drawn_colours(content: bytes) -> list[int]:
    """The shades of grey on the first page."""
    return [shade for shade, count in enumerate(page_of(content).convert("L").histogram()) if count]


def test_a_long_document_is_drawn_coarser_and_one_without_end_is_refused() -> None:
    """So that time and bytes are bounded."""
    document = pikepdf.Pdf.new()
    for _ in range(2):
        document.add_blank_page(page_size=(7200, 7200))
    found = cleaned(planted.saved(document))
    with pikepdf.open(io.BytesIO(found.content)) as copy:
        picture = copy.pages[0].Resources.XObject.P
        assert picture.Width * picture.Height <= documents.MOST_PAGE_PIXELS * 1.01
    for _ in range(78):
        document.add_blank_page(page_size=(7200, 7200))
    assert clean(planted.saved(document)) == Refused(NoCopyReason.LARGE, TYPES["PDF"])
