"""Files are kept within a bound, named as Telegram names them, and pictures measured."""

import io
import struct

import aiohttp
import pytest

from bot.local_api.access import ApiError, Upload
from bot.local_api.client import Phone, PhoneError, picture
from bot.local_api.files import StoredFiles, image_size
from tests.bot.local_api.conftest import TOKEN, Caller, Phones


def test_the_oldest_files_are_forgotten_when_the_bound_is_reached() -> None:
    """By id and by path; the newest stays even if it alone is over the bound."""
    store = StoredFiles(limit=10)
    first, second = (store.add("document", Upload(f"{n}.txt", "text/plain", b"x" * 6)) for n in "ab")
    assert store.get(first.file_id) is None
    assert store.at(first.path) is None
    assert store.at(second.path) is second
    big = store.add("document", Upload("c.txt", "text/plain", b"x" * 60))
    assert store.get(big.file_id) is big


def test_ids_differ_and_unique_ids_tell_equal_contents() -> None:
    """The same bytes sent twice have two file_ids and one file_unique_id."""
    store = StoredFiles()
    first, second = (store.add("voice", Upload("v.oga", "audio/ogg", b"voice")) for _ in range(2))
    assert first.file_id != second.file_id
    assert first.unique_id == second.unique_id
    with pytest.raises(ApiError, match="file must be non-empty"):
        store.add("voice", Upload("v.oga", "audio/ogg", b""))


def test_pictures_are_measured_by_their_headers() -> None:
    """JPEG behind its application segment, PNG, GIF, BMP and WebP; anything else is not an image, and SVG not a photo."""
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 600, 800) + b"\x03" + b"\x00" * 9
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab" + frame
    assert image_size(jpeg) == (800, 600)
    assert image_size(b"\xff\xd8\xff\xd9") == (0, 0)
    assert image_size(b"<svg width='3' height='4'></svg>") == (0, 0)
    assert image_size(picture("x")) == (1, 1)
    assert image_size(b"GIF89a" + struct.pack("<HH", 3, 4)) == (3, 4)
    assert image_size(b"BM" + b"\x00" * 16 + struct.pack("<ii", 5, -6)) == (5, 6)
    webp = "524946461a000000574542505650384c0d0000002f00000010071011118888fe0700"
    assert image_size(bytes.fromhex(webp)) == (1, 1)
    assert image_size(b"%PDF-1.7") == (0, 0)
    assert picture("a") != picture("b")


async def test_photos_come_in_sizes_and_each_can_be_fetched(call: Caller, phone: Phone) -> None:
    """A small one and, last, the whole."""
    jpeg = b"\xff\xd8\xff\xc0\x00\x11\x08" + struct.pack(">HH", 600, 800) + b"\x03" + b"\x00" * 9
    await phone.send_file("photo", jpeg, "p.jpg", "image/jpeg")
    sizes = (await call.updates())[0]["message"]["photo"]
    assert [(size["width"], size["height"]) for size in sizes] == [(90, 67), (800, 600)]
    for size in sizes:
        assert (await call("getFile", file_id=size["file_id"]))["file_path"] == "photos/file_0.jpg"


async def seen(call: Caller, person: int, file_id: str) -> int:
    """The status with which a person's phone gets a file."""
    async with call.session.get(f"{call.api.url}/phone/{person}/files/{file_id}") as response:
        return response.status


async def test_a_phone_gets_the_files_of_its_own_chats_alone(
    call: Caller, phone: Phone, phones: Phones
) -> None:
    """Of the private chat and of groups; another person's only once they were passed on."""
    await phones(1002)
    sent = await phone.send_file("document", b"private", "p.txt", "text/plain")
    file_id = sent.files[0]["file_id"]
    assert (await seen(call, 1001, file_id), await seen(call, 1002, file_id)) == (200, 404)
    assert await seen(call, 1003, file_id) == 404
    group = await (await phones(1004)).make_group("Топ")
    await call("sendDocument", chat_id=group, document=file_id)
    assert (await seen(call, 1004, file_id), await seen(call, 1002, file_id)) == (200, 404)


