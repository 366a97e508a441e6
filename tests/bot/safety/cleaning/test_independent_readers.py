"""Clean copies as programs from elsewhere read them: Debian's exiftool, ffprobe and qpdf.

apt-get install --no-install-recommends libimage-exiftool-perl ffmpeg qpdf && pytest -m outside
"""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.bot.safety.cleaning.planted import WORD
from tests.bot.safety.cleaning.samples import NAMES, sample
from tests.bot.safety.cleaning.test_clean_copies import RECORDINGS, WITHOUT_WORDS, cleaned

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
        words = f"{program} is missing: apt-get install --no-install-recommends libimage-exiftool-perl ffmpeg qpdf"
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
