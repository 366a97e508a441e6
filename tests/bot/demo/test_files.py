"""Files are kept within a bound, named as Telegram names them, and pictures measured."""

from __future__ import annotations

import struct

import pytest

from bot.demo.apierror import ApiError
from bot.demo.client import Phone
from bot.demo.files import FileStore
from bot.demo.params import Upload
from bot.demo.pictures import picture, picture_size
from tests.bot.demo.conftest import Caller


def test_the_oldest_files_are_forgotten_when_the_bound_is_reached() -> None:
    """By id and by path; the newest stays even if it alone is over the bound."""
    store = FileStore(limit=10)
    first, second = (store.add("document", Upload(f"{n}.txt", "text/plain", b"x" * 6)) for n in "ab")
    assert store.get(first.file_id) is None
    assert store.at(first.path) is None
    assert store.at(second.path) is second
    big = store.add("document", Upload("c.txt", "text/plain", b"x" * 60))
    assert store.get(big.file_id) is big


def test_ids_differ_and_unique_ids_tell_equal_contents() -> None:
    """The same bytes sent twice have two file_ids and one file_unique_id."""
    store = FileStore()
    first, second = (store.add("voice", Upload("v.oga", "audio/ogg", b"voice")) for _ in range(2))
    assert first.file_id != second.file_id
    assert first.unique_id == second.unique_id
    with pytest.raises(ApiError, match="file must be non-empty"):
        store.add("voice", Upload("v.oga", "audio/ogg", b""))


def test_pictures_are_measured_by_their_headers() -> None:
    """JPEG behind its application segment, PNG, GIF and BMP; anything else is no picture."""
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 600, 800) + b"\x03" + b"\x00" * 9
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab" + frame
    assert picture_size(jpeg) == (800, 600)
    assert picture_size(b"\xff\xd8\xff\xd9") == (640, 480)
    assert picture_size(picture("x")) == (1, 1)
    assert picture_size(b"GIF89a" + struct.pack("<HH", 3, 4)) == (3, 4)
    assert picture_size(b"BM" + b"\x00" * 16 + struct.pack("<ii", 5, -6)) == (5, 6)
    assert picture_size(b"%PDF-1.7") == (0, 0)
    assert picture("a") != picture("b")


async def test_photos_come_in_sizes_and_each_can_be_fetched(call: Caller, phone: Phone) -> None:
    """A small one and, last, the whole."""
    jpeg = b"\xff\xd8\xff\xc0\x00\x11\x08" + struct.pack(">HH", 600, 800) + b"\x03" + b"\x00" * 9
    await phone.send_file("photo", jpeg, "p.jpg", "image/jpeg")
    sizes = (await call.updates())[0]["message"]["photo"]
    assert [(size["width"], size["height"]) for size in sizes] == [(90, 67), (800, 600)]
    for size in sizes:
        assert (await call("getFile", file_id=size["file_id"]))["file_path"] == "photos/file_0.jpg"


async def test_every_kind_of_file_reaches_the_bot_in_its_own_field(call: Caller, phone: Phone) -> None:
    """With the fields that the Bot API promises for it."""
    promised = {
        "audio": {"duration", "mime_type", "file_name"},
        "video": {"width", "height", "duration", "mime_type"},
        "voice": {"duration", "mime_type"},
        "document": {"file_name", "mime_type"},
        "animation": {"width", "height", "duration", "file_name"},
        "video_note": {"length", "duration"},
    }
    for kind, fields in promised.items():
        sent = await phone.send_file(kind, b"content", f"f.{kind}", f"{kind}/x")
        message = (await call.updates(offset=-1))[0]["message"]
        assert fields | {"file_id", "file_unique_id", "file_size"} <= set(message[kind])
        again = await call(f"send{kind.replace('_', '')}", chat_id=1001, **{kind: sent.files[0]["file_id"]})
        assert again[kind]["file_unique_id"] == message[kind]["file_unique_id"]