async def test_a_file_can_reply_to_a_message(call: Caller, phone: Phone) -> None:
    """As where a bot asks for one by ForceReply."""
    await phone.say("/start")
    asked = await call("sendMessage", chat_id=1001, text="Your file?", reply_markup={"force_reply": True})
    await phone.send_file("document", b"form", "f.md", "text/markdown", reply_to=asked["message_id"])
    message = (await call.updates(offset=-1))[-1]["message"]
    assert message["reply_to_message"]["message_id"] == asked["message_id"]
    assert message["document"]["file_name"] == "f.md"


async def test_a_bot_goes_on_to_reach_a_file_whose_messages_are_deleted(call: Caller, phone: Phone) -> None:
    """By its file_id, as with Telegram; phones see it no more."""
    sent = await phone.send_file("document", b"x", "p.txt", "text/plain")
    file_id = sent.files[0]["file_id"]
    copy = await call("copyMessage", chat_id=1001, from_chat_id=1001, message_id=sent.id)
    await phone.delete(sent.id)
    assert await seen(call, 1001, file_id) == 200
    await call("deleteMessage", chat_id=1001, message_id=copy["message_id"])
    assert await seen(call, 1001, file_id) == 404
    path = (await call("getFile", file_id=file_id))["file_path"]
    async with call.session.get(f"{call.api.base_file_url}{TOKEN}/{path}") as response:
        assert await response.read() == b"x"
    await call("sendDocument", chat_id=1001, document=file_id)
    assert await seen(call, 1001, file_id) == 200


async def test_a_message_beyond_a_thousand_releases_its_file(call: Caller, phone: Phone) -> None:
    """Then it is the first to be forgotten."""
    first, second = [
        (await phone.send_file("document", b"x" * size, "p.bin", "application/zip")).files[0]["file_id"]
        for size in (15_000_000, 15_000_001)
    ]
    for number in range(999):
        await call("sendMessage", chat_id=1001, text=str(number))
    assert await call("getFile", file_id=first)
    await call("sendMessage", chat_id=1001, text="one more")
    assert "temporarily unavailable" in await call.refused("getFile", file_id=first)
    assert await call("getFile", file_id=second)


def test_files_that_no_message_carries_are_forgotten_beyond_their_own_bound() -> None:
    """The first released first; one that is carried again stays, as do those never released."""
    store = StoredFiles(spare=10)
    kept, held, first, second = (
        store.add("document", Upload(f"{n}.txt", "text/plain", b"x" * 6)).file_id for n in "abcd"
    )
    store.release(held)
    store.hold(held)
    store.release(first)
    store.release(first)
    assert store.get(first) is not None
    store.release(second)
    store.release("unknown")
    assert [store.get(one) is None for one in (kept, held, first, second)] == [False, False, True, False]


async def test_bots_upload_50_megabytes_and_phones_64(call: Caller, phone: Phone) -> None:
    """A bot meets files that it could not send itself."""
    content = b"x" * (50 * 1024 * 1024 + 1)
    sent = await phone.send_file("document", content, "b.bin", "application/zip")
    assert sent.files[0]["file_size"] == len(content)
    form = aiohttp.FormData({"chat_id": "1001"})
    form.add_field("document", io.BytesIO(content), filename="b.bin")
    async with call.session.post(f"{call.api.base_url}{TOKEN}/sendDocument", data=form) as response:
        assert (response.status, (await response.json())["description"]) == (413, "Request Entity Too Large")
    with pytest.raises(PhoneError, match="Too Large"):
        await phone.send_file("document", b"x" * (64 * 1024 * 1024 + 1), "b.bin", "application/zip")


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


