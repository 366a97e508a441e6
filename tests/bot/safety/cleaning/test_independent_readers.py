"""Clean copies as programs from elsewhere read them: Debian's exiftool, ffprobe, qpdf, pdfimages and pdftotext.

apt-get install --no-install-recommends libimage-exiftool-perl ffmpeg qpdf poppler-utils && pytest -m outside
"""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.safety.cleaning.cleaner import type_of
from tests.bot.safety.cleaning import test_concealed, test_trimmed
from tests.bot.safety.cleaning.concealed import DOCUMENTS, IMAGES, document, image
from tests.bot.safety.cleaning.planted import WORD
from tests.bot.safety.cleaning.samples import NAMES, sample
from tests.bot.safety.cleaning.test_clean_copies import RECORDINGS, WITHOUT_WORDS, cleaned
from tests.bot.safety.cleaning.trimmed import CASES, UNITS, trimmed, with_unit

pytestmark = pytest.mark.outside
OF_THE_FILE = {"SourceFile", "ExifTool", "System", "Composite"}
"""Groups of exiftool's that tell of the file system, or follow from others."""
STRUCTURE = ("HandlerDescription", "GraphicsMode", "SampleGroupDescription", "CopyrightFlag", "ProfileType")
"""Names that only sound as if they spoke of somebody."""
SAYS_NOTHING = ("0000:00:00 00:00:00", "und", "", "(none)", "eng")
SPEAKING = ("author", "artist", "creator", "serial", "gps", "location", "title", "comment", "description", "copyright", "subject", "make", "model", "owner", "xmp", "iptc", "profile")  # fmt: skip
"""What the names of telling tags have in them."""


def run(program: str, *arguments: str, check: bool = True) -> bytes:
    """What a program prints. Skips with the way to get one that is missing; where CI is set, where nothing may be missing, fails."""
    path = shutil.which(program)
    if path is None:
        words = f"{program} is missing: apt-get install --no-install-recommends libimage-exiftool-perl ffmpeg qpdf poppler-utils"
        if os.environ.get("CI"):
            pytest.fail(words, pytrace=False)
        pytest.skip(words)
    return subprocess.run([path, *arguments], capture_output=True, check=check).stdout  # noqa: S603 - ours


def tags(path: Path) -> dict[str, Any]:
    """All that exiftool finds, also what is unknown, doubled or embedded, by group and name; it does not know AMR."""
    found: list[dict[str, Any]] = json.loads(
        run("exiftool", "-json", "-a", "-u", "-G1", "-ee3", str(path), check=False)
    )
    return {
        name: value
        for one in found
        for name, value in one.items()
        if name.partition(":")[0] not in OF_THE_FILE
    }


def written(folder: Path, name: str, content: bytes) -> Path:
    """The file on the disk."""
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_exiftool_finds_what_was_planted_and_nothing_of_it_in_the_clean_copy(
    name: str, tmp_path: Path
) -> None:
    """No tag that tells of place, device or people, and no time."""
    before = tags(written(tmp_path, f"before-{name}", sample(name)))
    assert name in WITHOUT_WORDS or WORD in json.dumps(before)
    copy = cleaned(sample(name))
    after = tags(written(tmp_path, f"after.{copy.type.suffix}", copy.content))
    assert WORD not in json.dumps(after)
    assert telling(after) == {}


def telling(found: dict[str, Any]) -> dict[str, Any]:
    """Tags whose name speaks of somebody or of a time, with something in them."""
    return {
        name: value
        for name, value in found.items()
        if (any(word in name.lower() for word in SPEAKING) or "date" in name.lower())
        and str(value) not in SAYS_NOTHING
        and not name.endswith(STRUCTURE)
    }


@pytest.mark.parametrize("name", RECORDINGS)
def test_ffprobe_finds_pictures_and_sound_alone(name: str, tmp_path: Path) -> None:
    """No chapter, no other stream, no tag that was planted; and ffmpeg plays it to its end without a complaint."""
    copy = cleaned(sample(name))
    path = written(tmp_path, f"after.{copy.type.suffix}", copy.content)
    shown: Sequence[str] = ("-v", "error", "-of", "json", "-show_format", "-show_streams", "-show_chapters")
    found = json.loads(run("ffprobe", *shown, str(path)))
    assert found["chapters"] == []
    assert {stream["codec_type"] for stream in found["streams"]} <= {"video", "audio"}
    assert not any(stream["disposition"]["attached_pic"] for stream in found["streams"])
    kept = {key.lower() for one in (found["format"], *found["streams"]) for key in one.get("tags", {})}
    assert kept <= {
        "major_brand",
        "minor_version",
        "compatible_brands",
        "encoder",
        "language",
        "handler_name",
        "vendor_id",
        "duration",
    }
    assert WORD not in json.dumps(found)
    run("ffmpeg", "-v", "error", "-xerror", "-i", str(path), "-f", "null", "-")


