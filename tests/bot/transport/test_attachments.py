"""What an answer carries: taken, refused, lost, or not to be had for a while."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.exc import DBAPIError

from bot.local_api.client import Phone
from bot.store import faults
from bot.transport.call import Attachment, Call
from tests.bot.conftest import Telegram
from tests.bot.transport.post import A, Post, file_named, heard, photo


@pytest.mark.parametrize("name", ["gone", "unreadable"])
async def test_an_attachment_that_cannot_be_read_does_not_silence_its_chat(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """One that is destroyed is left out at once, one that fails after some tries."""
    monkeypatch.setattr(faults, "MOST_FAULTS", 1)
    call = Call("sendDocument", {"chat_id": A}, {"document": f"file:{name}"})
    post.sender.accept([post.owed(A, call), post.row(A, "next")])
    await post.until(2)
    assert await heard(phones[0], 1) == ["next"]


async def test_a_photo_that_telegram_refuses_comes_as_a_document(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """Too long a side, a damaged picture: the file itself is no worse for it. Its message is known, and as protected."""
    await telegram.set(
        "failures", method="sendPhoto", code=400, description="Bad Request: PHOTO_INVALID_DIMENSIONS"
    )
    post.sender.accept([post.owed(A, photo("x.jpg"), report="r")])
    shown = await phones[0].wait(lambda bubble: bool(bubble.files), since=0)
    assert (shown.files[0]["kind"], shown.protected) == ("document", True)
    assert await phones[0].download(shown) == b"content"
    (done,) = await post.until(1)
    assert done.message_ids == (shown.id,)


async def test_a_file_that_telegram_takes_in_no_way_is_said_to_be_missing(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """Whoever asked for it must not wait for it; the words are known, since they name the report."""
    for method in ("sendPhoto", "sendDocument"):
        await telegram.set("failures", method=method, code=400, description="Bad Request: FILE_PARTS_INVALID")
    post.sender.accept([post.owed(A, photo("x.jpg"), report="r")])
    said = await phones[0].wait("R1: not taken", since=0)
    (done,) = await post.until(1)
    assert done.message_ids == (said.id,)


@pytest.mark.parametrize(("name", "said"), [("lost", ["R1: not taken"]), ("gone", [])])
async def test_a_file_that_the_store_lost_is_said_to_be_missing_and_a_withdrawn_one_is_not(
    post: Post, phones: tuple[Phone, Phone], name: str, said: list[str]
) -> None:
    """Of what was withdrawn its own notice tells."""
    post.sender.accept([post.owed(A, photo(name)), post.row(A, "next")])
    await post.until(2)
    assert await heard(phones[0], len(said) + 1) == [*said, "next"]


async def test_a_fault_of_the_bot_is_tried_again(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is busy for a moment costs nobody an answer."""
    opened: list[str] = []

    async def busy(name: str) -> Attachment:
        opened.append(name)
        if len(opened) == 1:
            raise OSError("busy")
        return await file_named(name)

    monkeypatch.setattr(post.sender, "_delivery", replace(post.sender._delivery, openers={"file": busy}))
    post.sender.accept(
        [post.owed(A, Call("sendDocument", {"chat_id": A, "caption": "x"}, {"document": "file:a"}))]
    )
    await post.until(1)
    assert await heard(phones[0], 1) == ["x"]


async def test_what_an_answer_carries_is_waited_for_however_long_the_database_is_away(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage is never an answer's fault; since it was not tried, it is in no doubt."""
    monkeypatch.setattr(faults, "SEND_BACKOFF", faults.Backoff(0.001, 0.001))
    opened: list[str] = []

    async def away(name: str) -> Attachment:
        opened.append(name)
        if len(opened) <= 2 * faults.MOST_FAULTS:
            raise DBAPIError("", {}, ValueError(), connection_invalidated=True)
        return await file_named(name)

    monkeypatch.setattr(post.sender, "_delivery", replace(post.sender._delivery, openers={"file": away}))
    post.sender.accept(
        [post.owed(A, Call("sendDocument", {"chat_id": A, "caption": "x"}, {"document": "file:a"}))]
    )
    await post.until(1)
    assert await heard(phones[0], 1) == ["x"]
    assert [done.doubtful for done in post.done] == [False]


async def test_a_call_of_which_no_request_can_be_made_is_left_at_once(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A control character in a file's name: no try mends it, and the chat is not silent meanwhile."""

    async def named(name: str) -> Attachment:
        return "a\nb.txt", b"content", "text/plain"

    monkeypatch.setattr(post.sender, "_delivery", replace(post.sender._delivery, openers={"file": named}))
    broken = Call("sendDocument", {"chat_id": A}, {"document": "file:a"})
    async with asyncio.timeout(1):
        post.sender.accept([post.owed(A, broken), post.row(A, "next")])
        done = await post.until(2)
    assert await heard(phones[0], 1) == ["next"]
    assert [(entry.unbuilt, entry.doubtful) for entry in done] == [(True, False), (False, False)]


async def test_words_that_are_made_when_they_are_sent_stand_in_the_message(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the place of what the call has there, with its buttons and its looks; made once, and in their order."""
    made: list[str] = []

    async def counted(name: str) -> str:
        made.append(name)
        return f"<b>{name}</b>: 3 &lt; 4"

    monkeypatch.setattr(post.sender, "_delivery", replace(post.sender._delivery, openers={"words": counted}))
    keyboard = {"inline_keyboard": [[{"text": "more", "callback_data": "x"}]]}
    params = {"chat_id": A, "text": "", "parse_mode": "HTML", "reply_markup": keyboard}
    post.sender.accept(
        [post.owed(A, Call("sendMessage", params, {"text": "words:all:kk"})), post.row(A, "next")]
    )
    await post.until(2)
    assert await heard(phones[0], 2) == ["all:kk: 3 < 4", "next"]
    (shown,) = [one for one in phones[0].messages if "3 < 4" in one.text]
    assert (shown.rows, made) == ([["more"]], ["all:kk"])