@pytest.mark.parametrize("kind", ["animation", "audio", "sticker", "video", "video_note", "voice"])
async def test_a_file_sent_again_stays_what_it_was(call: Caller, phone: Phone, kind: str) -> None:
    """All kinds but photos are one class, and may be sent by each other's methods."""
    document = (await phone.send_file("document", b"x", "p.txt", "text/plain")).files[0]["file_id"]
    method = f"send{kind.replace('_', '')}"
    sent = await call(method, chat_id=1001, **{kind: document})
    assert sent["document"]["file_id"] == document
    assert kind not in sent
    photo = (await phone.send_file("photo", picture(), "p.png", "image/png")).files[0]["file_id"]
    named = {"voice": "VoiceNote", "video_note": "VideoNote"}.get(kind, kind.title())
    refused = await call.refused(method, chat_id=1001, **{kind: photo})
    assert refused == f"Bad Request: can't use file of type Photo as {named}"


def drawn(width: int, height: int, size: int = 0) -> bytes:
    """The header of a GIF of so many points, made `size` bytes long."""
    return (b"GIF89a" + struct.pack("<HH", width, height)).ljust(size, b"x")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            drawn(1, 1, 10 * 1024 * 1024 + 1),
            "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes",
        ),
        (drawn(5001, 5000), "PHOTO_INVALID_DIMENSIONS"),
        (drawn(1, 21), "PHOTO_INVALID_DIMENSIONS"),
        (drawn(1, 0), "IMAGE_PROCESS_FAILED"),
    ],
    ids=["heavy", "wide", "narrow", "empty"],
)
async def test_a_photo_has_bounds(call: Caller, phone: Phone, content: bytes, words: str) -> None:
    """10 MB, width and height of 10000 together, one side at most 20 times the other; for bots and phones."""
    with pytest.raises(PhoneError, match=words):
        await phone.send_file("photo", content, "p.gif", "image/gif")
    await phone.say("a")
    form = aiohttp.FormData({"chat_id": "1001"})
    form.add_field("photo", io.BytesIO(content), filename="p.gif")
    async with call.session.post(f"{call.api.base_url}{TOKEN}/sendPhoto", data=form) as response:
        assert (response.status, (await response.json())["description"]) == (400, f"Bad Request: {words}")
    await phone.send_file("document", content, "p.gif", "image/gif")


async def test_a_photo_within_its_bounds_is_taken(phone: Phone) -> None:
    """To the last point."""
    for content in (drawn(1, 1, 10 * 1024 * 1024), drawn(5000, 5000), drawn(20, 1)):
        await phone.send_file("photo", content, "p.gif", "image/gif")


async def test_an_album_is_of_files_that_go_together_and_has_no_buttons(call: Caller, phone: Phone) -> None:
    """Documents and audios go with their own kind alone; one file is no album."""
    photo = (await phone.send_file("photo", picture(), "p.png", "image/png")).files[0]["file_id"]
    other = (await phone.send_file("document", b"x", "p.txt", "text/plain")).files[0]["file_id"]

    def album(*kinds: str) -> list[dict[str, str]]:
        return [{"type": kind, "media": photo if kind == "photo" else other} for kind in kinds]

    for kinds, odd in (
        (("photo", "document"), "document"),
        (("audio", "video"), "audio"),
        (("audio", "document"), "document"),
    ):
        refused = await call.refused("sendMediaGroup", chat_id=1001, media=album(*kinds))
        assert refused == f"Bad Request: {odd} can't be mixed with other media types"
    for markup in ({"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}, "no JSON"):
        sent = await call("sendMediaGroup", chat_id=1001, media=album("photo", "video"), reply_markup=markup)
        assert [("reply_markup" in one, "media_group_id" in one) for one in sent] == [(False, True)] * 2
    (alone,) = await call("sendMediaGroup", chat_id=1001, media=album("document"))
    assert "media_group_id" not in alone
