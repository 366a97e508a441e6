"""Files that hold planted data where their types have room for it, and what is looked for of each."""

import io
import struct
from collections.abc import Mapping
from functools import cache

from PIL import Image

from tests.bot.safety.cleaning.planted import WORD, jpeg, pdf
from tests.bot.safety.cleaning.recorded import recording
from tests.secrets.spellings import Secret

NAMES = {"photo": "Құпия алаң.jpg", "document": "Құпия өтініш.pdf", "video": "Құпия жазба.mp4"}
TALK_NAMES = {"file of a question": "Құпия сұрақ.jpg", "file of an answer": "Құпия жауап.jpg"}
"""Of the files that are sent in the talk about a report."""
THUMBNAIL = f"{WORD}thumbnail"
IN_FILES: Mapping[str, Secret] = {
    "name of the photo": NAMES["photo"],
    "name of the document": NAMES["document"],
    "name of the video": NAMES["video"],
    "EXIF: serial number": f"{WORD}serial",
    "EXIF: artist": f"{WORD}artist",
    "EXIF: place": struct.pack(">6L", 43, 1, 14, 1, 447, 25),
    "EXIF: thumbnail": THUMBNAIL,
    "XMP": f"{WORD}xmp",
    "PDF: author": f"{WORD}author",
    "PDF: attachment": f"{WORD}attachment",
    "PDF: name of the attachment": f"{WORD}.txt",
    "PDF: earlier revision": f"{WORD}revision",
    "video: title": f"{WORD}title",
    "video: place": f"+43.2383+076.9453/{WORD}",
    **{f"name of the {name}": told for name, told in TALK_NAMES.items()},
    **{f"comment in the {name}": f"{WORD}{name.split()[-1]}" for name in TALK_NAMES},
}
"""What they bring with them unseen."""


@cache
def files() -> Mapping[str, bytes]:
    """The content of each."""
    return {"photo": _photo(), "document": pdf(), "video": recording("matroska", "mpeg4", "", frames=2)}


@cache
def talk_files() -> Mapping[str, bytes]:
    """The same of the files of the talk."""
    made = {}
    for number, name in enumerate(TALK_NAMES):
        out = io.BytesIO()
        comment = str(IN_FILES[f"comment in the {name}"])
        Image.new("RGB", (9, 9), (20, 90 * number, 30)).save(out, "JPEG", comment=comment)
        made[name] = out.getvalue()
    return made


def _photo() -> bytes:
    """A JPEG with a place, a camera's number, and a small picture of itself in its EXIF."""
    content, small = jpeg(), io.BytesIO()
    Image.new("RGB", (8, 8), (200, 30, 30)).save(small, "JPEG", comment=THUMBNAIL)
    picture = small.getvalue()
    # TIFF: a directory without entries, then one with where the thumbnail is and how long (EXIF 2.3, 4.6.9).
    tiff = b"MM\0*" + struct.pack(">LHLH", 8, 0, 14, 2)
    tiff += struct.pack(">HHLLHHLLL", 0x0201, 4, 1, 44, 0x0202, 4, 1, len(picture), 0) + picture
    exif = b"Exif\0\0" + tiff
    return content[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + content[2:]
