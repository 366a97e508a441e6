"""getUpdates behaves as Telegram's does."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.local_api import delivery
from bot.local_api.client import Phone
from bot.local_api.delivery import UpdateQueue
from tests.bot.local_api.conftest import TOKEN, Caller, WallClock, until


async def test_an_offset_confirms_all_before_it(call: Caller, phone: Phone) -> None:
    """Unconfirmed updates come again; confirmed ones never."""
    for word in ("a", "b", "c"):
        await phone.say(word)
    first = await call.updates()
    assert [u["message"]["text"] for u in first] == ["a", "b", "c"]
    assert [u["update_id"] for u in first] == [1000, 1001, 1002]
    assert await call.updates() == first
    assert [u["update_id"] for u in await call.updates(offset=1001)] == [1001, 1002]
    assert [u["update_id"] for u in await call.updates()] == [1001, 1002]
    assert await call.updates(offset=1003) == []


async def test_a_negative_offset_forgets_all_but_the_last(call: Caller, phone: Phone) -> None:
    """Minus one is the newest alone, and the others are gone."""
    for word in ("a", "b", "c"):
        await phone.say(word)
    assert [u["message"]["text"] for u in await call.updates(offset=-1)] == ["c"]
    assert len(await call.updates()) == 1


async def test_the_limit_is_kept_within_one_and_a_hundred(call: Caller, phone: Phone) -> None:
    """A limit outside counts as the nearest one inside."""
    for number in range(105):
        await phone.say(str(number))
    assert len(await call.updates(limit=2)) == 2
    assert len(await call.updates(limit=1000)) == 100
    assert len(await call.updates(limit="abc")) == 100
    assert len(await call.updates(limit=0)) == 1


async def test_who_asks_again_at_once_with_the_same_offset_is_given_one_update(
    call: Caller, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As often as that is repeated; with another offset all come."""
    monkeypatch.setattr(delivery, "SAME_OFFSET_SECONDS", 60.0)
    for word in ("a", "b", "c"):
        await phone.say(word)
    assert [len(await call.updates(offset=offset)) for offset in (0, 0, 0, 1, 1, 1000)] == [3, 1, 1, 3, 1, 3]


async def test_an_offset_far_ahead_confirms_nothing(call: Caller, phone: Phone) -> None:
    """The server takes it for a mistake; one that is just ahead confirms what there is."""
    for word in ("a", "b"):
        await phone.say(word)
    assert len(await call.updates(offset=1_000_000)) == 2
    assert await call.updates(offset=1010) == []
    await phone.say("c")
    assert [u["update_id"] for u in await call.updates()] == [1002]


@given(st.lists(st.one_of(st.none(), st.integers(-4, 14)), max_size=30))
def test_the_queue_is_a_list_from_the_oldest_unconfirmed(steps: list[int | None]) -> None:
    """Whatever is put (None) and confirmed (an offset) in whatever order: the ids have no gap, none comes back."""

    async def walk() -> None:
        updates, left, made = UpdateQueue(lambda: 0.0, 1), list[int](), 0
        for step in steps:
            if step is None:
                made += 1
                left.append(made)
                assert updates.put("message", {}, ("chat", 1)) == made
                continue
            if step < 0:
                left = left[step:]
            elif step <= made + 11:
                left = [number for number in left if number >= step]
            found = await updates.poll(step, 100, 0)
            assert [update["update_id"] for update in found] == left
            assert len(updates) == len(left)

    asyncio.run(walk())


def queue(call: Caller) -> UpdateQueue:
    """The updates of the bot."""
    return call.api.accounts[TOKEN].updates


async def test_a_long_poll_answers_at_the_first_update(call: Caller, phone: Phone) -> None:
    """It does not wait for its time to be over."""
    poll = asyncio.create_task(call.updates(timeout=30))
    await until(lambda: queue(call).waiting)
    assert not poll.done()
    await phone.say("now")
    async with asyncio.timeout(2):
        assert [u["message"]["text"] for u in await poll] == ["now"]


async def test_a_second_poll_ends_the_first_with_a_conflict(call: Caller) -> None:
    """As does setWebhook, and a webhook that is set."""
    words = (
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    first = asyncio.create_task(call.refused("getUpdates", timeout=30))
    await until(lambda: queue(call).waiting)
    second = asyncio.create_task(call.refused("getUpdates", timeout=30))
    assert await first == words
    await until(lambda: queue(call).waiting)
    await call("setWebhook", url="http://127.0.0.1:9/hook")
    assert await second == "Conflict: terminated by setWebhook request"
    assert await call.refused("getUpdates") == (
        "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first"
    )


async def test_allowed_updates_are_remembered(call: Caller, phone: Phone) -> None:
    """What is not asked for is never queued; what cannot be read changes nothing; an empty list is the default."""
    await phone.say("a")
    await call.updates(offset=1001, allowed_updates=["message"])
    said = await phone.say("b")
    await phone.edit(said.id, "c")
    await phone.block()
    assert [list(u)[1] for u in await call.updates()] == ["message"]
    assert (await call("getWebhookInfo"))["allowed_updates"] == ["message"]
    for unreadable in ("[", "x", {"message": True}):
        await call.updates(allowed_updates=unreadable)
    assert (await call("getWebhookInfo"))["allowed_updates"] == ["message"]
    await call.updates(allowed_updates=[])
    await phone.unblock()
    assert [list(u)[1] for u in await call.updates()] == ["message", "my_chat_member"]


async def test_old_updates_are_dropped(call: Caller, phone: Phone, clock: WallClock) -> None:
    """A tap after 150 seconds, a message after a day."""
    await phone.say("a")
    keyboard = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}
    await call("sendMessage", chat_id=1001, text="?", reply_markup=keyboard)
    await phone.tap("A")
    clock.now += 151
    assert [list(u)[1] for u in await call.updates()] == ["message"]
    clock.now += 24 * 3600
    assert await call.updates() == []


async def test_updates_can_be_given_raw_and_again(call: Caller, phone: Phone) -> None:
    """For tests of broken and repeated updates: old ids come once more whatever the offset."""
    await phone.say("a")
    await call.control("updates", update={"message": {"nonsense": True}})
    assert [u["update_id"] for u in await call.updates(offset=1000)] == [1000, 1001]
    assert await call.updates(offset=1002) == []
    await call.control("redeliver", ids=[1001, 1000, 1000])
    assert [u["update_id"] for u in await call.updates(offset=1002)] == [1001, 1000, 1000]
    assert await call.updates(offset=1002) == []


async def test_a_poll_whose_client_is_gone_takes_nothing(call: Caller, phone: Phone) -> None:
    """The next one gets the updates, with no conflict for anyone."""
    poll = asyncio.create_task(call.updates(timeout=30))
    await until(lambda: queue(call).waiting)
    poll.cancel()
    await until(lambda: not queue(call).waiting)
    await phone.say("a")
    assert len(await call.updates(timeout=1)) == 1