def test_qpdf_finds_a_whole_document_and_nothing_that_was_planted(tmp_path: Path) -> None:
    """Its syntax is right, its objects are shown uncompressed."""
    path = written(tmp_path, "after.pdf", cleaned(sample("order.pdf")).content)
    assert b"No syntax or stream encoding errors" in run("qpdf", "--check", str(path))
    shown = run("qpdf", "--qdf", "--object-streams=disable", "--stream-data=uncompress", str(path), "-")
    assert WORD.encode() not in shown
    for entry in (
        b"/Info",
        b"/Metadata",
        b"/EmbeddedFiles",
        b"/JavaScript",
        b"/JS",
        b"/OpenAction",
        b"/AA",
        b"/Annots",
        b"/AcroForm",
        b"/PieceInfo",
    ):
        assert entry not in shown


def test_enough_files_are_planted() -> None:
    """Eighty and more, most of them made by hand."""
    assert len({*NAMES, *IMAGES, *DOCUMENTS, *CASES, *UNITS}) >= 80


@pytest.mark.parametrize("name", IMAGES)
def test_exiftool_finds_nothing_in_images_that_hide_something(name: str, tmp_path: Path) -> None:
    """No tag, and nothing behind the picture."""
    copy = test_concealed.cleaned(image(name))
    kind = type_of(copy)
    assert kind is not None
    found = tags(written(tmp_path, f"after.{kind.suffix}", copy))
    assert WORD not in json.dumps(found)
    assert telling(found) == {}
    assert not [name for name in found if "Trailer" in name or "Warning" in name]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_poppler_and_qpdf_find_one_picture_and_no_text(name: str, tmp_path: Path) -> None:
    """No word, font, attachment or second picture, and a page that is drawn as before."""
    before, path = written(tmp_path, "before.pdf", document(name)), tmp_path / "after.pdf"
    path.write_bytes(test_concealed.cleaned(document(name)))
    assert run("pdftotext", str(path), "-").strip() == b""
    assert len(run("pdffonts", str(path)).splitlines()) == 2
    assert len(run("pdfimages", "-list", str(path)).splitlines()) == 3
    assert b"0 embedded files" in run("pdfdetach", "-list", str(path))
    assert b"No syntax or stream encoding errors" in run("qpdf", "--check", str(path))
    shown = run("qpdf", "--qdf", "--object-streams=disable", str(path), "-")
    assert WORD.encode() not in shown
    assert telling(tags(path)) == {}
    if name not in {"jbig2-comment", "text-cropped", "note-popup"}:  # of which readers make different things
        drawn = [run("pdftoppm", "-r", "60", "-gray", str(one)) for one in (before, path)]
        assert len(drawn[0]) == len(drawn[1])
        assert sum(abs(one - other) for one, other in zip(*drawn, strict=True)) / len(drawn[0]) < 6


@pytest.mark.parametrize(
    "name", [*(name for name, case in CASES.items() if not case.refused), *[*UNITS][::6]]
)
def test_ffprobe_finds_the_frames_that_are_shown_with_and_without_edit_lists(
    name: str, tmp_path: Path
) -> None:
    """As many, of one stream of each kind; and ffmpeg plays them without a complaint."""
    copy, _ = test_trimmed.cleaned(trimmed(name) if name in CASES else with_unit(name))
    path = written(tmp_path, name, copy)
    for obeyed in ("0", "1"):
        edits = ("-ignore_editlist", obeyed) if path.suffix in {".mp4", ".mov", ".3gp", ".m4a"} else ()
        entries = "stream=codec_type,nb_read_frames"
        told = run(
            "ffprobe",
            "-v",
            "error",
            *edits,
            "-count_frames",
            "-of",
            "json",
            "-show_entries",
            entries,
            str(path),
        )
        streams = json.loads(told)["streams"]
        assert len(streams) == len({one["codec_type"] for one in streams})
        frames = [int(one["nb_read_frames"]) for one in streams if one["codec_type"] == "video"]
        assert frames == (
            [CASES[name].pictures or 0] if name in CASES and CASES[name].pictures else [200] * len(frames)
        )
    assert WORD not in json.dumps(tags(path))
    run("ffmpeg", "-v", "error", "-xerror", "-i", str(path), "-f", "null", "-")
