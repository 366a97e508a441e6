"""Clean copies: nothing that was planted is left, and what can be seen and heard still is."""

import io
from collections.abc import Iterator
from functools import cache
from typing import Any

import av
import exifread
import pikepdf
import pytest
from PIL import Image, ImageCms, ImageOps

from bot.safety.cleaning import images
from bot.safety.cleaning.cleaner import Cleaned, Refused, clean
from bot.safety.cleaning.pictures import clean_jpx
from bot.safety.cleaning.refusal import NotCleanError, Reason
from bot.safety.cleaning.types import TYPES, type_of
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
    with Image.open(io.BytesIO(images.clean(content, TYPES["JPEG"]))) as image:
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


def test_a_clean_document_is_drawn_as_before() -> None:
    """Hidden layers stay hidden, and colours are computed by the same profile."""
    with pikepdf.open(io.BytesIO(cleaned(sample("order.pdf")).content)) as found:
        resources = found.pages[0].obj.Resources
        operators = [str(one.operator) for one in pikepdf.parse_content_stream(found.pages[0])]
        assert operators.count("Do") >= 2
        assert operators.count("BMC") + operators.count("BDC") == operators.count("EMC")
        assert set(resources.keys()) == {"/XObject", "/Properties", "/ColorSpace", "/Pattern"}
        (layer,) = found.Root.OCProperties.D.OFF
        assert layer.objgen == resources.Properties.L0.objgen
        assert set(resources.Properties.keys()) == {"/L0"}
        profile = ImageCms.ImageCmsProfile(io.BytesIO(resources.ColorSpace.C0[1].read_bytes()))
    before = Image.new("RGB", (1, 1), (10, 200, 30))
    turned = ImageCms.profileToProfile(before, profile, ImageCms.createProfile("sRGB"))
    assert turned is not None
    assert turned.getpixel((0, 0)) == (10, 200, 30)


def test_a_picture_among_a_pages_operators_that_may_tell_of_its_camera_is_refused() -> None:
    """A JPEG has room for that; raw pixels have none."""
    for name, clean_too in ((b"", True), (b"/F /DCT ", False), (b"/F [/A85 /DCT] ", False)):
        document = pikepdf.Pdf.new()
        page = document.add_blank_page(page_size=(9, 9))
        picture = b"BI /W 1 /H 1 /CS /RGB /BPC 8 " + name + b"ID \xff\xd8\xff EI"
        page.Contents = document.make_stream(b"q " + picture + b" Q")
        out = io.BytesIO()
        document.save(out)
        found = clean(out.getvalue())
        assert isinstance(found, Cleaned) if clean_too else found == Refused(Reason.KIND, TYPES["PDF"])


@pytest.mark.parametrize("bare", [True, False])
def test_a_jpeg_2000_loses_its_comments_and_no_pixel(bare: bool) -> None:
    """Alone or in its box."""
    picture = Image.open(io.BytesIO(sample("photo.jpg"))).convert("RGB")
    out = io.BytesIO()
    picture.save(out, "JPEG2000", no_jp2=bare, comment=planted.WORD)
    content = out.getvalue()
    assert planted.WORD.encode() in content
    copy = clean_jpx(content)
    assert planted.WORD.encode() not in copy
    with Image.open(io.BytesIO(copy)) as found, Image.open(io.BytesIO(content)) as before:
        assert found.tobytes() == before.tobytes()
    with pytest.raises(NotCleanError):
        clean_jpx(content[:60])


def test_a_clean_document_has_its_pages_and_nothing_beside_them() -> None:
    """The note's picture is still there, its author is not; the photo keeps its pixels."""
    with pikepdf.open(io.BytesIO(cleaned(sample("order.pdf")).content)) as found:
        assert set(found.trailer) <= {
            "/Root",
            "/Size",
            "/ID",
            "/Type",
            "/W",
            "/Length",
            "/Index",
            "/Filter",
            "/DecodeParms",
            "/XRefStm",
        }
        assert set(found.Root.keys()) <= {"/Type", "/Pages", "/OCProperties"}
        (page,) = found.pages
        assert set(page.obj.keys()) <= {"/Type", "/Parent", "/Contents", "/Resources", "/MediaBox"}
        pictures = [
            one
            for one in found.objects
            if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image"
        ]
        assert len(pictures) == 2
        for picture in pictures:
            raw = picture.read_raw_bytes()
            assert exifread.process_file(io.BytesIO(raw)) == {}
            with Image.open(io.BytesIO(raw)) as image, Image.open(io.BytesIO(sample("photo.jpg"))) as before:
                assert image.tobytes() == before.tobytes()
        forms = [
            one for one in found.objects if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Form"
        ]
        assert forms, "the note can still be seen"
    assert any(b"seen on the page" in reading for reading in readings(cleaned(sample("order.pdf")).content))
