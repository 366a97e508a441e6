"""The flood limits of Telegram, of one chat and of all that the bot sends."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bot.local_api.client import Phone
from bot.transport.call import Call
from bot.transport.lanes import SendingPace
from tests.bot.conftest import Telegram
from tests.bot.transport.post import A, B, Post, heard, texts_of


@dataclass
class _Paced:
    wait: Callable[..., Any]


async def test_a_flood_limit_of_one_chat_holds_up_that_chat_alone(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """The other hears all before the first hears anything, and nothing is lost or out of order."""
    await telegram.set("failures", method="sendMessage", chat_id=A, retry_after=1)
    post.sender.accept([post.row(chat, str(number)) for number in range(5) for chat in (A, B)])
    assert {entry.row.chat_hash for entry in await post.until(5)} == {str(B).encode()}
    assert await heard(phones[1], 5) == list("01234")
    assert texts_of(phones[0]) == []
    await post.until(10)
    assert await heard(phones[0], 5) == list("01234")


async def test_the_limits_of_telegram_are_kept_to_in_the_end(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """Whoever sends too fast is refused, waits and goes on."""
    await telegram.set("limits", chat_per_second=3, chat_burst=2)
    post.sender.accept([post.row(A, str(number)) for number in range(5)])
    await post.until(5)
    assert await heard(phones[0], 5) == list("01234")
    assert 429 in [call["code"] for call in await telegram.calls("sendMessage", A)]


async def test_whoever_is_paced_is_not_waited_for(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch waits for calls that are under way, not for a chat that must wait its turn."""
    held = asyncio.Event()

    async def wait(*_: object) -> None:
        await held.wait()

    monkeypatch.setattr(post.sender, "pace", _Paced(wait))
    post.sender.accept([post.row(A, "later", step=4)])
    async with asyncio.timeout(1):
        await post.sender.lanes.settle([str(A).encode()], 30)
    assert post.sender.drain().unseen_prompts == {(str(A).encode(), 4)}
    held.set()


async def test_where_several_chats_are_refused_at_once_the_bot_is_and_the_others_are_told(
    post: Post, telegram: Telegram
) -> None:
    """Telegram does not say whom it means; one chat alone is no reason to let all wait."""
    told: list[float] = []
    post.sender.flooded = told.append
    for chat in (A, B, 93):
        assert not told
        await telegram.set("failures", method="sendMessage", chat_id=chat, retry_after=30)
        before = await telegram.number()
        post.sender.accept([post.row(chat, "words")])
        await telegram.until_called("sendMessage", 1, before)
    async with asyncio.timeout(20):
        while not told:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.005)
    assert told == [30.0]


async def test_a_group_is_paced_as_a_group(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its id is negative, as the Bot API says."""
    paced: dict[bytes, bool] = {}

    async def wait(chat_hash: bytes, _method: str, *, is_group: bool) -> None:
        paced[chat_hash] = is_group

    monkeypatch.setattr(post.sender, "pace", _Paced(wait))
    post.sender.accept([post.row(A, "one person"), post.row(-500, "many")])
    await post.until(2)
    assert paced == {str(A).encode(): False, b"-500": True}


async def test_newcomers_have_room_while_little_is_owed_and_few_of_them_came(post: Post) -> None:
    """Lines that may wait are owed too. One chat counts as three calls, however much it is owed."""
    sender, found = post.sender, list[int]()
    sender.pace = SendingPace(30, 1.0, 4, asyncio.get_running_loop().time)
    found.append(sender.room)
    for _ in range(20):
        sender.lanes.add(post.row(A, "words"), 0, tried=False)
    found.append(sender.room)
    line = Call("editMessageText", {"message_id": 1}, essential=False)
    for chat in range(30):
        sender.lanes.add(post.owed(chat, line), 0, tried=False)
        found.append(sender.room)
    assert (found[:2], found[-1]) == ([5, 5], 0)
    assert found == sorted(found, reverse=True)
    for chat in (A, *range(30)):
        sender.lanes.forget(str(chat).encode())
    assert sender.room == 5
    sender.pace.note_starts(61)
    assert sender.room == 0
